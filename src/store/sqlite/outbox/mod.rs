//! Messages on their way: enqueued with what made them, claimed by one process at a time; with what
//! came of each attempt.

mod attempt;
mod claim;
mod entry;
mod purge;
mod sinks;

use rusqlite::{Connection, params};

use crate::clock::Tick;
use crate::message::Content;
use crate::store::Store;
use crate::store::model::error::StoreError;
use crate::store::model::owner::Owner;

pub use attempt::{AttemptResult, Notice, RetryScope};
pub use claim::{CLAIM_TIMEOUT, ClaimResult, Claimed};
pub use entry::{MessageRefused, MessageState, OutboxEntry};
pub use purge::MessagesKept;
pub use sinks::{Paused, Queue};

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

const WAITING: i64 = 0;
const SENDING: i64 = 1;
const ACCEPTED: i64 = 2;
const DEAD: i64 = 3;

impl Store {
    /// Puts a message into the outbox: a delivery that is there already is not put there twice.
    /// Returns how many are new.
    pub fn enqueue(&self, message: &NewMessage<'_>, now: Tick) -> Result<u64, StoreError> {
        self.enqueuing(|conn| enqueue(conn, message, now))
    }

    /// Runs a transaction that may put messages into the outbox, and wakes whoever delivers.
    pub(crate) fn enqueuing<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = self.write(|conn, _| work(conn))?;
        self.inner.enqueued.send_replace(());
        Ok(done)
    }

    /// Hears of every message that this process enqueues. A hint only: other processes do, too.
    pub fn enqueued(&self) -> tokio::sync::watch::Receiver<()> {
        self.inner.enqueued.subscribe()
    }

    /// Takes the next message that is due from a sink's queue. One at a time leaves a sink, over all
    /// processes: what a dead process was sending is free at once, else after [`CLAIM_TIMEOUT`].
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

/// Puts a message into the outbox, but for deliveries that are there already. Returns how many are new.
pub(crate) fn enqueue(
    conn: &Connection,
    message: &NewMessage<'_>,
    now: Tick,
) -> Result<u64, StoreError> {
    let known = "SELECT 1 FROM outbox WHERE message = ?1 AND recipient = ?2";
    let mut known = conn.prepare_cached(known)?;
    let mut new = Vec::new();
    for delivery in message.deliveries {
        if !known.exists(params![delivery.message, delivery.recipient])? {
            new.push(delivery);
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let body = serde_json::to_vec(message.content)
        .map_err(|error| StoreError::Sql(format!("a message cannot be written: {error}")))?;
    let content = conn.prepare_cached("INSERT INTO content(body) VALUES (?1)")?.insert([body])?;
    let sql = "INSERT INTO outbox(message, recipient, sink, content, title, priority, written, \
               state, changed, attempts, wait_start, wait_length, owner, detail) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7, 0, ?7, 0, '', '')";
    let mut insert = conn.prepare_cached(sql)?;
    let (title, priority) = (&message.content.title, message.priority as i64);
    for Delivery { message, sink, recipient } in &new {
        insert.execute(params![message, recipient, sink, content, title, priority, now.0])?;
    }
    Ok(new.len() as u64)
}
