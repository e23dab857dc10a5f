//! Silences: of alerts that match all that is given nothing is told, until an end.

use rusqlite::{Row, params};

use crate::clock::Tick;
use crate::store::{NewSilence, Silence, Snapshot, Store, StoreError};

impl Store {
    /// Begins a silence; returns its number.
    pub fn add_silence(&self, new: &NewSilence, now: Tick) -> Result<i64, StoreError> {
        self.write(|conn, _| {
            let sql = "-- silences::add_silence\n\
                       INSERT INTO silence(tenant, rule, url, host, user, from_at, until_at, reason, \
                       expired) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)";
            let NewSilence { tenant, rule, url, host, user, until, reason } = new;
            let row = params![tenant, rule, url, host, user, now.0, until.0, reason];
            Ok(conn.prepare_cached(sql)?.insert(row)?)
        })
    }

    /// Ends a silence now; `false` if there is none of this number that lasts.
    pub fn end_silence(&self, id: i64, now: Tick) -> Result<bool, StoreError> {
        self.write(|conn, _| {
            let sql = "-- silences::end_silence\n\
                       UPDATE silence SET until_at = ?2 WHERE id = ?1 AND until_at > ?2 \
                       AND expired = 0";
            Ok(conn.prepare_cached(sql)?.execute([id, now.0])? > 0)
        })
    }

    /// Notes that the silence `id` ended, and of what is still pending what it kept back, `kept`: numbers
    /// of alerts, and sinks.
    pub fn expire_silence(&self, id: i64, kept: &[(i64, &str)]) -> Result<(), StoreError> {
        self.write(|conn, _| {
            let ended = "-- silences::expire_silence\n\
                         UPDATE silence SET expired = 1 WHERE id = ?1 AND expired = 0";
            if conn.prepare_cached(ended)?.execute([id])? > 0 {
                let sql = "-- silences::expire_silence\n\
                           UPDATE alert_sink SET pending = 3 \
                           WHERE alert = ?1 AND sink = ?2 AND pending = 2";
                let mut let_go = conn.prepare_cached(sql)?;
                for (alert, sink) in kept {
                    let_go.execute(params![alert, sink])?;
                }
            }
            Ok(())
        })
    }
}

const SILENCE: &str = "id, from_at, tenant, rule, url, host, user, until_at, reason";

fn silence(row: &Row<'_>) -> rusqlite::Result<Silence> {
    let of = NewSilence {
        tenant: row.get(2)?,
        rule: row.get(3)?,
        url: row.get(4)?,
        host: row.get(5)?,
        user: row.get(6)?,
        until: Tick(row.get(7)?),
        reason: row.get(8)?,
    };
    Ok(Silence { id: row.get(0)?, from: Tick(row.get(1)?), of })
}

impl Snapshot<'_> {
    /// The silences that last, or whose end was not told yet.
    pub fn silences(&self) -> Result<Vec<Silence>, StoreError> {
        let sql = format!(
            "-- silences::silences\n\
             SELECT {SILENCE} FROM silence WHERE expired = 0 ORDER BY id"
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        Ok(statement.query_map([], silence)?.collect::<Result<_, _>>()?)
    }
}
