//! Counting: which horizons are due, and what a count changes.

use super::call::{Bins, Call, Count, Counted, Expected, Failure, Purpose};
use super::pass::{HALVINGS, Horizon, MEDIUM, Pass, SHORT};
use crate::clock::{DAY, HOUR, Hour, Span, Tick};
use crate::fingerprint::Fingerprint;
use crate::hour::{Cell, Seen, Verdict, Why};
use crate::progress::{Progress, Turn};

/// How long a count below half of what was seen is doubted.
const DOUBT: i64 = DAY;

impl Pass {
    /// Plans the counts with which a pass begins.
    pub(super) fn plan_counts(&mut self, now: Tick) {
        let Progress { short, medium, long, .. } = self.progress;
        let horizons = [(Horizon::Long, long), (Horizon::Medium, medium), (Horizon::Short, short)];
        self.turn = horizons.into_iter().find(|(_, turn)| turn.due <= now).map(|(h, _)| h);
        let start = self.horizon_start(now);
        let end = now.plus(HOUR).hour().end();
        if let Some(horizon) = self.turn {
            let from = match horizon {
                Horizon::Short => now.plus(-SHORT).hour().max(start),
                Horizon::Medium => now.plus(-MEDIUM).hour().max(start),
                Horizon::Long => start,
            };
            for span in self.without_slow_hours(Span::new(from.start(), end), now) {
                let purpose = Purpose::Horizon { halvings: 0 };
                self.counts.push_back(Count { span, bins: Bins::Hour, purpose });
            }
            if horizon == Horizon::Long {
                self.compact(start);
            }
        }
        let from = Hour(now.hour().0 - 1).max(start);
        let purpose = Purpose::Live { halvings: 0 };
        self.counts.push_back(Count {
            span: Span::new(from.start(), end),
            bins: Bins::Minute,
            purpose,
        });
    }

