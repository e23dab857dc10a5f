//! Purging: closed alerts and silences that are as old as clicks may get, in slices.

use rusqlite::Connection;

use crate::clock::Tick;
use crate::store::{Store, StoreError};

/// The most alerts that one transaction removes.
const ALERTS_PER_PURGE: i64 = 1_000;

impl Store {
    /// Removes some of the alerts that were closed, and the silences that ended, before `edge`. Returns
    /// how many alerts; call it again until there are none.
    pub fn purge_alerts(&self, edge: Tick) -> Result<u64, StoreError> {
        self.write(|conn, _| purge(conn, edge))
    }
}

fn purge(conn: &Connection, edge: Tick) -> Result<u64, StoreError> {
    let sql = "-- purge::purge\n\
               DELETE FROM alert WHERE id IN (SELECT id FROM alert \
               WHERE state = 1 AND closed < ?1 LIMIT ?2) RETURNING id";
    let mut statement = conn.prepare_cached(sql)?;
    let ids = statement.query_map([edge.0, ALERTS_PER_PURGE], |row| row.get(0))?;
    let ids = ids.collect::<Result<Vec<i64>, _>>()?;
    let mut sinks = conn.prepare_cached(
        "-- purge::purge\n\
         DELETE FROM alert_sink WHERE alert = ?1",
    )?;
    for id in &ids {
        sinks.execute([id])?;
    }
    for sql in [
        "-- purge::purge\n\
         DELETE FROM silence WHERE expired = 1 AND until_at < ?1",
        "-- purge::purge\n\
         DELETE FROM notification_log WHERE at < ?1",
    ] {
        conn.prepare_cached(sql)?.execute([edge.0])?;
    }
    Ok(ids.len() as u64)
}
