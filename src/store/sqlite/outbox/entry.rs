//! What a person sees of the outbox, and may change in it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::Tick;
use crate::store::model::error::StoreError;
use crate::store::sqlite::read::snapshot::Snapshot;

use super::purge::forget;
use super::{ACCEPTED, DEAD, SENDING, WAITING};

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
    /// What stands in the database.
    pub(super) const fn of(number: i64) -> Self {
        match number {
            SENDING => Self::Sending,
            ACCEPTED => Self::Accepted,
            DEAD => Self::Dead,
            _ => Self::Waiting,
        }
    }

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

const COLUMNS: &str = "seq, message, sink, recipient, title, state, written, changed, attempts, \
                       wait_start + wait_length, detail";

fn read(row: &Row<'_>) -> rusqlite::Result<OutboxEntry> {
    let state = MessageState::of(row.get(5)?);
    let due = Some(Tick(row.get(9)?)).filter(|_| state == MessageState::Waiting);
    Ok(OutboxEntry {
        seq: row.get(0)?,
        message: row.get(1)?,
        sink: row.get(2)?,
        recipient: row.get(3)?,
        title: row.get(4)?,
        state,
        written: Tick(row.get(6)?),
        changed: Tick(row.get(7)?),
        attempts: row.get(8)?,
        due,
        detail: row.get(10)?,
    })
}

impl Snapshot<'_> {
    /// Every message, or those to one sink, the newest first.
    pub fn messages(&self, sink: Option<&str>) -> Result<Vec<OutboxEntry>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM outbox WHERE ifnull(sink = ?1, TRUE) ORDER BY seq DESC");
        let mut statement = self.tx.prepare_cached(&sql)?;
        Ok(statement.query_map([sink], read)?.collect::<Result<_, _>>()?)
    }
}

fn find(conn: &Connection, seq: i64) -> Result<OutboxEntry, MessageRefused> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE seq = ?1");
    let find = || conn.prepare_cached(&sql)?.query_row([seq], read).optional();
    find().map_err(StoreError::from)?.ok_or(MessageRefused::Unknown(seq))
}

/// Those that wait or are dead; looked at before anything is changed.
fn all(conn: &Connection, messages: &[i64]) -> Result<Vec<OutboxEntry>, MessageRefused> {
    let fit = |seq: &i64| {
        let message = find(conn, *seq)?;
        match message.state {
            MessageState::Waiting | MessageState::Dead => Ok(message),
            MessageState::Sending => Err(MessageRefused::UnderWay(*seq)),
            MessageState::Accepted => Err(MessageRefused::Accepted(*seq)),
        }
    };
    messages.iter().map(fit).collect()
}

pub(super) fn retry(
    conn: &Connection,
    messages: &[i64],
    now: Tick,
) -> Result<Vec<OutboxEntry>, MessageRefused> {
    let found = all(conn, messages)?;
    let sql = "UPDATE outbox SET state = ?2, changed = iif(state = ?2, changed, ?3), begun = NULL, \
               wait_start = ?3, wait_length = 0 WHERE seq = ?1";
    let set = |seq: i64| conn.prepare_cached(sql)?.execute(params![seq, WAITING, now.0]);
    for message in &found {
        set(message.seq).map_err(StoreError::from)?;
    }
    Ok(found)
}

pub(super) fn drop(
    conn: &Connection,
    messages: &[i64],
) -> Result<Vec<OutboxEntry>, MessageRefused> {
    let found = all(conn, messages)?;
    let sql = "DELETE FROM outbox WHERE seq = ?1 RETURNING content";
    let remove = |seq: i64| conn.prepare_cached(sql)?.query_row([seq], |row| row.get(0)).optional();
    for message in &found {
        let content: Option<i64> = remove(message.seq).map_err(StoreError::from)?;
        forget(conn, content.as_slice())?;
    }
    Ok(found)
}
