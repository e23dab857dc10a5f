//! Failures that mean the same for every call: how many end a pass, and what waits after a refusal.

use super::limits::{MAX_FAILURES, RETRY_REFUSED};
use super::state::Pass;
use crate::clock::{HOUR, Tick};
use crate::collect::call::{Call, CallFailure, Count, CountPurpose};
use crate::sync_state::progress::{CountSchedule, Progress};

impl Pass {
    /// Notes that a call was answered, however: three failures in a row end a pass.
    pub(super) const fn answered(&mut self) {
        self.failures = 0;
        self.unwell = 0;
        self.progress.fetch_first = false;
    }

    /// Takes a failure that has the same meaning for every call.
    pub(super) fn fail(&mut self, call: &Call, failure: &CallFailure, now: Tick) {
        match failure {
            CallFailure::Transport(why) | CallFailure::Unwell(why) | CallFailure::Away(why) => {
                self.failures += 1;
                if self.failures >= MAX_FAILURES {
                    self.end(now, Some(why.clone()));
                }
            }
            CallFailure::Schema(_) if !self.relearned => {
                self.relearned = true;
                self.progress.schema_due = now;
            }
            CallFailure::Cpu => self.back_off_cpu(call, now),
            CallFailure::Rate => {}
            CallFailure::Refused(why) => {
                self.progress.retry_at = Some(now.plus(RETRY_REFUSED));
                self.end(now, Some(why.clone()));
            }
            CallFailure::Schema(why) | CallFailure::Rejected(why) => {
                self.end(now, Some(why.clone()));
            }
            CallFailure::TooBig | CallFailure::Slow => {
                self.end(now, Some("the source gives no answer in time".into()));
            }
        }
    }

    /// After a CPU refusal: the refused call comes first, the horizons wait an hour, once each.
    fn back_off_cpu(&mut self, call: &Call, now: Tick) {
        let later = now.plus(HOUR);
        if self.progress.cpu_backoff_until <= now {
            self.progress.cpu_backoff_until = later;
        }
        let Progress { short, medium, long, .. } = &mut self.progress;
        for schedule in [short, medium, long] {
            if !schedule.deferred {
                *schedule = CountSchedule { due: schedule.due.max(later), deferred: true };
            }
        }
        let is_count = matches!(
            call,
            Call::Count(Count { purpose: CountPurpose::Horizon | CountPurpose::Live, .. })
        );
        if is_count {
            // Planned anew, with what is still due then, when the gate opens.
            self.counts.clear();
        }
        self.progress.fetch_first = matches!(call, Call::Fetch(_) | Call::Count(_)) && !is_count;
    }
}
