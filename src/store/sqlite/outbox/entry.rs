//! What a person sees of the outbox, and may change in it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::Tick;
use crate::store::{MessageRefused, MessageState, OutboxEntry, Snapshot, StoreError};

use super::purge::forget;
use super::state::WAITING;

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
        let sql = format!(
            "-- entry::messages\n\
             SELECT {COLUMNS} FROM outbox WHERE ifnull(sink = ?1, TRUE) ORDER BY seq DESC"
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        Ok(statement.query_map([sink], read)?.collect::<Result<_, _>>()?)
    }
}

fn find(conn: &Connection, seq: i64) -> Result<OutboxEntry, MessageRefused> {
    let sql = format!(
        "-- entry::find\n\
         SELECT {COLUMNS} FROM outbox WHERE seq = ?1"
    );
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
    let sql = "-- entry::retry\n\
               UPDATE outbox SET state = ?2, changed = iif(state = ?2, changed, ?3), begun = NULL, \
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
    let sql = "-- entry::drop\n\
               DELETE FROM outbox WHERE seq = ?1 RETURNING content";
    let remove = |seq: i64| conn.prepare_cached(sql)?.query_row([seq], |row| row.get(0)).optional();
    for message in &found {
        let content: Option<i64> = remove(message.seq).map_err(StoreError::from)?;
        forget(conn, content.as_slice())?;
    }
    Ok(found)
}
