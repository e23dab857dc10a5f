//! Leases: one collector per tenant at a time, told apart by a fencing token.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::{Tick, ticks_of};
use crate::store::model::lease::Period;
use crate::store::{Lease, LeaseClaim, Owner, Snapshot, Store, StoreError, TenantKey};

use super::queue;

/// Who holds a tenant's lease and until when, even if that is past.
struct Holder {
    token: i64,
    held: bool,
    time: Period,
    owner: Owner,
}

impl Snapshot<'_> {
    /// Who collects the tenant now, and until when unless renewed.
    pub fn lease_holder(
        &self,
        tenant: TenantKey,
        now: Tick,
    ) -> Result<Option<(Owner, Tick)>, StoreError> {
        held_by(&self.tx, tenant, now)
    }
}

impl Store {
    /// Asks for the right to collect a tenant, for `ttl`. A lease whose time is up, that was
    /// released, or whose owner ran on this machine and is gone, is free. One that this very
    /// process holds is not. Who is refused is in the queue as long as it goes on asking, and gets
    /// the lease before others who ask later.
    pub fn lease(
        &self,
        tenant: TenantKey,
        owner: &Owner,
        ttl: Duration,
        now: Tick,
    ) -> Result<LeaseClaim, StoreError> {
        self.write(|conn, _| claim(conn, tenant, owner, ttl, now))
    }

    /// Extends a lease to `ttl` from now, even one whose time is up, if nobody took it over.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn renew(&self, lease: &Lease, ttl: Duration, now: Tick) -> Result<(), StoreError> {
        self.write(|conn, _| renew(conn, lease, ttl, now))
    }

    /// Frees a lease; one that was lost is left alone.
    pub fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.write(|conn, _| release(conn, lease))
    }
}

fn holder(conn: &Connection, tenant: TenantKey) -> Result<Option<Holder>, StoreError> {
    let sql = "-- lease::holder\n\
               SELECT token, held, start, length, host, boot, pid, started FROM lease \
               WHERE tenant = ?1";
    let read = |row: &Row<'_>| {
        Ok(Holder {
            token: row.get(0)?,
            held: row.get(1)?,
            time: Period { start: Tick(row.get(2)?), length: row.get(3)? },
            owner: Owner {
                host: readable(row, 4)?,
                boot: readable(row, 5)?,
                pid: row.get(6)?,
                started: row.get::<_, i64>(7)?.cast_unsigned(),
            },
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row([tenant.0], read).optional()?)
}

/// A text of an owner. One that is damaged names nobody, and that must not stop the work: the
/// lease ends by its time.
fn readable(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
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
    let sql = "-- lease::claim\n\
               UPDATE lease SET start = ?2 WHERE tenant = ?1 AND start > ?2";
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
    let sql = "-- lease::claim\n\
               INSERT OR REPLACE INTO lease VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)";
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
    let sql = "-- lease::renew\n\
               UPDATE lease SET start = ?2, length = ?3 WHERE tenant = ?1";
    conn.prepare_cached(sql)?.execute([lease.tenant.0, now.0, ticks_of(ttl)])?;
    Ok(())
}

/// Frees the lease; one that was lost already is another's to free.
pub(crate) fn release(conn: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let sql = "-- lease::release\n\
               UPDATE lease SET held = 0 WHERE tenant = ?1 AND token = ?2";
    conn.prepare_cached(sql)?.execute([lease.tenant.0, lease.token])?;
    Ok(())
}
