//! Notifications: which are pending, and which each sink got.

use rusqlite::{Connection, params};

use crate::clock::Tick;
use crate::store::model::notification::LastNotified;
use crate::store::{
    Notification, NotifyReason, PendingNotification, Snapshot, Store, StoreError, TenantKey,
};

use super::alert::exists;
use super::columns::{COLUMNS, read};

impl NotifyReason {
    const fn of(number: i64) -> Self {
        match number {
            2 => Self::MoreClicks,
            3 => Self::SilenceExpired,
            _ => Self::Opened,
        }
    }
}

impl Snapshot<'_> {
    /// All that are pending, the oldest alert first.
    pub fn pending_notifications(&self) -> Result<Vec<PendingNotification>, StoreError> {
        let sql = format!(
            "-- pending::pending_notifications\n\
             SELECT sink, pending, notified, last_notified, {COLUMNS} FROM alert_sink \
             JOIN alert ON alert.id = alert WHERE pending > 0 AND state = 0 ORDER BY alert"
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        let pending = statement.query_map([], |row| {
            Ok(PendingNotification {
                sink: row.get(0)?,
                reason: NotifyReason::of(row.get(1)?),
                notified: row.get(2)?,
                last_notified: Tick(row.get(3)?),
                alert: read(row, 4)?,
            })
        })?;
        Ok(pending.collect::<Result<_, _>>()?)
    }

    /// When each sink was last notified: by tenant, group of notifications and sink.
    pub fn last_notified(&self) -> Result<LastNotified, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- pending::last_notified\n\
             SELECT tenant, group_key, sink, at FROM notification_log",
        )?;
        let times = statement.query_map([], |row| {
            Ok(((TenantKey(row.get(0)?), row.get(1)?, row.get(2)?), Tick(row.get(3)?)))
        })?;
        Ok(times.collect::<Result<_, _>>()?)
    }

    /// How many messages each sink got of an alert, and when the last was enqueued.
    pub fn notified_sinks(&self, alert: i64) -> Result<Vec<(String, u32, Tick)>, StoreError> {
        let sql = "-- pending::notified_sinks\n\
                   SELECT sink, notified, last_notified FROM alert_sink WHERE alert = ?1 ORDER BY sink";
        let mut statement = self.tx.prepare_cached(sql)?;
        let sinks = statement
            .query_map([alert], |row| Ok((row.get(0)?, row.get(1)?, Tick(row.get(2)?))))?;
        Ok(sinks.collect::<Result<_, _>>()?)
    }
}

impl Store {
    /// What was told at a time that is ahead of us counts as told now: the clock was set back.
    pub fn alerts_follow_clock(&self, now: Tick) -> Result<(), StoreError> {
        self.write(|conn, _| {
            for sql in [
                "-- pending::alerts_follow_clock\n\
                 UPDATE alert_sink SET last_notified = ?1 WHERE last_notified > ?1",
                "-- pending::alerts_follow_clock\n\
                 UPDATE notification_log SET at = ?1 WHERE at > ?1",
            ] {
                conn.prepare_cached(sql)?.execute([now.0])?;
            }
            Ok(())
        })
    }
}

/// Notes that a sink was notified; `false`, and nothing is noted, if something else was pending.
pub(super) fn record(
    conn: &Connection,
    notification: &Notification<'_>,
    now: Tick,
) -> Result<bool, StoreError> {
    let sql = "-- pending::record\n\
               SELECT 1 FROM alert_sink JOIN alert ON alert.id = alert \
               WHERE alert = ?1 AND sink = ?2 AND notified = ?3 AND pending > 0 AND state = 0";
    for pending in notification.pending {
        if !exists(conn, sql, params![pending.alert.id, notification.sink, pending.notified])? {
            return Ok(false);
        }
    }
    let sql = "-- pending::record\n\
               UPDATE alert_sink SET notified = notified + 1, last_notified = ?3, pending = 0 \
               WHERE alert = ?1 AND sink = ?2";
    let mut note = conn.prepare_cached(sql)?;
    let mut log = conn.prepare_cached(
        "-- pending::record\n\
         INSERT OR REPLACE INTO notification_log VALUES (?1, ?2, ?3, ?4)",
    )?;
    for pending in notification.pending {
        note.execute(params![pending.alert.id, notification.sink, now.0])?;
        log.execute(params![
            notification.tenant.0,
            pending.alert.notification_group(),
            notification.sink,
            now.0
        ])?;
    }
    Ok(true)
}
