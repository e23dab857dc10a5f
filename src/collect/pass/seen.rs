//! What the source last counted: taken over, or doubted when it is suddenly below half.

use super::state::Pass;
use crate::clock::{DAY, Hour, Span, Tick};
use crate::collect::call::{Bins, Count, Counted, Expected};
use crate::sync_state::fingerprint::Fingerprint;
use crate::sync_state::hour::{DisputeReason, HourPart, HourState, Seen};

impl Pass {
    /// What was seen so far of the hours, or the parts of an hour, that `span` covers.
    fn seen_rows(&self, span: Span) -> u64 {
        let in_hour = |(hour, state): (&Hour, &HourState)| {
            let seen = state.seen.as_ref()?;
            if span.covers(hour.span()) {
                return Some(seen.total.rows());
            }
            let inside = seen.parts.iter().flatten().filter(|part| span.covers(part.span));
            Some(inside.filter_map(|part| part.fingerprint.as_ref()).map(Fingerprint::rows).sum())
        };
        self.hours.range(span.from.hour()..=span.until.plus(-1).hour()).filter_map(in_hour).sum()
    }

    pub(super) fn is_below_half(&self, count: &Count, counted: &Counted) -> bool {
        let known = |cell: &&Expected| {
            self.hours.get(&cell.span.from.hour()).is_some_and(|s| s.seen.is_some())
        };
        let new: u64 = counted.iter().filter(known).map(|cell| cell.count.rows()).sum();
        new * 2 < self.seen_rows(count.span)
    }

    pub(super) fn is_doubted_long(&self, count: &Count, now: Tick) -> bool {
        let since = self.hours.range(count.span.from.hour()..count.span.until.hour());
        let oldest = since.filter_map(|(_, state)| state.doubted_since).min();
        oldest.is_some_and(|since| now.since(since) >= DOUBT_TIME)
    }

    /// A count below half changes nothing but the trust in the hours in which it differs.
    pub(super) fn doubt(&mut self, count: &Count, counted: &Counted, now: Tick) {
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
        let mut parts: Vec<HourPart> =
            old.iter().filter(|part| !whole && !span.covers(part.span)).cloned().collect();
        parts.extend(counted.iter().filter(|c| c.count.rows() > 0).map(|c| HourPart {
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
        // It was disputed for want of a count, which is there now.
        state.dispute.take_if(|dispute| dispute.reason == DisputeReason::Uncounted);
    }
}

/// How long a count below half of what was seen is doubted.
const DOUBT_TIME: i64 = DAY;

/// The cells that begin in `span`.
fn in_span(counted: &Counted, span: Span) -> impl Iterator<Item = &Expected> {
    let first = counted.partition_point(|cell| cell.span.from < span.from);
    counted.get(first..).unwrap_or_default().iter().take_while(move |c| c.span.from < span.until)
}
