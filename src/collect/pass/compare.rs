//! Comparing an answer with the count: does it equal, part by part, what the source itself counted?

use std::collections::BTreeMap;

use super::limits::SHORT_HORIZON;
use super::state::{Pass, Pending};
use super::tallied::Tallied;
use crate::clock::{Hour, Span, Tick};
use crate::collect::call::{Expected, Fetch, Grain, Split};
use crate::sync_state::fingerprint::Fingerprint;
use crate::sync_state::hour::Acceptance;

/// Where an answer differs from a count, by hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub hour: Hour,
    /// Whether every part that differs has more rows than were counted.
    pub only_more: bool,
}

/// Compares an answer with the cells counted in its window, cell by cell, never as one sum.
pub(super) fn compare(cells: &[Expected], tallied: &Tallied) -> Vec<Mismatch> {
    let mut found: BTreeMap<Hour, bool> = BTreeMap::new();
    let mut differs = |hour: Hour, more: bool| {
        let only_more = found.entry(hour).or_insert(true);
        *only_more &= more;
    };
    let mut parts = tallied.parts.iter().peekable();
    for cell in cells {
        while let Some(stray) = parts.next_if(|part| part.span.from < cell.span.from) {
            differs(stray.span.from.hour(), true);
        }
        let mut total = Fingerprint::default();
        while let Some(part) = parts.next_if(|part| part.span.from < cell.span.until) {
            total.add(&part.count);
        }
        if !total.matches_part(&cell.count) {
            differs(cell.span.from.hour(), total.rows() > cell.count.rows());
        }
    }
    for stray in parts {
        differs(stray.span.from.hour(), true);
    }
    if tallied.astray > 0 {
        for cell in cells {
            differs(cell.span.from.hour(), false);
        }
    }
    found.into_iter().map(|(hour, only_more)| Mismatch { hour, only_more }).collect()
}

impl Pass {
    /// Takes a complete answer.
    pub fn on_fetched(&mut self, fetch: &Fetch, tallied: &Tallied, now: Tick) -> Acceptance {
        self.answered();
        self.progress.fetches += 1;
        self.mind_the_size(tallied);
        let mismatches = compare(&fetch.cells, tallied);
        if self.is_unsettled(fetch) || !mismatches.is_empty() {
            self.dispute_calls += 1;
        }
        if mismatches.is_empty() {
            self.hold(fetch, &fetch.cells, tallied, now);
            self.count_accepted();
            return Acceptance::Accept;
        }
        self.forget(fetch, tallied, now);
        let recent = now.plus(-SHORT_HORIZON).hour();
        if mismatches.iter().all(|m| m.only_more && m.hour >= recent) {
            for mismatch in mismatches {
                self.hour(mismatch.hour).awaits_count = true;
            }
        } else if fetch.split == Split::None {
            self.pending.push_back(Pending { fetch: fetch.clone(), tallied: tallied.clone() });
        } else {
            self.halve(fetch, &mismatches, now);
        }
        Acceptance::Keep
    }

    /// After a recount: compares the answer that waited for it with the new count.
    pub(super) fn compare_again(&mut self, window: Span, now: Tick) -> Option<Acceptance> {
        let place = self.pending.iter().position(|pending| pending.fetch.window == window)?;
        let Pending { fetch, tallied } = self.pending.remove(place)?;
        let cells = self.seen_cells(&fetch);
        let mismatches = compare(&cells, &tallied);
        if mismatches.is_empty() {
            self.hold(&fetch, &cells, &tallied, now);
            self.count_accepted();
            return Some(Acceptance::Accept);
        }
        self.halve(&fetch, &mismatches, now);
        None
    }

    /// Gives up on the answer that waits for a recount of `window`.
    pub(super) fn forget_pending(&mut self, window: Span) {
        self.pending.retain(|pending| pending.fetch.window != window);
    }

    /// What is seen now of a window, in cells of the fetch's grain.
    fn seen_cells(&self, fetch: &Fetch) -> Vec<Expected> {
        let mut cells = Vec::new();
        for (hour, state) in
            self.hours.range(fetch.window.from.hour()..=fetch.window.until.plus(-1).hour())
        {
            let Some(seen) = &state.seen else { continue };
            if fetch.grain == Grain::Hour {
                cells.push(Expected { span: hour.span(), count: seen.total.clone() });
                continue;
            }
            let parts = seen.parts.iter().flatten().filter(|p| fetch.window.covers(p.span));
            cells.extend(parts.filter_map(|part| {
                Some(Expected { span: part.span, count: part.fingerprint.clone()? })
            }));
        }
        cells.retain(|cell| cell.count.rows() > 0);
        cells
    }

    fn count_accepted(&mut self) {
        self.accepted += 1;
        self.progress.accepted += 1;
        let rows = self.fetch_rows();
        if self.progress.accepted >= 10 && rows < self.limits.fetch_rows {
            self.progress.fetch_rows = (rows * 2).min(self.limits.fetch_rows);
            self.progress.accepted = 0;
        }
    }

    /// Asks for less when an answer nears the source's limit of 50 MB.
    fn mind_the_size(&mut self, tallied: &Tallied) {
        if tallied.bytes > 40_000_000 {
            self.halve_fetch_rows();
        }
    }

    pub(super) fn halve_fetch_rows(&mut self) {
        self.progress.fetch_rows = (self.fetch_rows() / 2).max(1);
        self.progress.accepted = 0;
    }
}
