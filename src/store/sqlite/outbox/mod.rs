//! Messages on their way: enqueued with what made them, claimed by one process at a time; with what
//! came of each attempt.

mod attempt;
mod claim;
pub(super) mod enqueue;
mod entry;
mod purge;
mod sinks;
mod state;

use crate::clock::Tick;
use crate::store::{
    AttemptResult, ClaimResult, Claimed, MessageRefused, MessagesKept, Notice, OutboxEntry, Owner,
    Paused, Store, StoreError,
};

impl Store {
    /// Takes the next message that is due from a sink's queue. One at a time leaves a sink, over all
    /// processes: what a dead process was sending is free at once, else after [`CLAIM_TIMEOUT`](crate::store::CLAIM_TIMEOUT).
    pub fn claim_message(
        &self,
        sink: &str,
        owner: &Owner,
        now: Tick,
    ) -> Result<ClaimResult, StoreError> {
        self.write(|conn, _| claim::claim(conn, sink, owner, now))
    }

    /// Writes down what became of an attempt, and when the next is due; `detail` is what the channel
    /// said. If that is for somebody to act on, `notice` goes into the outbox in the same
    /// transaction. Returns the sink that carries it.
    pub fn record_attempt(
        &self,
        claimed: &Claimed,
        result: &AttemptResult,
        detail: &str,
        notice: Option<&Notice>,
        now: Tick,
    ) -> Result<Option<String>, StoreError> {
        let noticed = self.write(|conn, _| {
            if attempt::record(conn, claimed, result, detail, now)? {
                notice.map_or(Ok(None), |notice| attempt::enqueue_notice(conn, notice, now))
            } else {
                Ok(None)
            }
        })?;
        if noticed.is_some() {
            self.inner.enqueued.send_replace(());
        }
        Ok(noticed)
    }

    /// Ends the pause of a sink, if it is paused; its messages go on where they were.
    pub fn unpause(&self, sink: &str, now: Tick) -> Result<Option<Paused>, StoreError> {
        self.enqueuing(|conn| sinks::unpause(conn, sink, now))
    }

    /// Has messages tried again at once: all of `messages`, or none if one of them cannot be.
    pub fn retry(&self, messages: &[i64], now: Tick) -> Result<Vec<OutboxEntry>, MessageRefused> {
        self.enqueuing(|conn| Ok(entry::retry(conn, messages, now)))?
    }

    /// Takes messages out of the outbox: all of `messages`, or none if one of them cannot be.
    pub fn drop_messages(&self, messages: &[i64]) -> Result<Vec<OutboxEntry>, MessageRefused> {
        self.write(|conn, _| Ok(entry::drop(conn, messages)))?
    }

    /// Removes some of the messages that are older than they are kept, and what they say. Returns
    /// how many; call it again until there are none.
    pub fn purge_messages(&self, kept: MessagesKept) -> Result<u64, StoreError> {
        self.write(|conn, _| purge::purge(conn, kept))
    }
}
