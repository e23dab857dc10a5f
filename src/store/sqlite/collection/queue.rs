//! Who waits for a lease: the first to ask is the first to get it, however often its holder comes back.

use rusqlite::{Connection, params};

use crate::clock::{SECOND, Tick};
use crate::store::{Owner, StoreError, TenantKey};

/// Who has not asked for so long waits no more.
pub(crate) const WAITER_LASTS: i64 = 10 * SECOND;

/// Notes that `owner` waits, behind those who do so already.
pub(crate) fn wait(
    conn: &Connection,
    tenant: TenantKey,
    owner: &Owner,
    now: Tick,
) -> Result<(), StoreError> {
    forget_the_silent(conn, tenant, now)?;
    let sql = "-- queue::wait\n\
               INSERT INTO lease_queue(tenant, owner, since, asked) VALUES (?1, ?2, ?3, ?3) \
               ON CONFLICT DO UPDATE SET asked = excluded.asked";
    conn.prepare_cached(sql)?.execute(params![tenant.0, owner.to_json(), now.0])?;
    Ok(())
}

/// Who has waited longest of those who still wait.
pub(crate) fn first(
    conn: &Connection,
    tenant: TenantKey,
    now: Tick,
) -> Result<Option<Owner>, StoreError> {
    forget_the_silent(conn, tenant, now)?;
    let sql = "-- queue::first\n\
               SELECT owner FROM lease_queue WHERE tenant = ?1 ORDER BY since, owner";
    let mut statement = conn.prepare_cached(sql)?;
    let owners = statement.query_map([tenant.0], |row| row.get::<_, String>(0))?;
    for owner in owners {
        if let Some(owner) = Owner::from_json(&owner?).filter(|owner| !owner.is_dead_here()) {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// Notes that `owner` has what it waited for.
pub(crate) fn leave(conn: &Connection, tenant: TenantKey, owner: &Owner) -> Result<(), StoreError> {
    let sql = "-- queue::leave\n\
               DELETE FROM lease_queue WHERE tenant = ?1 AND owner = ?2";
    conn.prepare_cached(sql)?.execute(params![tenant.0, owner.to_json()])?;
    Ok(())
}

/// A clock that was set back makes nobody wait in the future.
fn forget_the_silent(conn: &Connection, tenant: TenantKey, now: Tick) -> Result<(), StoreError> {
    let sql = "-- queue::forget_the_silent\n\
               DELETE FROM lease_queue WHERE tenant = ?1 AND (asked <= ?2 OR asked > ?3)";
    conn.prepare_cached(sql)?.execute([tenant.0, now.0 - WAITER_LASTS, now.0 + WAITER_LASTS])?;
    Ok(())
}
