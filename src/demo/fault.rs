//! What can go wrong between us and the hunting API, on demand.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use crate::clock::Tick;
use crate::kql::Table;

/// One thing that goes wrong with one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429.
    Throttled(QuotaKind, RetryHint),
    /// 503.
    Unavailable(RetryHint),
    /// 504 with an empty message.
    Timeout,
    /// 400: execution was preempted.
    Preempted,
    /// 400: the result is too big, if it has more rows than this.
    TooBigAbove(usize),
    /// Only so many rows come, without a word.
    Cut(usize),
    /// The row at this place is missing.
    Missing(usize),
    /// The connection breaks in the middle of the body.
    Reset,
    /// The body ends in the middle, as if it were whole.
    Half,
    /// A proxy's page, with status 200.
    Html,
    /// `"results": null`.
    NullResults,
    /// 401 although the token is good.
    Unauthorized,
    /// 403: the app lacks the permission.
    Forbidden,
    /// 400 with a text that no client knows.
    BadRequest,
}

/// Which quota a 429 speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaKind {
    /// Calls per minute.
    Rate,
    /// The tenant's CPU.
    Cpu,
}

/// How an answer says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryHint {
    /// `Retry-After` in seconds.
    Seconds(u64),
    /// `Retry-After` as an HTTP date.
    Date(Tick),
    /// In the message only: "again in N seconds".
    InMessage(u64),
    /// Not at all.
    Unsaid,
}

/// A query that reached the hunting API, with a good token, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedQuery {
    /// When, by the tenant's clock.
    pub at: Tick,
    /// Its text.
    pub query: String,
    /// What went wrong, if anything did on purpose.
    pub fault: Option<Fault>,
    /// The status of the answer; 0 before there is one.
    pub status: u16,
    /// How many rows the answer had.
    pub rows: usize,
}

type Script = Box<dyn FnMut(&ReceivedQuery, &mut Table) -> Option<Fault> + Send>;

/// What will go wrong: first what stands in the queue, then what the script says.
#[derive(Default)]
pub(super) struct Faults {
    pub queue: VecDeque<Option<Fault>>,
    pub script: Option<Script>,
}

impl Faults {
    pub fn next(&mut self, received: &ReceivedQuery, table: &RwLock<Table>) -> Option<Fault> {
        if let Some(fault) = self.queue.pop_front() {
            return fault;
        }
        let script = self.script.as_mut()?;
        script(received, &mut table.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("queue", &self.queue).finish_non_exhaustive()
    }
}
