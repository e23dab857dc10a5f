//! Purging: messages that nobody asks for any more, in slices.

use rusqlite::Connection;

use crate::store::{MessagesKept, StoreError};

/// The most messages that one transaction removes: what they say may be megabytes.
const MESSAGES_PER_PURGE: i64 = 50;

pub(super) fn purge(conn: &Connection, kept: MessagesKept) -> Result<u64, StoreError> {
    let sql = "-- purge::purge\n\
               DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox \
               WHERE state = 2 AND changed < ?1 OR state = 3 AND changed < ?2 LIMIT ?3) \
               RETURNING content";
    let mut statement = conn.prepare_cached(sql)?;
    let slice = [kept.accepted.0, kept.dead.0, MESSAGES_PER_PURGE];
    let contents: Vec<i64> =
        statement.query_map(slice, |row| row.get(0))?.collect::<Result<_, _>>()?;
    forget(conn, &contents)?;
    Ok(contents.len() as u64)
}

/// Removes contents that no delivery needs any more.
pub(super) fn forget(conn: &Connection, contents: &[i64]) -> Result<(), StoreError> {
    let sql = "-- purge::forget\n\
               DELETE FROM content WHERE id = ?1 \
               AND NOT EXISTS (SELECT 1 FROM outbox WHERE content = ?1)";
    let mut statement = conn.prepare_cached(sql)?;
    for content in contents {
        statement.execute([content])?;
    }
    Ok(())
}
