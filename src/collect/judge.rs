//! Judging an answer: does it equal, part by part, what the source itself counted?

use std::collections::BTreeMap;

use super::call::{Expected, Fetch, Grain, Split};
use super::pass::{Pass, Pending, SHORT};
use crate::click::{Action, Clicks, Text};
use crate::clock::{Hour, MINUTE, SECOND, Span, Tick};
use crate::fingerprint::{Fingerprint, Measures, Sum, Taker};
use crate::hour::{Cell, HourState, Verdict};

/// An answer in numbers: the fingerprint of each minute (or finer part) that has rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Tallied {
    /// Sorted by time; never across an hour's edge.
    pub parts: Vec<Expected>,
    /// Rows that could not be read or lie outside the window: with any, nothing is accepted.
    pub astray: u64,
    /// Bytes of the decoded answer, to keep clear of the source's limit.
    pub bytes: u64,
}

impl Tallied {
    /// Sums an answer up. `has` says which columns its schema names; `unreadable` rows were left out.
    pub fn of(
        fetch: &Fetch,
        clicks: &Clicks,
        measures: &Measures,
        has: impl Fn(&str) -> bool,
        unreadable: u64,
    ) -> Self {
        let taker = Taker::new(measures, has);
        let mut actions = Actions::default();
        let mut parts: BTreeMap<Tick, Fingerprint> = BTreeMap::new();
        let mut current = (Tick(i64::MIN), Fingerprint::default());
        let mut astray = unreadable;
        for click in clicks.iter() {
            if !fetch.window.contains(click.timestamp) {
                astray += 1;
                continue;
            }
            let from = part_of(fetch, click.timestamp).from;
            if from != current.0 {
                put(&mut parts, std::mem::replace(&mut current, (from, Fingerprint::default())));
            }
            taker.add(&mut current.1, &click, actions.of(click.text(Text::ActionType)));
        }
        put(&mut parts, current);
        let part = |(from, count)| Expected { span: part_of(fetch, from), count };
        Self { parts: parts.into_iter().map(part).collect(), astray, bytes: 0 }
    }
}

fn put(parts: &mut BTreeMap<Tick, Fingerprint>, (from, part): (Tick, Fingerprint)) {
    if part.rows() > 0 {
        parts.entry(from).or_default().add(&part);
    }
}

/// The part of the fetch's grid that a point lies in: minutes under whole hours.
fn part_of(fetch: &Fetch, at: Tick) -> Span {
    let step = match fetch.grain {
        Grain::Hour | Grain::Minute => MINUTE,
        Grain::Second => SECOND,
        Grain::Single => return fetch.window,
    };
    Span::new(at.floor(step), at.floor(step).plus(step))
}

/// Remembers what each action text means: there are a handful of them among millions of rows.
#[derive(Default)]
struct Actions(Vec<(String, Action)>);

impl Actions {
    fn of(&mut self, text: &str) -> Action {
        if let Some((_, action)) = self.0.iter().find(|(known, _)| known == text) {
            return *action;
        }
        let action = Action::of(text);
        if self.0.len() < 32 {
            self.0.push((text.to_owned(), action));
        }
        action
    }
}

/// Where an answer differs from a count, by hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub hour: Hour,
    /// Whether every part that differs has more rows than were counted.
    pub only_more: bool,
}

/// Compares an answer with the cells counted in its window, cell by cell, never as one sum.
pub(super) fn compare(cells: &[Expected], answer: &Tallied) -> Vec<Mismatch> {
    let mut found: BTreeMap<Hour, bool> = BTreeMap::new();
    let mut differs = |hour: Hour, more: bool| {
        let only_more = found.entry(hour).or_insert(true);
        *only_more &= more;
    };
    let mut parts = answer.parts.iter().peekable();
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
    if answer.astray > 0 {
        for cell in cells {
            differs(cell.span.from.hour(), false);
        }
    }
    found.into_iter().map(|(hour, only_more)| Mismatch { hour, only_more }).collect()
}

impl Pass {
    /// Writes down that the answer accounts for everything counted in the window.
    pub(super) fn hold(&mut self, fetch: &Fetch, cells: &[Expected], answer: &Tallied, now: Tick) {
        let mut parts = answer.parts.iter().peekable();
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
                inside.into_iter().filter(|part| part.count.rows() > 0).map(|part| Cell {
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
    pub(super) fn forget(&mut self, fetch: &Fetch, answer: &Tallied, now: Tick) {
        let mut spans: Vec<Span> = fetch.cells.iter().map(|cell| cell.span).collect();
        let outside = |part: &&Expected| !fetch.cells.iter().any(|c| c.span.covers(part.span));
        spans.extend(answer.parts.iter().filter(outside).map(|part| part.span));
        for span in spans {
            let state = self.hour(span.from.hour());
            carve(state, span, now);
            state.held.push(Cell { span, fingerprint: None, at: now });
            state.held.sort_by_key(|cell| cell.span.from);
            self.refresh(span.from.hour());
        }
    }

    /// Takes a complete answer.
    pub fn on_fetched(&mut self, fetch: &Fetch, answer: &Tallied, now: Tick) -> Verdict {
        self.answered();
        self.progress.fetches += 1;
        if self.is_troubled(fetch) {
            self.dispute_calls += 1;
        }
        self.mind_the_size(answer);
        let mismatches = compare(&fetch.cells, answer);
        if mismatches.is_empty() {
            self.hold(fetch, &fetch.cells, answer, now);
            self.count_accepted();
            return Verdict::Accept;
        }
        self.forget(fetch, answer, now);
        let recent = now.plus(-SHORT).hour();
        if mismatches.iter().all(|m| m.only_more && m.hour >= recent) {
            for mismatch in mismatches {
                self.hour(mismatch.hour).awaits_count = true;
            }
        } else if fetch.split == Split::None {
            self.pending.push_back(Pending { fetch: fetch.clone(), answer: answer.clone() });
        } else {
            self.halve(fetch, &mismatches, now);
        }
        Verdict::Keep
    }

    /// After a recount: compares the answer that waited for it with the new count.
    pub(super) fn judge_again(&mut self, window: Span, now: Tick) -> Option<Verdict> {
        let place = self.pending.iter().position(|pending| pending.fetch.window == window)?;
        let Pending { fetch, answer } = self.pending.remove(place)?;
        let cells = self.seen_cells(&fetch);
        let mismatches = compare(&cells, &answer);
        if mismatches.is_empty() {
            self.hold(&fetch, &cells, &answer, now);
            self.count_accepted();
            return Some(Verdict::Accept);
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
        self.progress.accepted += 1;
        let rows = self.fetch_rows();
        if self.progress.accepted >= 10 && rows < self.limits.fetch_rows {
            self.progress.fetch_rows = (rows * 2).min(self.limits.fetch_rows);
            self.progress.accepted = 0;
        }
    }

    /// Asks for less when an answer nears the source's limit of 50 MB.
    fn mind_the_size(&mut self, answer: &Tallied) {
        if answer.bytes > 40_000_000 {
            self.halve_fetch_rows();
        }
    }

    pub(super) fn halve_fetch_rows(&mut self) {
        self.progress.fetch_rows = (self.fetch_rows() / 2).max(1);
        self.progress.accepted = 0;
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
    state.held.extend(rest.into_iter().map(|span| Cell { span, fingerprint: None, at: now }));
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
