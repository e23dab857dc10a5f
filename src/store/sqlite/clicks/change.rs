//! The history of rows, and the columns that a tenant is known to have.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::clock::Tick;
use crate::store::model::change::KnownColumns;
use crate::store::model::diff::HeldRow;
use crate::store::{Change, RowState, StoreError, TenantKey};

/// The columns that any answer for a tenant ever had, and that are detail.
pub(crate) fn known_columns(
    conn: &Connection,
    tenant: TenantKey,
) -> Result<KnownColumns, StoreError> {
    let sql = "-- change::known_columns\n\
               SELECT columns FROM tenant WHERE id = ?1";
    let json: String = conn.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0))?;
    KnownColumns::from_json(&json)
}

/// Writes the list of columns that an answer made longer.
pub(crate) fn write_known_columns(
    conn: &Connection,
    tenant: TenantKey,
    json: &str,
) -> Result<(), StoreError> {
    let sql = "-- change::write_known_columns\n\
               UPDATE tenant SET columns = ?2 WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![tenant.0, json])?;
    Ok(())
}

/// Changes of one transaction: written row by row, counted at the end.
pub(crate) struct History<'c> {
    conn: &'c Connection,
    tenant: TenantKey,
    now: Tick,
    counts: BTreeMap<String, i64>,
}

impl<'c> History<'c> {
    pub(crate) const fn new(conn: &'c Connection, tenant: TenantKey, now: Tick) -> Self {
        Self { conn, tenant, now, counts: BTreeMap::new() }
    }

    /// Records that `change` befell a row.
    pub(crate) fn add(&mut self, held: &HeldRow, change: &Change) -> Result<(), StoreError> {
        let (key, len) = held.key.to_bytes();
        let sql = "-- change::add\n\
                   INSERT INTO change(tenant, ts, key, at, column, old, new) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Change { column, old, new } = change;
        let row = params![self.tenant.0, held.ts, key.get(..len), self.now.0, column, old, new];
        self.conn.prepare_cached(sql)?.execute(row)?;
        *self.counts.entry(column.clone()).or_default() += 1;
        Ok(())
    }

    /// Records that a row went or came back.
    pub(crate) fn add_state(&mut self, held: &HeldRow, new: RowState) -> Result<(), StoreError> {
        let old = match new {
            RowState::Live => RowState::Withdrawn,
            RowState::Withdrawn => RowState::Live,
        };
        let (old, new) = (old.name().to_owned(), new.name().to_owned());
        self.add(held, &Change { column: "State".to_owned(), old, new })
    }

    /// Adds up what was recorded, per column.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        let mut add = self.conn.prepare_cached(
            "-- change::finish\n\
             INSERT INTO change_count VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )?;
        for (column, count) in &self.counts {
            add.execute(params![self.tenant.0, column, count])?;
        }
        Ok(())
    }
}
