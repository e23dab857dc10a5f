//! Closing alerts, and taking them in hand.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::Tick;
use crate::store::{Alert, AlertRefused, AlertState, Closure, Store, StoreError, Verdict};

use super::columns::{COLUMNS, read};

impl Store {
    /// Closes all of the alerts `ids`, or none if one of them cannot be.
    pub fn close_alerts(
        &self,
        ids: &[i64],
        closure: &Closure,
        now: Tick,
    ) -> Result<Vec<Alert>, AlertRefused> {
        self.write(|conn, _| Ok(close(conn, ids, closure, now)))?
    }

    /// Names who has the alerts `ids` in hand, all or none; nothing more is told of them.
    pub fn acknowledge_alerts(&self, ids: &[i64], owner: &str) -> Result<Vec<Alert>, AlertRefused> {
        self.write(|conn, _| Ok(take(conn, ids, owner)))?
    }

    /// Closes the open alerts without clicks since `last`. Returns how many.
    pub fn expire_alerts(&self, last: Tick, now: Tick) -> Result<u64, StoreError> {
        self.write(|conn, _| {
            let sql = "-- close::expire_alerts\n\
                       SELECT id FROM alert WHERE state = 0 AND until_ts <= ?1";
            let mut old = conn.prepare_cached(sql)?;
            let ids =
                old.query_map([last.0], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
            let (ticket, note) = (String::new(), String::new());
            let expired = Closure { verdict: Verdict::Expired, ticket, note };
            for id in &ids {
                end(conn, *id, &expired, now)?;
            }
            Ok(ids.len() as u64)
        })
    }
}

/// The alerts, if all of them are open.
fn open(conn: &Connection, ids: &[i64]) -> Result<Vec<Alert>, AlertRefused> {
    let sql = format!(
        "-- close::open\n\
         SELECT {COLUMNS} FROM alert WHERE id = ?1"
    );
    let mut find = conn.prepare_cached(&sql).map_err(StoreError::from)?;
    let mut alerts = Vec::new();
    for id in ids {
        let alert = find.query_row([id], |row| read(row, 0)).optional();
        let alert = alert.map_err(StoreError::from)?.ok_or(AlertRefused::Unknown(*id))?;
        if alert.state != AlertState::Open {
            return Err(AlertRefused::Closed(*id));
        }
        alerts.push(alert);
    }
    Ok(alerts)
}

fn close(
    conn: &Connection,
    ids: &[i64],
    closure: &Closure,
    now: Tick,
) -> Result<Vec<Alert>, AlertRefused> {
    let alerts = open(conn, ids)?;
    for alert in &alerts {
        end(conn, alert.id, closure, now)?;
    }
    Ok(alerts)
}

fn end(conn: &Connection, id: i64, closure: &Closure, now: Tick) -> Result<(), StoreError> {
    let Closure { verdict, ticket, note } = closure;
    let sql = "-- close::end\n\
               UPDATE alert SET state = 1, closed = ?2, verdict = ?3, ticket = ?4, note = ?5 \
               WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, now.0, *verdict as i64, ticket, note])?;
    clear_pending(conn, id)
}

/// No notification of the alert is pending any more.
fn clear_pending(conn: &Connection, id: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "-- close::clear_pending\n\
         UPDATE alert_sink SET pending = 0 WHERE alert = ?1",
    )?
    .execute([id])?;
    Ok(())
}

fn take(conn: &Connection, ids: &[i64], owner: &str) -> Result<Vec<Alert>, AlertRefused> {
    let alerts = open(conn, ids)?;
    let sql = "-- close::take\n\
               UPDATE alert SET owner = ?2 WHERE id = ?1";
    let mut own = conn.prepare_cached(sql).map_err(StoreError::from)?;
    for alert in &alerts {
        own.execute(params![alert.id, owner]).map_err(StoreError::from)?;
        clear_pending(conn, alert.id)?;
    }
    Ok(alerts)
}
