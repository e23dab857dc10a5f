//! Windows that will not settle: made smaller, then disputed.

use super::compare::Mismatch;
use super::limits::{DISPUTE_CALLS, FIRST_RETRY, MAX_HALVINGS};
use super::state::{Pass, Pending};
use crate::clock::{DAY, HOUR, Hour, Span, Tick};
use crate::collect::call::{Call, CallFailure, Fetch, Grain, Split};
use crate::sync_state::hour::{Dispute, DisputeReason, HourState};

impl Pass {
    /// Whether calls are left for windows that will not settle.
    pub(super) const fn has_budget(&self) -> bool {
        self.dispute_calls < DISPUTE_CALLS
    }

    /// Marks an hour as one that will not settle: looked at again in 1 h, 6 h, then daily. What came
    /// too late may come in minutes, when the source has less to do.
    pub(super) fn dispute(&mut self, hour: Hour, reason: DisputeReason, now: Tick) {
        let state = self.hour(hour);
        if state.dispute.as_ref().is_some_and(|dispute| dispute.next > now) {
            return;
        }
        let since = state.dispute.as_ref().map_or(now, |d| d.since);
        let tries = state.dispute.as_ref().map_or(0, |d| d.tries) + 1;
        let late = matches!(reason, DisputeReason::Slow | DisputeReason::Uncounted);
        let wait = match tries.saturating_sub(u32::from(late)) {
            0 => FIRST_RETRY,
            1 => HOUR,
            2 => 6 * HOUR,
            _ => DAY,
        };
        state.dispute = Some(Dispute { reason, since, tries, next: now.plus(wait) });
    }

    /// Whether the window's calls count against the dispute budget.
    pub(super) fn is_unsettled(&self, fetch: &Fetch) -> bool {
        let unsettled = |state: &HourState| state.halvings > 0 || state.dispute.is_some();
        fetch.hours().iter().any(|hour| self.hours.get(hour).is_some_and(unsettled))
    }

    /// Halves the window of each hour that differs, at most four times, then disputes the hour.
    pub(super) fn halve(&mut self, fetch: &Fetch, wrong: &[Mismatch], now: Tick) {
        for mismatch in wrong {
            self.halve_hour(fetch, mismatch.hour, DisputeReason::Differs, now);
        }
    }

    fn halve_hour(&mut self, fetch: &Fetch, hour: Hour, reason: DisputeReason, now: Tick) {
        // What differs is known by hour, what comes too late only of the whole window.
        let rows = match reason {
            DisputeReason::Differs => fetch.rows_in(hour),
            _ => fetch.rows(),
        };
        let state = self.hour(hour);
        let one_tick = fetch.grain == Grain::Single && fetch.window.ticks() <= 1;
        if state.halvings >= MAX_HALVINGS || rows <= 1 || one_tick {
            self.dispute(hour, reason, now);
        } else {
            state.halvings += 1;
            state.cap = Some((rows.min(state.cap.unwrap_or(u64::MAX)) / 2).max(1));
        }
    }

    /// Takes the failure of a fetch.
    pub fn on_fetch_failed(&mut self, fetch: &Fetch, failure: &CallFailure, now: Tick) {
        match failure {
            CallFailure::TooBig => {
                self.answered();
                self.cut(fetch, now);
            }
            CallFailure::Slow => {
                self.answered();
                self.progress.fetches += 1;
                if self.is_unsettled(fetch) {
                    self.dispute_calls += 1;
                }
                for hour in fetch.hours() {
                    self.halve_hour(fetch, hour, DisputeReason::Slow, now);
                }
            }
            CallFailure::Cpu if fetch.split == Split::ByReportId => {
                // Seventeen calls do not fit between two refusals: not again and again.
                self.fail(&Call::Fetch(fetch.clone()), failure, now);
                self.progress.fetch_first = false;
                for hour in fetch.hours() {
                    self.dispute(hour, DisputeReason::TooBig, now);
                }
            }
            _ => self.fail(&Call::Fetch(fetch.clone()), failure, now),
        }
    }

    /// Takes the failure of the recount of a window: it is asked for in smaller parts.
    pub(super) fn recount_failed(&mut self, window: Span, now: Tick) {
        let place = self.pending.iter().position(|pending| pending.fetch.window == window);
        let Some(Pending { fetch, .. }) = place.and_then(|place| self.pending.remove(place)) else {
            return;
        };
        for hour in fetch.hours() {
            self.halve_hour(&fetch, hour, DisputeReason::Slow, now);
        }
    }

    /// A cut answer: asks for half as much, down to one tick, and below that by `ReportId`.
    fn cut(&mut self, fetch: &Fetch, now: Tick) {
        self.progress.fetches += 1;
        if self.is_unsettled(fetch) {
            self.dispute_calls += 1;
        }
        let hours = fetch.hours();
        let first_time = hours.iter().all(|h| self.hours.get(h).is_some_and(|s| s.cap.is_none()));
        if first_time {
            self.halve_fetch_rows();
        }
        let rows = fetch.rows();
        for hour in hours {
            if fetch.split == Split::ByReportId || rows <= 1 {
                self.dispute(hour, DisputeReason::TooBig, now);
            } else {
                let state = self.hour(hour);
                state.cap = Some((rows.min(state.cap.unwrap_or(u64::MAX)) / 2).max(1));
            }
        }
    }
}
