//! When a pass begins, ends, and begins again.

use super::state::Pass;
use crate::clock::{DAY, HOUR, Tick};
use crate::sync_state::progress::Progress;

impl Pass {
    pub(super) fn begin_if_due(&mut self, now: Tick) {
        if now < self.progress.next_pass || !self.counts.is_empty() {
            return;
        }
        self.renew_budget(now);
        (self.begun, self.ended) = (true, false);
        self.failures = 0;
        self.relearned = false;
        self.uncounted = 0;
        self.crowded = None;
        if !self.progress.fetch_first {
            self.pending.clear();
        }
        self.progress.pass_began = Some(now);
        self.progress.first_pass.get_or_insert(now);
        self.progress.retry_at = None;
        self.plan_counts(now);
    }

    /// Allows calls for disputes again: after a pass that came to its end, or an hour of one that is so
    /// long that the next is due meanwhile. Of a source that lets nothing be accepted, no pass would end
    /// otherwise.
    fn renew_budget(&mut self, now: Tick) {
        let long = self.accepted > 0 && now.since(self.budget_since) >= HOUR;
        if self.ended || !self.begun || long {
            (self.dispute_calls, self.accepted, self.budget_since) = (0, 0, now);
        }
    }

    /// Nothing is due later than a whole period from now: a shorter interval holds at once, and a
    /// clock that jumped back delays nothing.
    pub fn follow(&mut self, now: Tick) {
        let every = self.limits.interval;
        let short = if self.progress.cpu_backoff_until > now { every.max(HOUR) } else { every };
        let Progress { next_pass, short: s, medium, long, .. } = &mut self.progress;
        *next_pass = (*next_pass).min(now.plus(every));
        for (schedule, period) in [(s, short), (medium, HOUR), (long, DAY)] {
            if !schedule.deferred {
                schedule.due = schedule.due.min(now.plus(period));
            }
        }
    }

    /// Begins the next pass now if it is due within a tenth of the interval: a timer that fires
    /// once an interval must not find every second pass a moment too early.
    pub fn begin_early(&mut self, now: Tick) {
        let soon = now.plus(self.limits.interval / 10);
        for due in [&mut self.progress.next_pass, &mut self.progress.short.due] {
            if *due <= soon {
                *due = (*due).min(now);
            }
        }
    }

    /// Plans the counts of this pass again: the clock that chose their hours was wrong.
    pub fn restart(&mut self) {
        if self.progress.first_pass == self.progress.pass_began {
            self.progress.first_pass = None;
        }
        self.counts.clear();
        self.confirm = None;
        self.counted_horizon = None;
        self.progress.pass_began = None;
    }

    /// Ends the pass: the next one begins when it is due, not before.
    pub(super) fn end(&mut self, now: Tick, error: Option<String>) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.counts.clear();
        self.confirm = None;
        self.pending.clear();
        if self.progress.next_pass <= now {
            self.progress.next_pass = now.plus(self.limits.interval);
        }
        match error {
            // Where no pass was begun, the error of the last one stands.
            None if !self.begun => {}
            None => {
                self.progress.pass_ended = Some(now);
                self.progress.whole_pass_began = self.progress.pass_began;
                self.progress.last_error = None;
            }
            error => self.progress.last_error = error,
        }
    }
}
