//! What a channel's answer means for the message and its sink.

use std::time::Duration;

use super::limits::DELIVERY_TIMEOUT;
use crate::clock::MINUTE;
use crate::clock::backoff::Backoff;
use crate::config::Sink;
use crate::deliver::Outcome;
use crate::message::Envelope;
use crate::store::{AttemptResult, Claimed, RetryScope};

/// Waits between attempts where the channel names none.
const BACKOFF: Backoff = Backoff { base: Duration::from_secs(5), cap: Duration::from_mins(15) };
/// A message that could not be delivered for so long is dead.
const MESSAGE_TTL: i64 = 72 * 60 * MINUTE;

/// What a message's next attempt hangs on, besides what the channel said.
pub(super) struct RetryContext {
    /// How long ago it was begun, in ticks.
    pub age: i64,
    /// Between 0 and 1: spreads attempts.
    pub jitter: f64,
    /// How long the sink rests between two messages.
    pub pace: Duration,
}

/// What an outcome means for the message and its sink, in words, too.
pub(super) fn result_of(
    claimed: &Claimed,
    envelope: &Envelope,
    outcome: Outcome,
    context: &RetryContext,
) -> (AttemptResult, String) {
    let too_old = context.age > MESSAGE_TTL;
    let jittered = BACKOFF.wait(claimed.attempts, context.jitter);
    let wait = |named: Option<Duration>| named.unwrap_or(jittered);
    match outcome {
        Outcome::Accepted => {
            (AttemptResult::Accepted { pace: context.pace }, "accepted".to_owned())
        }
        Outcome::MessageLater { detail, .. } | Outcome::SinkLater { detail, .. } if too_old => {
            (AttemptResult::Dead, format!("given up after three days: {detail}"))
        }
        Outcome::MessageLater { wait: named, detail } => {
            (AttemptResult::Later { wait: wait(named), scope: RetryScope::Message }, detail)
        }
        Outcome::SinkLater { wait: named, detail } => {
            (AttemptResult::Later { wait: wait(named), scope: RetryScope::Sink }, detail)
        }
        Outcome::TooBig { detail } => {
            if envelope.rows == 0 {
                return (AttemptResult::Dead, format!("too big without any row: {detail}"));
            }
            // What has no rows may still have a file to leave out.
            (AttemptResult::Smaller { rows: envelope.rows.min(claimed.content.rows()) / 2 }, detail)
        }
        Outcome::Refused { detail } => (AttemptResult::Dead, detail),
        Outcome::Broken { detail } => (AttemptResult::Pause, detail),
    }
}

/// Why the message must not go, whatever the channel says: the configuration may have changed
/// since it was enqueued.
pub(super) fn unfit(claimed: &Claimed, settings: &Sink) -> Option<String> {
    if !settings.audience.may_hear_of(&claimed.content.tenants) {
        return Some("tells of tenants that this sink may not hear of".to_owned());
    }
    let known = settings.recipients().contains(&claimed.recipient);
    (!known).then(|| "its recipient is none of this sink's any more".to_owned())
}

/// A delivery that was under way when the stage had to stop.
pub(super) fn cut_off() -> (AttemptResult, String) {
    let detail =
        "cut off, since the program stopped or took new settings over; it may have arrived";
    (AttemptResult::Later { wait: Duration::ZERO, scope: RetryScope::Message }, detail.to_owned())
}

pub(super) fn too_slow() -> Outcome {
    let detail = format!("not done within {} s", DELIVERY_TIMEOUT.as_secs());
    Outcome::SinkLater { wait: None, detail }
}
