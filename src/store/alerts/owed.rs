//! What sinks are owed, and what they were told.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::alert::{COLUMNS, read};
use super::{Alert, Telling, exists};
use crate::clock::Tick;
use crate::store::error::StoreError;
use crate::store::{Snapshot, Store, TenantKey};

/// Why a sink is owed a message of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Debt {
    /// It opened.
    Opened,
    /// More clicks came.
    MoreClicks,
    /// More clicks came, and a silence kept back that they were told in time.
    SilenceEnded,
}

/// What a sink is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The sink's name.
    pub sink: String,
    /// Why.
    pub debt: Debt,
    /// How many messages of the alert it got.
    pub told: u32,
    /// When the last of them was posted.
    pub told_at: Tick,
    /// The alert, which is open.
    pub alert: Alert,
}

impl Debt {
    const fn of(number: i64) -> Self {
        match number {
            2 => Self::MoreClicks,
            3 => Self::SilenceEnded,
            _ => Self::Opened,
        }
    }
}

/// When each sink was last told of a tenant's alerts that go together ([`Alert::flow`]).
pub type Flows = BTreeMap<(TenantKey, String, String), Tick>;

impl Snapshot<'_> {
    /// All that sinks are owed, the oldest alert first.
    pub fn owed(&self) -> Result<Vec<Owed>, StoreError> {
        let sql = format!(
            "SELECT sink, pending, notified, last_notified, {COLUMNS} FROM alert_sink \
             JOIN alert ON alert.id = alert WHERE pending > 0 AND state = 0 ORDER BY alert"
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        let owed = statement.query_map([], |row| {
            Ok(Owed {
                sink: row.get(0)?,
                debt: Debt::of(row.get(1)?),
                told: row.get(2)?,
                told_at: Tick(row.get(3)?),
                alert: read(row, 4)?,
            })
        })?;
        Ok(owed.collect::<Result<_, _>>()?)
    }

    /// When each sink was last told: by tenant, flow and sink.
    pub fn flows(&self) -> Result<Flows, StoreError> {
        let mut statement =
            self.tx.prepare_cached("SELECT tenant, flow, sink, at FROM notification_log")?;
        let flows = statement.query_map([], |row| {
            Ok(((TenantKey(row.get(0)?), row.get(1)?, row.get(2)?), Tick(row.get(3)?)))
        })?;
        Ok(flows.collect::<Result<_, _>>()?)
    }

    /// How many messages each sink got of an alert, and when the last was posted.
    pub fn told_of(&self, alert: i64) -> Result<Vec<(String, u32, Tick)>, StoreError> {
        let sql =
            "SELECT sink, notified, last_notified FROM alert_sink WHERE alert = ?1 ORDER BY sink";
        let mut statement = self.tx.prepare_cached(sql)?;
        let told = statement
            .query_map([alert], |row| Ok((row.get(0)?, row.get(1)?, Tick(row.get(2)?))))?;
        Ok(told.collect::<Result<_, _>>()?)
    }
}

impl Store {
    /// What was told at a time that is ahead of us counts as told now: the clock was set back.
    pub fn alerts_follow_clock(&self, now: Tick) -> Result<(), StoreError> {
        self.write(|conn, _| {
            for sql in [
                "UPDATE alert_sink SET last_notified = ?1 WHERE last_notified > ?1",
                "UPDATE notification_log SET at = ?1 WHERE at > ?1",
            ] {
                conn.prepare_cached(sql)?.execute([now.0])?;
            }
            Ok(())
        })
    }
}

/// Notes that a sink was told; `false`, and nothing is noted, if it was owed something else.
pub(super) fn tell(
    conn: &Connection,
    telling: &Telling<'_>,
    now: Tick,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM alert_sink JOIN alert ON alert.id = alert \
               WHERE alert = ?1 AND sink = ?2 AND notified = ?3 AND pending > 0 AND state = 0";
    for owed in telling.owed {
        if !exists(conn, sql, params![owed.alert.id, telling.sink, owed.told])? {
            return Ok(false);
        }
    }
    let sql = "UPDATE alert_sink SET notified = notified + 1, last_notified = ?3, pending = 0 \
               WHERE alert = ?1 AND sink = ?2";
    let mut note = conn.prepare_cached(sql)?;
    let mut flow =
        conn.prepare_cached("INSERT OR REPLACE INTO notification_log VALUES (?1, ?2, ?3, ?4)")?;
    for owed in telling.owed {
        note.execute(params![owed.alert.id, telling.sink, now.0])?;
        flow.execute(params![telling.tenant.0, owed.alert.flow(), telling.sink, now.0])?;
    }
    Ok(true)
}
