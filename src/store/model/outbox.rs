//! Messages of the outbox: enqueued, claimed, tried, and as a person sees them.

use std::time::Duration;

use crate::clock::Tick;
use crate::message::Content;

use super::error::StoreError;

/// A message to a sink, or to one recipient of a sink of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message's own id: the same whenever the same message is enqueued.
    pub message: String,
    /// The sink's name.
    pub sink: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
}

/// Which messages of a sink go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// What a rule found.
    Alert = 0,
    /// About the program itself.
    Notice = 1,
    /// A digest.
    Digest = 2,
}

/// A message to be enqueued.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    /// What it says.
    pub content: &'a Content,
    /// To whom.
    pub deliveries: &'a [Delivery],
    /// Before what.
    pub priority: Priority,
}

/// How long a process may take over an attempt before another may try.
pub const CLAIM_TIMEOUT: Duration = Duration::from_mins(2);

/// A message to be delivered now.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// Its number in the outbox.
    pub seq: i64,
    /// The message's own id.
    pub message: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
    /// When it was written.
    pub written: Tick,
    /// How many attempts were begun, this one included.
    pub attempts: u32,
    /// When the first of the attempts was begun that count against its time to live.
    pub begun: Tick,
    /// The most rows to show, if a channel refused more.
    pub rows: Option<u32>,
    /// What it says.
    pub content: Content,
}

/// What a sink has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimResult {
    /// Deliver this.
    Deliver(Box<Claimed>),
    /// Nothing before this time; `None` if nothing waits.
    Idle {
        /// When to ask again.
        until: Option<Tick>,
    },
    /// Nothing until a sample got through.
    Paused {
        /// Why.
        why: String,
    },
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The channel took it; the sink's next message goes after this pace.
    Accepted {
        /// So long after.
        pace: Duration,
    },
    /// To be tried again.
    Later {
        /// After so long.
        wait: Duration,
        /// Who waits.
        scope: RetryScope,
    },
    /// Too big: to be tried again at once with at most so many rows.
    Smaller {
        /// So many.
        rows: u32,
    },
    /// Never to be tried again, unless somebody says so.
    Dead,
    /// The sink itself does not work: it keeps this and every other message.
    Pause,
}

/// Who waits after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    /// This message.
    Message,
    /// Every message of the sink.
    Sink,
}

/// What somebody must hear of a sink that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What it says.
    pub content: Content,
    /// The deliveries to each sink that may carry it, the best first.
    pub through: Vec<Vec<Delivery>>,
}

/// The states of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// To be tried, now or later.
    Waiting,
    /// Being tried.
    Sending,
    /// The channel took it.
    Accepted,
    /// Given up.
    Dead,
}

/// A message of the outbox, for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its number in the outbox.
    pub seq: i64,
    /// The message's own id.
    pub message: String,
    /// The sink's name.
    pub sink: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
    /// What it is about.
    pub title: String,
    /// How it stands.
    pub state: MessageState,
    /// When it was written.
    pub written: Tick,
    /// When it came into its state.
    pub changed: Tick,
    /// How many attempts were begun.
    pub attempts: u32,
    /// When it is due, if it waits and its sink does not.
    pub due: Option<Tick>,
    /// What the last attempt came to.
    pub detail: String,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MessageRefused {
    /// There is no message of this number.
    #[error("no message has the number {0}")]
    Unknown(i64),
    /// Somebody is sending it.
    #[error("message {0} is being sent just now")]
    UnderWay(i64),
    /// It is delivered: it is neither sent twice nor called back.
    #[error("message {0} was accepted already")]
    Accepted(i64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MessageState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Dead => "dead",
        }
    }
}

/// From when on messages are kept that are on their way no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagesKept {
    /// Those that were accepted since.
    pub accepted: Tick,
    /// Those that were given up since.
    pub dead: Tick,
}

/// A sink that takes nothing until a sample gets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Since when.
    pub since: Tick,
    /// Why.
    pub why: String,
}

/// How the messages of a sink stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// How many wait.
    pub waiting: u64,
    /// How many are on their way.
    pub sending: u64,
    /// How many were given up.
    pub dead: u64,
    /// When the oldest of those that are not delivered yet was written.
    pub oldest: Option<Tick>,
    /// Why nothing goes, until somebody acts.
    pub paused: Option<Paused>,
    /// Until when nothing goes, and why, if that is more than its pace.
    pub wait: Option<(Tick, String)>,
}
