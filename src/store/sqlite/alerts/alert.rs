//! Alerts in the database: opened, gone on, read.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{COLUMNS, read};
use crate::clock::Tick;
use crate::store::{Alert, AlertChange, GroupName, NewAlert, Snapshot, StoreError, TenantKey};

/// Whether what the changes rest on is as it was when they were decided.
pub(super) fn still_stand(
    conn: &Connection,
    tenant: TenantKey,
    changes: &[AlertChange],
) -> Result<bool, StoreError> {
    for change in changes {
        let stands = match change {
            AlertChange::GoesOn { id, .. } => exists(
                conn,
                "-- alert::still_stand\n\
                 SELECT 1 FROM alert WHERE id = ?1 AND state = 0",
                [id],
            )?,
            AlertChange::Opens(new) => {
                latest_id(conn, tenant, &new.rule, &new.group)? == new.previous
                    && !exists(
                        conn,
                        "-- alert::still_stand\n\
                         SELECT 1 FROM alert WHERE id = ?1 AND state = 0",
                        [new.previous],
                    )?
            }
        };
        if !stands {
            return Ok(false);
        }
    }
    Ok(true)
}

fn latest_id(
    conn: &Connection,
    tenant: TenantKey,
    rule: &str,
    group: &GroupName,
) -> Result<Option<i64>, StoreError> {
    let sql = "-- alert::latest_id\n\
               SELECT max(id) FROM alert WHERE tenant = ?1 AND rule = ?2 AND grp = ?3";
    let place = params![tenant.0, rule, group.hash()];
    Ok(conn.prepare_cached(sql)?.query_row(place, |row| row.get(0))?)
}

pub(super) fn apply(
    conn: &Connection,
    tenant: TenantKey,
    change: &AlertChange,
    now: Tick,
) -> Result<(), StoreError> {
    match change {
        AlertChange::Opens(new) => open(conn, tenant, new, now),
        AlertChange::GoesOn { id, window } => {
            let sql = "-- alert::apply\n\
                       UPDATE alert SET from_ts = ?2, until_ts = ?3 \
                       WHERE id = ?1 AND until_ts < ?3";
            conn.prepare_cached(sql)?.execute([*id, window.from.0, window.until.0])?;
            // Who has it in hand stopped its repeats.
            let sql = "-- alert::apply\n\
                       UPDATE alert_sink SET pending = 2 WHERE alert = ?1 AND pending = 0 \
                       AND EXISTS (SELECT 1 FROM alert WHERE id = ?1 AND owner = '')";
            conn.prepare_cached(sql)?.execute([id])?;
            Ok(())
        }
    }
}

fn open(conn: &Connection, tenant: TenantKey, new: &NewAlert, now: Tick) -> Result<(), StoreError> {
    let sql = "-- alert::open\n\
               INSERT INTO alert(tenant, rule, grp, url, host, user, severity, low_confidence, \
               late, opened, from_ts, until_ts, state, owner, ticket, note, previous) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, '', '', '', ?13)";
    let GroupName { url, host, user } = &new.group;
    let id = conn.prepare_cached(sql)?.insert(params![
        tenant.0,
        new.rule,
        new.group.hash(),
        url,
        host,
        user,
        new.severity as i64,
        new.confidence as i64,
        new.arrival as i64,
        now.0,
        new.window.from.0,
        new.window.until.0,
        new.previous,
    ])?;
    let sql = "-- alert::open\n\
               INSERT OR IGNORE INTO alert_sink VALUES (?1, ?2, 0, 0, 1)";
    let mut owe = conn.prepare_cached(sql)?;
    for sink in &new.sinks {
        owe.execute(params![id, sink])?;
    }
    Ok(())
}

impl Snapshot<'_> {
    /// The latest alert of a rule's group.
    pub fn latest_alert(
        &self,
        tenant: TenantKey,
        rule: &str,
        group: &GroupName,
    ) -> Result<Option<Alert>, StoreError> {
        match latest_id(&self.tx, tenant, rule, group)? {
            Some(id) => self.alert(id),
            None => Ok(None),
        }
    }

    /// The alert with this number.
    pub fn alert(&self, id: i64) -> Result<Option<Alert>, StoreError> {
        let sql = format!(
            "-- alert::alert\n\
             SELECT {COLUMNS} FROM alert WHERE id = ?1"
        );
        let mut find = self.tx.prepare_cached(&sql)?;
        Ok(find.query_row([id], |row| read(row, 0)).optional()?)
    }

    /// Every alert, the newest first.
    pub fn alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.list(
            &format!(
                "-- alert::alerts\n\
                 SELECT {COLUMNS} FROM alert ORDER BY id DESC"
            ),
            [],
        )
    }

    /// The open alerts, the worst first, then the newest.
    pub fn open_alerts(&self) -> Result<Vec<Alert>, StoreError> {
        let sql = format!(
            "-- alert::open_alerts\n\
             SELECT {COLUMNS} FROM alert WHERE state = 0 ORDER BY severity DESC, id DESC"
        );
        self.list(&sql, [])
    }

    /// Whether an open alert had no click since a time.
    pub fn any_alert_without_clicks_since(&self, last: Tick) -> Result<bool, StoreError> {
        exists(
            &self.tx,
            "-- alert::any_alert_without_clicks_since\n\
             SELECT 1 FROM alert WHERE state = 0 AND until_ts <= ?1",
            [last.0],
        )
    }

    /// The alerts that were closed as false alarms since a time: their groups stay quiet.
    pub fn quiet_alerts(&self, since: Tick) -> Result<Vec<Alert>, StoreError> {
        let sql = format!(
            "-- alert::quiet_alerts\n\
             SELECT {COLUMNS} FROM alert \
             WHERE state = 1 AND verdict IN (1, 2) AND closed > ?1 ORDER BY id DESC"
        );
        self.list(&sql, [since.0])
    }

    fn list(&self, sql: &str, place: impl rusqlite::Params) -> Result<Vec<Alert>, StoreError> {
        let mut statement = self.tx.prepare_cached(sql)?;
        let alerts = statement.query_map(place, |row| read(row, 0))?;
        Ok(alerts.collect::<Result<_, _>>()?)
    }
}

/// Whether a row is there that `sql` asks for.
pub(super) fn exists(
    conn: &Connection,
    sql: &str,
    row: impl rusqlite::Params,
) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached(sql)?.exists(row)?)
}