    /// The parts of `span` around hours whose count never came and is not due again.
    fn without_slow_hours(&self, span: Span, now: Tick) -> Vec<Span> {
        let mut parts = Vec::new();
        let mut from = span.from;
        for (hour, state) in self.hours.range(span.from.hour()..span.until.hour()) {
            let waits = |d: &crate::hour::Dispute| d.why == Why::Uncounted && d.next > now;
            if state.dispute.as_ref().is_some_and(waits) {
                parts.push(Span::new(from, hour.start()));
                from = hour.end();
            }
        }
        parts.push(Span::new(from, span.until));
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// Hours that the source forgets keep what they held as one sum.
    fn compact(&mut self, start: Hour) {
        let left: Vec<Hour> =
            self.hours.range(..start).filter(|(_, s)| s.held.len() > 1).map(|(h, _)| *h).collect();
        for hour in left {
            let state = self.hour(hour);
            if let (Some(total), Some(first)) = (state.held_total(), state.held.first()) {
                state.held =
                    vec![Cell { span: hour.span(), fingerprint: Some(total), at: first.at }];
            }
        }
    }

    /// Takes the answer to a count; `None` is an answer without `results`. [`Verdict::Accept`]
    /// when a recount shows that the answer which waited for it was right after all.
    pub fn on_counted(
        &mut self,
        count: &Count,
        answer: Result<Option<Counted>, Failure>,
        now: Tick,
    ) -> Option<Verdict> {
        match answer {
            Ok(Some(counted)) => {
                self.answered();
                self.take_count(count, &counted, now)
            }
            Ok(None) => {
                self.confirm = Some(count.clone());
                None
            }
            Err(failure) => {
                self.count_failed(count, &failure, now);
                None
            }
        }
    }

    /// Takes the plain row count that confirms a count without `results`.
    pub fn on_confirmed(
        &mut self,
        count: &Count,
        rows: Result<Option<u64>, Failure>,
        now: Tick,
    ) -> Option<Verdict> {
        self.confirm = None;
        match rows {
            Ok(Some(0)) => self.on_counted(count, Ok(Some(Vec::new())), now),
            Ok(_) => {
                let why = "the source counted rows but did not say where".to_owned();
                self.count_failed(count, &Failure::Transport(why), now);
                None
            }
            Err(failure) => {
                self.count_failed(count, &failure, now);
                None
            }
        }
    }

    fn take_count(&mut self, count: &Count, counted: &Counted, now: Tick) -> Option<Verdict> {
        match count.purpose {
            Purpose::Horizon { .. } | Purpose::Live { .. } => {
                if self.is_below_half(count, counted) && !self.is_doubted_long(count, now) {
                    self.doubt(count, counted, now);
                } else {
                    self.see(count, counted, now);
                }
                self.counts.pop_front();
                self.counts_done(now);
                None
            }
            Purpose::Drill | Purpose::Recount if self.is_below_half(count, counted) => {
                self.forget_pending(count.span);
                for hour in count.span.hours() {
                    self.hour(hour).awaits_count = true;
                }
                None
            }
            Purpose::Drill => {
                self.see(count, counted, now);
                None
            }
            Purpose::Recount => {
                self.dispute_calls += 1;
                self.see(count, counted, now);
                self.judge_again(count.span, now)
            }
        }
    }

    /// Moves the turns on when the last count of a horizon, or of the pass, is in.
    fn counts_done(&mut self, now: Tick) {
        let began = self.progress.pass_began.unwrap_or(now);
        let horizon_left = self.counts.iter().any(|c| matches!(c.purpose, Purpose::Horizon { .. }));
        if let Some(horizon) = self.turn.filter(|_| !horizon_left) {
            let sparing = self.progress.sparing_until > now;
            let every = if sparing { HOUR.max(self.limits.interval) } else { self.limits.interval };
            let next = |period| Turn { due: began.plus(period), put_off: false };
            self.progress.short = next(every);
            if horizon >= Horizon::Medium {
                self.progress.medium = next(HOUR);
            }
            if horizon == Horizon::Long {
                self.progress.long = next(DAY);
            }
            self.turn = None;
        }
        if self.counts.is_empty() {
            self.progress.next_pass = began.plus(self.limits.interval).max(now);
        }
    }

    /// What was seen so far of the hours, or the parts of an hour, that `span` covers.
    fn seen_rows(&self, span: Span) -> u64 {
        let in_hour = |(hour, state): (&Hour, &crate::hour::HourState)| {
            let seen = state.seen.as_ref()?;
            if span.covers(hour.span()) {
                return Some(seen.total.rows());
            }
            let inside = seen.parts.iter().flatten().filter(|part| span.covers(part.span));
            Some(inside.filter_map(|part| part.fingerprint.as_ref()).map(Fingerprint::rows).sum())
        };
        self.hours.range(span.from.hour()..=span.until.plus(-1).hour()).filter_map(in_hour).sum()
    }

    fn is_below_half(&self, count: &Count, counted: &Counted) -> bool {
        let known = |cell: &&Expected| {
            self.hours.get(&cell.span.from.hour()).is_some_and(|s| s.seen.is_some())
        };
        let new: u64 = counted.iter().filter(known).map(|cell| cell.count.rows()).sum();
        new * 2 < self.seen_rows(count.span)
    }

    fn is_doubted_long(&self, count: &Count, now: Tick) -> bool {
        let since = self.hours.range(count.span.from.hour()..count.span.until.hour());
        let oldest = since.filter_map(|(_, state)| state.doubted_since).min();
        oldest.is_some_and(|since| now.since(since) >= DOUBT)
    }

    /// A count below half changes nothing but the trust in the hours in which it differs.
    fn doubt(&mut self, count: &Count, counted: &Counted, now: Tick) {
        for hour in count.span.hours() {
            let total: Fingerprint = in_span(counted, hour.span()).map(|cell| &cell.count).sum();
            let Some(state) = self.hours.get(&hour) else { continue };
            let differs = state.seen.as_ref().is_some_and(|s| !s.total.matches_count(&total));
            if differs && state.doubted_since.is_none() {
                self.hour(hour).doubted_since = Some(now);
            }
        }
    }

    /// Takes a count over as what was last seen.
    pub(super) fn see(&mut self, count: &Count, counted: &Counted, now: Tick) {
        for hour in count.span.hours() {
            let here: Vec<&Expected> = in_span(counted, hour.span()).collect();
            match count.bins {
                Bins::Hour => self.see_hour(hour, here.iter().map(|c| &c.count).sum(), now),
                _ => self.see_parts(hour, count.span.intersect(hour.span()), &here, now),
            }
            self.refresh(hour);
        }
    }

    fn see_hour(&mut self, hour: Hour, total: Fingerprint, now: Tick) {
        let state = self.hour(hour);
        let before = state.seen.take();
        let unchanged = before.as_ref().is_some_and(|seen| seen.total.matches_count(&total));
        let parts = before.and_then(|seen| seen.parts).filter(|_| unchanged);
        state.seen = Some(Seen { total, at: now, parts });
        self.was_counted(hour, unchanged, now);
    }

    /// Replaces the parts of `span`; parts of an hour that was never divided need all of it.
    fn see_parts(&mut self, hour: Hour, span: Span, counted: &[&Expected], now: Tick) {
        let whole = span == hour.span();
        let state = self.hour(hour);
        let before = state.seen.take();
        if !whole && before.as_ref().is_none_or(|seen| seen.parts.is_none()) {
            state.seen = before;
            return;
        }
        let old = before.as_ref().and_then(|seen| seen.parts.as_deref()).unwrap_or_default();
        let mut parts: Vec<Cell> =
            old.iter().filter(|part| !whole && !span.covers(part.span)).cloned().collect();
        parts.extend(counted.iter().filter(|c| c.count.rows() > 0).map(|c| Cell {
            span: c.span,
            fingerprint: Some(c.count.clone()),
            at: now,
        }));
        parts.sort_by_key(|part| part.span.from);
        let total: Fingerprint = parts.iter().filter_map(|part| part.fingerprint.as_ref()).sum();
        let unchanged = before.as_ref().is_some_and(|seen| seen.total.matches_count(&total));
        // A part counted now does not make the rest of the hour as fresh.
        let at = before.filter(|_| !whole).map_or(now, |seen| seen.at);
        state.seen = Some(Seen { total, at, parts: Some(parts) });
        self.was_counted(hour, unchanged, now);
    }

    fn was_counted(&mut self, hour: Hour, unchanged: bool, now: Tick) {
        let state = self.hour(hour);
        state.doubted_since = None;
        state.awaits_count = false;
        if let Some(dispute) = state.dispute.as_mut().filter(|_| !unchanged) {
            dispute.next = dispute.next.min(now);
        }
    }

    fn count_failed(&mut self, count: &Count, failure: &Failure, now: Tick) {
        let hours = count.span.ticks() / HOUR;
        match (failure, count.purpose) {
            (
                Failure::Slow | Failure::TooBig,
                Purpose::Horizon { halvings } | Purpose::Live { halvings },
            ) => {
                self.answered();
                self.halve_count(count, halvings, failure, now);
            }
            (Failure::Slow | Failure::TooBig, Purpose::Drill) if hours > 1 => {
                self.answered();
                self.drill_hours = hours / 2;
            }
            (Failure::Slow | Failure::TooBig, Purpose::Drill | Purpose::Recount) => {
                self.answered();
                self.forget_pending(count.span);
                for hour in count.span.hours() {
                    self.dispute(hour, Why::Slow, now);
                }
            }
            _ => self.fail(&Call::Count(count.clone()), failure, now),
        }
    }

    /// Counts the two halves instead; hours that cannot be counted at all are disputed.
    fn halve_count(&mut self, count: &Count, halvings: u8, failure: &Failure, now: Tick) {
        self.counts.pop_front();
        let middle =
            Hour(i64::midpoint(count.span.from.hour().0, count.span.until.hour().0)).start();
        let may_halve =
            middle > count.span.from && (*failure == Failure::TooBig || halvings < HALVINGS);
        if may_halve {
            let purpose = match count.purpose {
                Purpose::Live { .. } => Purpose::Live { halvings: halvings + 1 },
                _ => Purpose::Horizon { halvings: halvings + 1 },
            };
            for span in [Span::new(middle, count.span.until), Span::new(count.span.from, middle)] {
                self.counts.push_front(Count { span, purpose, ..*count });
            }
            return;
        }
        for hour in count.span.hours() {
            self.dispute(hour, Why::Uncounted, now);
        }
        self.counts_done(now);
    }
}

/// The cells that begin in `span`.
fn in_span(counted: &Counted, span: Span) -> impl Iterator<Item = &Expected> {
    let first = counted.partition_point(|cell| cell.span.from < span.from);
    counted.get(first..).unwrap_or_default().iter().take_while(move |c| c.span.from < span.until)
}
