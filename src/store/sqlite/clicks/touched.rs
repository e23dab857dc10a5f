//! What rules must look at: the rows that a transaction added, changed, withdrew or brought back.
//!
//! One database row per transaction, its clicks packed: a row for each click would cost a fifth of
//! the writing speed. Clicks from before a tenant's first pass are history, not news, and are not
//! noted. While nothing consumes them, entries are dropped after a week.

use rusqlite::{Connection, params};

use crate::clock::{DAY, Tick};
use crate::store::model::touch::unpack;
use crate::store::sqlite::collection::hours;
use crate::store::{Cause, ClickKey, Snapshot, StoreError, TenantKey, Touch, TouchBatch};

/// How long entries are kept that nobody looks at.
const TOUCHES_KEPT: i64 = 7 * DAY;
/// After so many touches no more transactions are looked at together: a week's news of a large tenant,
/// looked at all at once, would take gigabytes.
const TOUCHES_PER_BATCH: usize = 50_000;

/// The touched rows of one transaction.
#[derive(Debug)]
pub(crate) struct TouchRecorder {
    now: Tick,
    /// Clicks from before this are history.
    history_until: Tick,
    entries: Vec<u8>,
}

impl TouchRecorder {
    /// Nothing yet. Of a tenant of which no pass is known, what is older than a day is history.
    pub(crate) fn new(
        conn: &Connection,
        tenant: TenantKey,
        first_pass: Option<Tick>,
        now: Tick,
    ) -> Result<Self, StoreError> {
        let first_pass = match first_pass {
            Some(first_pass) => Some(first_pass),
            None => hours::first_pass(conn, tenant)?,
        };
        let history_until = first_pass.unwrap_or(now.plus(-DAY));
        Ok(Self { now, history_until, entries: Vec::new() })
    }

    pub(crate) fn add(&mut self, cause: Cause, ts: i64, key: ClickKey) {
        if ts < self.history_until.0 {
            return;
        }
        Touch { cause, timestamp: Tick(ts), key }.pack(&mut self.entries);
    }

    /// Writes the entries, if any, and drops what nobody looked at for a week.
    pub(crate) fn finish(self, conn: &Connection, tenant: TenantKey) -> Result<(), StoreError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let sql = "-- touched::finish\n\
                   DELETE FROM touched WHERE tenant = ?1 AND at < ?2";
        conn.prepare_cached(sql)?.execute([tenant.0, self.now.0 - TOUCHES_KEPT])?;
        conn.prepare_cached(
            "-- touched::finish\n\
             INSERT INTO touched(tenant, at, entries) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![tenant.0, self.now.0, self.entries])?;
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The tenants that have news, each with the time when the oldest of it was written, by our clock.
    pub fn tenants_with_touches(&self) -> Result<Vec<(TenantKey, Tick)>, StoreError> {
        let sql = "-- touched::tenants_with_touches\n\
                   SELECT tenant, min(at) FROM touched GROUP BY tenant ORDER BY tenant";
        let mut statement = self.tx.prepare_cached(sql)?;
        let tenants =
            statement.query_map([], |row| Ok((TenantKey(row.get(0)?), Tick(row.get(1)?))))?;
        Ok(tenants.collect::<Result<_, _>>()?)
    }

    /// A tenant's oldest news: whole transactions, until there is enough to look at.
    pub fn touch_batch(&self, tenant: TenantKey) -> Result<TouchBatch, StoreError> {
        let sql = "-- touched::touch_batch\n\
                   SELECT seq, entries FROM touched WHERE tenant = ?1 ORDER BY seq";
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut rows = statement.query([tenant.0])?;
        let mut batch = TouchBatch::default();
        while let Some(row) = rows.next()? {
            let entries = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            if batch.touches.len() >= TOUCHES_PER_BATCH {
                batch.later.extend(unpack(entries).map(|touch| touch.timestamp));
                continue;
            }
            batch.upto = row.get(0)?;
            batch.transactions += 1;
            batch.touches.extend(unpack(entries));
        }
        batch.later.sort_unstable();
        batch.later.dedup();
        Ok(batch)
    }
}

/// Takes news away that was looked at. `false`, and nothing is taken, if it is not all there: then
/// another process looked at it.
pub(crate) fn consume(
    conn: &Connection,
    tenant: TenantKey,
    batch: &TouchBatch,
) -> Result<bool, StoreError> {
    let sql = "-- touched::consume\n\
               SELECT count(*) FROM touched WHERE tenant = ?1 AND seq <= ?2";
    let place = [tenant.0, batch.upto];
    let there: i64 = conn.prepare_cached(sql)?.query_row(place, |row| row.get(0))?;
    if there.cast_unsigned() != batch.transactions {
        return Ok(false);
    }
    let sql = "-- touched::consume\n\
               DELETE FROM touched WHERE tenant = ?1 AND seq <= ?2";
    conn.prepare_cached(sql)?.execute(place)?;
    Ok(true)
}
