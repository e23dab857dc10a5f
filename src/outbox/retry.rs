//! What a channel's answer means for the message and its sink.

use std::time::Duration;

use super::{DELIVERY_TIMEOUT, Outbox};
use crate::clock::MINUTE;
use crate::clock::backoff::Backoff;
use crate::deliver::Outcome;
use crate::message::Envelope;
use crate::store::{AttemptResult, Claimed, RetryScope};

/// Waits between attempts where the channel names none.
const BACKOFF: Backoff = Backoff { base: Duration::from_secs(5), cap: Duration::from_mins(15) };
/// A message that could not be delivered for so long is dead.
const MESSAGE_TTL: i64 = 72 * 60 * MINUTE;

impl Outbox {
    pub(super) fn result_of(
        &mut self,
        claimed: &Claimed,
        envelope: &Envelope,
        outcome: Outcome,
    ) -> (AttemptResult, String) {
        let too_old = self.clock.now().since(claimed.begun) > MESSAGE_TTL;
        let jittered = BACKOFF.wait(claimed.attempts, self.random.f64());
        let wait = |named: Option<Duration>| named.unwrap_or(jittered);
        match outcome {
            Outcome::Accepted => {
                (AttemptResult::Accepted { pace: self.sink.settings.pace }, "accepted".to_owned())
            }
            Outcome::MessageLater { told, .. } | Outcome::SinkLater { told, .. } if too_old => {
                (AttemptResult::Dead, format!("given up after three days: {told}"))
            }
            Outcome::MessageLater { wait: named, told } => {
                (AttemptResult::Later { wait: wait(named), scope: RetryScope::Message }, told)
            }
            Outcome::SinkLater { wait: named, told } => {
                (AttemptResult::Later { wait: wait(named), scope: RetryScope::Sink }, told)
            }
            Outcome::TooBig { told } => {
                if envelope.rows == 0 {
                    return (AttemptResult::Dead, format!("too big without any row: {told}"));
                }
                // What has no rows may still have a file to leave out.
                (
                    AttemptResult::Smaller { rows: envelope.rows.min(claimed.content.rows()) / 2 },
                    told,
                )
            }
            Outcome::Refused { told } => (AttemptResult::Dead, told),
            Outcome::Broken { told } => (AttemptResult::Pause, told),
        }
    }

    /// Why the message must not go, whatever the channel says: the configuration may have changed
    /// since it was enqueued.
    pub(super) fn unfit(&self, claimed: &Claimed) -> Option<String> {
        let settings = &self.sink.settings;
        if !settings.audience.may_hear_of(&claimed.content.tenants) {
            return Some("tells of tenants that this sink may not hear of".to_owned());
        }
        let known = settings.recipients().contains(&claimed.recipient);
        (!known).then(|| "its recipient is none of this sink's any more".to_owned())
    }
}

/// A delivery that was under way when the stage had to stop.
pub(super) fn cut_off() -> (AttemptResult, String) {
    let detail =
        "cut off, since the program stopped or took new settings over; it may have arrived";
    (AttemptResult::Later { wait: Duration::ZERO, scope: RetryScope::Message }, detail.to_owned())
}

pub(super) fn too_slow() -> Outcome {
    let told = format!("not done within {} s", DELIVERY_TIMEOUT.as_secs());
    Outcome::SinkLater { wait: None, told }
}
