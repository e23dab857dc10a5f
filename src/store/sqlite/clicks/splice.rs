//! The segments of hours, as they are stored.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::Hour;
use crate::store::model::segment::Builder;
use crate::store::{StoreError, TenantKey};

/// The stored segment of an hour.
pub(crate) fn load(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "-- splice::load\n\
               SELECT clicks FROM segment WHERE tenant = ?1 AND hour = ?2";
    let found =
        conn.prepare_cached(sql)?.query_row([tenant.0, hour.0], |row| row.get(0)).optional();
    Ok(found?)
}

/// Stores the segment of an hour; none if it is empty.
pub(crate) fn save(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
    segment: Builder,
) -> Result<(), StoreError> {
    let rows = segment.len() as i64;
    if rows == 0 {
        let sql = "-- splice::save\n\
                   DELETE FROM segment WHERE tenant = ?1 AND hour = ?2";
        conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
        return Ok(());
    }
    let sql = "-- splice::save\n\
               INSERT INTO segment VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET rows = excluded.rows, clicks = excluded.clicks";
    conn.prepare_cached(sql)?.execute(params![tenant.0, hour.0, rows, segment.encode()])?;
    Ok(())
}
