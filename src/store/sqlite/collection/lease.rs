//! Leases: one collector per tenant at a time, told apart by a fencing token.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::{Tick, ticks_of};
use crate::store::TenantKey;
use crate::store::model::error::StoreError;
use crate::store::model::owner::Owner;

use super::queue;

/// The right to collect a tenant. It fences: once another lease on the tenant was granted, every
/// write under this one fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub(crate) tenant: TenantKey,
    pub(crate) token: i64,
}

impl Lease {
    /// The tenant it is for.
    pub const fn tenant(&self) -> TenantKey {
        self.tenant
    }

    /// The fencing token: larger than that of every earlier lease on the tenant.
    pub const fn token(&self) -> i64 {
        self.token
    }
}

/// The answer to a request for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseClaim {
    /// The lease is the caller's until its time is up; renew it in time.
    Granted(Lease),
    /// Someone else holds it, or waited for it before the caller did.
    Taken {
        /// Who.
        by: Owner,
        /// Until when, unless renewed.
        until: Tick,
    },
}

/// A period of time as start and length. A clock that jumped back before its start begins it
/// anew, so that the jump cannot make it longer than its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) start: Tick,
    pub(crate) length: i64,
}

impl Period {
    /// The end, if it is still ahead.
    pub(crate) fn end_after(self, now: Tick) -> Option<Tick> {
        let end = self.start.min(now).plus(self.length);
        (end > now).then_some(end)
    }
}

/// Who holds a tenant's lease and until when, even if that is past.
struct Holder {
    token: i64,
    held: bool,
    time: Period,
    owner: Owner,
}

fn holder(conn: &Connection, tenant: TenantKey) -> Result<Option<Holder>, StoreError> {
    let sql = "SELECT token, held, start, length, host, boot, pid, started FROM lease \
               WHERE tenant = ?1";
    let read = |row: &Row<'_>| {
        Ok(Holder {
            token: row.get(0)?,
            held: row.get(1)?,
            time: Period { start: Tick(row.get(2)?), length: row.get(3)? },
            owner: Owner {
                host: row.get(4)?,
                boot: row.get(5)?,
                pid: row.get(6)?,
                started: row.get::<_, i64>(7)?.cast_unsigned(),
            },
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row([tenant.0], read).optional()?)
}

/// Who holds the lease now.
pub(crate) fn held_by(
    conn: &Connection,
    tenant: TenantKey,
    now: Tick,
) -> Result<Option<(Owner, Tick)>, StoreError> {
    let holder = holder(conn, tenant)?.filter(|holder| holder.held);
    let until = |holder: &Holder| holder.time.end_after(now);
    Ok(holder
        .and_then(|holder| until(&holder).map(|until| (holder.owner, until)))
        .filter(|(owner, _)| !owner.is_dead_here()))
}

pub(crate) fn claim(
    conn: &Connection,
    tenant: TenantKey,
    owner: &Owner,
    ttl: Duration,
    now: Tick,
) -> Result<LeaseClaim, StoreError> {
    let sql = "UPDATE lease SET start = ?2 WHERE tenant = ?1 AND start > ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, now.0])?;
    if let Some((by, until)) = held_by(conn, tenant, now)? {
        queue::wait(conn, tenant, owner, now)?;
        return Ok(LeaseClaim::Taken { by, until });
    }
    if let Some(by) = queue::first(conn, tenant, now)?.filter(|first| first != owner) {
        queue::wait(conn, tenant, owner, now)?;
        return Ok(LeaseClaim::Taken { by, until: now.plus(queue::WAITER_LASTS) });
    }
    queue::leave(conn, tenant, owner)?;
    let token = holder(conn, tenant)?.map_or(1, |holder| holder.token + 1);
    let sql = "INSERT OR REPLACE INTO lease VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)";
    let Owner { host, boot, pid, started } = owner;
    let started = started.cast_signed();
    let row = params![tenant.0, token, now.0, ticks_of(ttl), host, boot, pid, started];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(LeaseClaim::Granted(Lease { tenant, token }))
}

/// Fails unless the lease is still the tenant's latest and was not released. One whose time is up
/// but which nobody took over still counts: nobody else can have written.
pub(crate) fn check(conn: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let holder = holder(conn, lease.tenant)?;
    match holder.filter(|holder| holder.held && holder.token == lease.token) {
        Some(_) => Ok(()),
        None => Err(StoreError::LeaseLost),
    }
}

pub(crate) fn renew(
    conn: &Connection,
    lease: &Lease,
    ttl: Duration,
    now: Tick,
) -> Result<(), StoreError> {
    check(conn, lease)?;
    let sql = "UPDATE lease SET start = ?2, length = ?3 WHERE tenant = ?1";
    conn.prepare_cached(sql)?.execute([lease.tenant.0, now.0, ticks_of(ttl)])?;
    Ok(())
}

/// Frees the lease; one that was lost already is another's to free.
pub(crate) fn release(conn: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let sql = "UPDATE lease SET held = 0 WHERE tenant = ?1 AND token = ?2";
    conn.prepare_cached(sql)?.execute([lease.tenant.0, lease.token])?;
    Ok(())
}
