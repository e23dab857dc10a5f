//! Answers to counts: confirmed, taken over or refused, and halved where none came.

use super::limits::MAX_FAILURES;
use super::state::Pass;
use crate::clock::{HOUR, Hour, Span, Tick};
use crate::collect::call::{Call, CallFailure, Count, CountPurpose, Counted};
use crate::sync_state::hour::{Acceptance, DisputeReason};

impl Pass {
    /// Takes the answer to a count; `None` is an answer without `results`. [`Acceptance::Accept`]
    /// when a recount shows that the answer which waited for it was right after all.
    pub fn on_counted(
        &mut self,
        count: &Count,
        answer: Result<Option<Counted>, CallFailure>,
        now: Tick,
    ) -> Option<Acceptance> {
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
        rows: Result<Option<u64>, CallFailure>,
        now: Tick,
    ) -> Option<Acceptance> {
        self.confirm = None;
        match rows {
            Ok(Some(0)) => self.on_counted(count, Ok(Some(Vec::new())), now),
            Ok(_) => {
                let why = "the source counted rows but did not say where".to_owned();
                self.count_failed(count, &CallFailure::Transport(why), now);
                None
            }
            Err(failure) => {
                self.count_failed(count, &failure, now);
                None
            }
        }
    }

    fn take_count(&mut self, count: &Count, counted: &Counted, now: Tick) -> Option<Acceptance> {
        match count.purpose {
            CountPurpose::Horizon | CountPurpose::Live => {
                self.uncounted = 0;
                self.remember_span(count);
                if self.is_below_half(count, counted) && !self.is_doubted_long(count, now) {
                    self.doubt(count, counted, now);
                } else {
                    self.see(count, counted, now);
                }
                self.counts.pop_front();
                self.counts_done(now);
                None
            }
            CountPurpose::Drill | CountPurpose::Recount if self.is_below_half(count, counted) => {
                self.forget_pending(count.span);
                for hour in count.span.hours() {
                    self.hour(hour).awaits_count = true;
                }
                None
            }
            CountPurpose::Drill => {
                self.see(count, counted, now);
                None
            }
            CountPurpose::Recount => {
                self.dispute_calls += 1;
                self.see(count, counted, now);
                self.compare_again(count.span, now)
            }
        }
    }

    fn count_failed(&mut self, count: &Count, failure: &CallFailure, now: Tick) {
        let hours = count.span.ticks() / HOUR;
        match (failure, count.purpose) {
            (
                CallFailure::Slow | CallFailure::TooBig,
                CountPurpose::Horizon | CountPurpose::Live,
            ) => {
                self.answered();
                self.halve_count(count, now);
            }
            // Of a count that is too much some tenants' source says no more than that it failed.
            (CallFailure::Unwell(_), CountPurpose::Horizon | CountPurpose::Live)
                if self.unwell > 0 && hours > 1 =>
            {
                self.answered();
                self.halve_count(count, now);
            }
            (CallFailure::Unwell(_), _) => {
                self.unwell += 1;
                self.fail(&Call::Count(count.clone()), failure, now);
            }
            (CallFailure::Slow | CallFailure::TooBig, CountPurpose::Drill) if hours > 1 => {
                self.answered();
                self.drill_hours = hours / 2;
            }
            (CallFailure::Slow | CallFailure::TooBig, CountPurpose::Recount) => {
                self.answered();
                self.recount_failed(count.span, now);
            }
            (CallFailure::Slow | CallFailure::TooBig, CountPurpose::Drill) => {
                self.answered();
                for hour in count.span.hours() {
                    self.dispute(hour, DisputeReason::Slow, now);
                }
            }
            _ => self.fail(&Call::Count(count.clone()), failure, now),
        }
    }

    /// Counts in halves instead, down to single hours: one that cannot be counted even so is disputed.
    /// After three of them in a row the source has too much to do, and the pass ends.
    fn halve_count(&mut self, count: &Count, now: Tick) {
        let hours = count.span.ticks() / HOUR;
        if hours > 1 {
            if count.purpose == CountPurpose::Live {
                self.count_two_halves(count);
            } else {
                self.count_hours = hours / 2;
                self.cut_counts();
            }
            return;
        }
        self.counts.pop_front();
        for hour in count.span.hours() {
            self.dispute(hour, DisputeReason::Uncounted, now);
        }
        self.uncounted += 1;
        if self.uncounted >= MAX_FAILURES {
            let why = "the source counts no hour in time: it has too much to do";
            self.end(now, Some(why.to_owned()));
        } else {
            self.counts_done(now);
        }
    }

    fn count_two_halves(&mut self, count: &Count) {
        self.counts.pop_front();
        let (from, until) = (count.span.from, count.span.until);
        let middle = Hour(i64::midpoint(from.hour().0, until.hour().0)).start();
        for span in [Span::new(middle, until), Span::new(from, middle)] {
            self.counts.push_front(Count { span, ..*count });
        }
    }
}
