//! What a sweep keeps in the database: the notes of `meta`, and the tenants.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::{StoreError, TenantKey};

pub(super) fn tenants(conn: &Connection) -> Result<Vec<TenantKey>, StoreError> {
    let mut statement = conn.prepare_cached(
        "-- meta::tenants\n\
         SELECT id FROM tenant",
    )?;
    let ids = statement.query_map([], |row| Ok(TenantKey(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

pub(super) fn get(conn: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    let sql = "-- meta::get\n\
               SELECT value FROM meta WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn put(conn: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    let sql = "-- meta::put\n\
               INSERT OR REPLACE INTO meta VALUES (?1, ?2)";
    conn.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}
