//! What a channel's answer means for the message and its sink.

use std::time::Duration;

use super::{LONGEST_DELIVERY, Outbox};
use crate::backoff::Backoff;
use crate::clock::MINUTE;
use crate::deliver::Outcome;
use crate::report::Envelope;
use crate::store::{Claimed, Scope, Settled};

/// Waits between attempts where the channel names none.
const BACKOFF: Backoff = Backoff { base: Duration::from_secs(5), cap: Duration::from_mins(15) };
/// A message that could not be delivered for so long is dead.
const PATIENCE: i64 = 72 * 60 * MINUTE;

impl Outbox {
    pub(super) fn judge(
        &mut self,
        claimed: &Claimed,
        envelope: &Envelope,
        outcome: Outcome,
    ) -> (Settled, String) {
        let too_old = self.clock.now().since(claimed.begun) > PATIENCE;
        let jittered = BACKOFF.wait(claimed.attempts, self.random.f64());
        let wait = |named: Option<Duration>| named.unwrap_or(jittered);
        match outcome {
            Outcome::Accepted => {
                (Settled::Accepted { pace: self.sink.settings.pace }, "accepted".to_owned())
            }
            Outcome::MessageLater { told, .. } | Outcome::SinkLater { told, .. } if too_old => {
                (Settled::Dead, format!("given up after three days: {told}"))
            }
            Outcome::MessageLater { wait: named, told } => {
                (Settled::Later { wait: wait(named), scope: Scope::Message }, told)
            }
            Outcome::SinkLater { wait: named, told } => {
                (Settled::Later { wait: wait(named), scope: Scope::Sink }, told)
            }
            Outcome::TooBig { told } => {
                if envelope.rows == 0 {
                    return (Settled::Dead, format!("too big without any row: {told}"));
                }
                // What has no rows may still have a file to leave out.
                (Settled::Smaller { rows: envelope.rows.min(claimed.content.rows()) / 2 }, told)
            }
            Outcome::Refused { told } => (Settled::Dead, told),
            Outcome::Broken { told } => (Settled::Pause, told),
        }
    }

    /// Why the message must not go, whatever the channel says: the configuration may have changed
    /// since it was posted.
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
pub(super) fn cut_off() -> (Settled, String) {
    let told = "cut off, since the program stopped or took new settings over; it may have arrived";
    (Settled::Later { wait: Duration::ZERO, scope: Scope::Message }, told.to_owned())
}

pub(super) fn too_slow() -> Outcome {
    let told = format!("not done within {} s", LONGEST_DELIVERY.as_secs());
    Outcome::SinkLater { wait: None, told }
}
