//! What accepted answers account for: written down, or forgotten.

use super::state::Pass;
use super::tallied::Tallied;
use crate::clock::{Hour, Span, Tick};
use crate::collect::call::{Expected, Fetch, Grain};
use crate::sync_state::fingerprint::{Fingerprint, Sum};
use crate::sync_state::hour::{HourPart, HourState};

impl Pass {
    /// Writes down that the answer accounts for everything counted in the window.
    pub(super) fn hold(&mut self, fetch: &Fetch, cells: &[Expected], tallied: &Tallied, now: Tick) {
        let mut parts = tallied.parts.iter().peekable();
        for cell in cells {
            let mut inside = Vec::new();
            while let Some(part) = parts.next_if(|part| part.span.from < cell.span.until) {
                inside.push(part.clone());
            }
            if fetch.grain != Grain::Hour {
                let taken = inside.iter().map(|part| &part.count).sum();
                inside = vec![Expected { span: cell.span, count: taken }];
            }
            take_from_count(&mut inside, &cell.count);
            let state = self.hour(cell.span.from.hour());
            carve(state, cell.span, now);
            state.held.extend(
                inside.into_iter().filter(|part| part.count.rows() > 0).map(|part| HourPart {
                    span: part.span,
                    fingerprint: Some(part.count),
                    at: now,
                }),
            );
            state.held.sort_by_key(|cell| cell.span.from);
        }
        // Between the cells nothing was counted, and nothing came.
        for hour in fetch.window.hours() {
            if self.hours.contains_key(&hour) {
                self.clear_between(hour, fetch.window, cells, now);
                self.refresh(hour);
            }
        }
    }

    fn clear_between(&mut self, hour: Hour, window: Span, cells: &[Expected], now: Tick) {
        let here = window.intersect(hour.span());
        let mut from = here.from;
        let inside = cells.iter().filter(|cell| here.covers(cell.span)).map(|cell| cell.span);
        for span in inside.chain([Span::new(here.until, here.until)]) {
            if from < span.from {
                carve(self.hour(hour), Span::new(from, span.from), now);
            }
            from = span.until;
        }
    }

    /// Forgets what is held where the answer or the count has rows: it equals nothing until
    /// fetched again.
    pub(super) fn forget(&mut self, fetch: &Fetch, tallied: &Tallied, now: Tick) {
        let mut spans: Vec<Span> = fetch.cells.iter().map(|cell| cell.span).collect();
        let outside = |part: &&Expected| !fetch.cells.iter().any(|c| c.span.covers(part.span));
        spans.extend(tallied.parts.iter().filter(outside).map(|part| part.span));
        for span in spans {
            let state = self.hour(span.from.hour());
            carve(state, span, now);
            state.held.push(HourPart { span, fingerprint: None, at: now });
            state.held.sort_by_key(|cell| cell.span.from);
            self.refresh(span.from.hour());
        }
    }
}

/// Frees `span` in what is held; of a cell that reaches beyond it the rest is forgotten.
fn carve(state: &mut HourState, span: Span, now: Tick) {
    let mut rest = Vec::new();
    state.held.retain(|cell| {
        if !cell.span.overlaps(span) {
            return true;
        }
        let around = [
            Span::new(cell.span.from, span.from.min(cell.span.until)),
            Span::new(span.until.max(cell.span.from), cell.span.until),
        ];
        rest.extend(around.into_iter().filter(|part| !part.is_empty()));
        false
    });
    state.held.extend(rest.into_iter().map(|span| HourPart { span, fingerprint: None, at: now }));
    state.held.sort_by_key(|cell| cell.span.from);
}

/// Where the count and our own sum of a length may lawfully differ, the count's is kept: it goes to
/// the first part that holds such a character.
fn take_from_count(parts: &mut [Expected], count: &Fingerprint) {
    let [only] = parts else { return spread_from_count(parts, count) };
    for place in 0..count.sums.len() {
        if let sum @ Sum::Exact(_) = count.sum(place) {
            only.count.set(place, sum);
        }
    }
}

fn spread_from_count(parts: &mut [Expected], count: &Fingerprint) {
    for place in 0..count.sums.len() {
        let Sum::Exact(counted) = count.sum(place) else { continue };
        let ours: u64 = parts.iter().map(|part| value(part.count.sum(place))).sum();
        let mut missing = counted as i64 - ours as i64;
        for part in parts.iter_mut() {
            let Sum::Spread(own) = part.count.sum(place) else { continue };
            let new = own.saturating_add_signed(missing);
            missing -= new as i64 - own as i64;
            part.count.set(place, Sum::Spread(new));
        }
    }
}

const fn value(sum: Sum) -> u64 {
    match sum {
        Sum::Exact(value) | Sum::Spread(value) => value,
        Sum::New | Sum::Unknown => 0,
    }
}
