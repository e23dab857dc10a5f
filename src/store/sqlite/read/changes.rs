//! Reading what changed in rows after they were first stored.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use crate::clock::{Span, Tick};
use crate::store::{Change, ClickKey, Snapshot, StoreError, TenantKey};

impl Snapshot<'_> {
    /// What changed in a row since it was first stored, with the time, oldest first.
    pub fn changes(
        &self,
        tenant: TenantKey,
        timestamp: Tick,
        key: ClickKey,
    ) -> Result<Vec<(Tick, Change)>, StoreError> {
        let (key, len) = key.to_bytes();
        let mut statement = self.tx.prepare_cached(
            "-- changes::changes\n\
             SELECT at, column, old, new FROM change \
             WHERE tenant = ?1 AND ts = ?2 AND key = ?3 ORDER BY id",
        )?;
        let rows = statement.query_map(params![tenant.0, timestamp.0, key.get(..len)], |row| {
            let change = Change { column: row.get(1)?, old: row.get(2)?, new: row.get(3)? };
            Ok((Tick(row.get(0)?), change))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The times of the rows of `span` that changed at `at`.
    pub fn changed_at(
        &self,
        tenant: TenantKey,
        span: Span,
        at: Tick,
    ) -> Result<BTreeSet<Tick>, StoreError> {
        let sql = "-- changes::changed_at\n\
                   SELECT ts FROM change WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 AND at = ?4";
        let mut statement = self.tx.prepare_cached(sql)?;
        let place = [tenant.0, span.from.0, span.until.0, at.0];
        let rows = statement.query_map(place, |row| Ok(Tick(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How often each column of a tenant's rows changed after the fact.
    pub fn change_counts(&self, tenant: TenantKey) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "-- changes::change_counts\n\
                   SELECT column, count FROM change_count WHERE tenant = ?1";
        let mut statement = self.tx.prepare_cached(sql)?;
        let rows = statement.query_map([tenant.0], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
