//! What the log hears of failures, and the pause before the next try.

use super::state::CollectSession;
use crate::clock::ticks_of;
use crate::collect::call::CallFailure;
use crate::source::SourceError;

/// What to do about a failure that may mend itself, should it not.
const IF_IT_LASTS: &str = "if this lasts, `clickwarden check` tells which part fails";

/// What to do about an error of the source's own, which nothing here can mend.
const OF_THEIRS: &str = "network and permission are right, the error is Microsoft's: if it lasts for \
                         hours, try a query at security.microsoft.com (Advanced hunting) and look at \
                         the service health in the Microsoft 365 admin center";

impl CollectSession {
    /// Tells the log of a failure, once, and pauses before a retry. `dedup_key` is the failure without what
    /// differs from one time to the next.
    pub(super) fn log_failure(&mut self, failure: &CallFailure, dedup_key: &str) {
        match failure {
            CallFailure::Transport(why) => {
                self.pause();
                let remedy = format!("check network and proxy; {IF_IT_LASTS}");
                self.log.warn(dedup_key, format!("{why}; the call is made again; {remedy}"));
            }
            CallFailure::Unwell(why) | CallFailure::Away(why) => {
                self.pause();
                self.log.warn(dedup_key, format!("{why}; the call is made again; {OF_THEIRS}"));
            }
            CallFailure::Refused(why) => {
                self.refused = Some(why.clone());
                self.log.error(dedup_key, format!("{why}; tried again every 15 minutes"));
            }
            CallFailure::Cpu | CallFailure::Rate => {
                self.log
                    .warn(dedup_key, format!("{dedup_key}; it is asked again when that is over"));
            }
            CallFailure::TooBig | CallFailure::Slow => {
                let tenant = &self.settings.name;
                tracing::info!(%tenant, "an answer too big or too slow: asking for less");
            }
            CallFailure::Schema(why) | CallFailure::Rejected(why) => {
                self.log
                    .warn(dedup_key, format!("{why}; tried again at the next pass; {IF_IT_LASTS}"));
            }
        }
    }

    /// Doubles from try to try, but for chance.
    fn pause(&mut self) {
        let pause = self.settings.retry_pause * 2_u32.saturating_pow(self.failures.min(6));
        let jitter = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.failures += 1;
        self.pause_until = self.clock.now().plus(ticks_of(jitter));
    }
}

/// The error without ids and waits, which differ from one time to the next.
pub(super) fn dedup_key(error: &SourceError) -> String {
    match error {
        SourceError::Refused(refusal) => refusal.sentence.clone(),
        SourceError::Throttled { quota, .. } => {
            format!("the source asks to wait ({})", quota.in_words())
        }
        other => other.to_string(),
    }
}
