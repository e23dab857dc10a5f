//! The gate of a tenant, closed while its source refuses calls, and the ledger of calls.
//! Both bind every process that shares the store, and survive a restart.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::{DAY, MINUTE, Tick, ticks_of};

use super::error::StoreError;
use super::lease::Stretch;
use super::{Store, TenantKey};

/// Whether a call may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Yes, and it is in the ledger already: make it now.
    Go,
    /// Not yet: as many calls as allowed were made within a minute.
    Pace {
        /// When the next is allowed.
        until: Tick,
    },
    /// The source refuses calls.
    Closed {
        /// When the gate opens.
        until: Tick,
        /// Why it is closed.
        why: String,
    },
}

impl Store {
    /// [`Store::take_call`] for whoever looks at a tenant beside its collection, without its lease.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room for answers.
    pub fn take_call_beside(
        &self,
        tenant: TenantKey,
        per_minute: u32,
        now: Tick,
    ) -> Result<Permit, StoreError> {
        self.make_room()?;
        self.write(|conn, _| take_call(conn, tenant, per_minute, now))
    }

    /// [`Store::close_gate`] for the same.
    pub fn close_gate_beside(
        &self,
        tenant: TenantKey,
        length: Duration,
        why: &str,
        now: Tick,
    ) -> Result<(), StoreError> {
        self.write(|conn, _| close(conn, tenant, length, why, now))
    }
}

/// Takes a place in the ledger, if gate and pace allow it.
pub(super) fn take_call(
    conn: &Connection,
    tenant: TenantKey,
    per_minute: u32,
    now: Tick,
) -> Result<Permit, StoreError> {
    follow_clock(conn, tenant, now)?;
    if let Some((until, why)) = gate(conn, tenant, now)? {
        return Ok(Permit::Closed { until, why });
    }
    // One that was seen open is gone, so that a clock jumping back cannot close it again.
    conn.prepare_cached("DELETE FROM gate WHERE tenant = ?1")?.execute([tenant.0])?;
    let sql = "DELETE FROM call WHERE tenant = ?1 AND at <= ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, now.0 - MINUTE])?;
    if let Some(until) = full_until(conn, tenant, per_minute, now)? {
        return Ok(Permit::Pace { until });
    }
    let sql = "INSERT INTO call(tenant, at) VALUES (?1, ?2)";
    conn.prepare_cached(sql)?.execute([tenant.0, now.0])?;
    Ok(Permit::Go)
}

/// When the ledger has room again, if it has none now.
fn full_until(
    conn: &Connection,
    tenant: TenantKey,
    per_minute: u32,
    now: Tick,
) -> Result<Option<Tick>, StoreError> {
    let Some(room) = per_minute.checked_sub(1) else { return Ok(Some(now.plus(MINUTE))) };
    let sql = "SELECT at FROM call WHERE tenant = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2";
    let blocking = conn
        .prepare_cached(sql)?
        .query_row(params![tenant.0, room], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(blocking.map(|at| Tick(at).plus(MINUTE)))
}

/// After the clock jumped back, what lies in the future begins now.
fn follow_clock(conn: &Connection, tenant: TenantKey, now: Tick) -> Result<(), StoreError> {
    for sql in [
        "UPDATE gate SET start = ?2 WHERE tenant = ?1 AND start > ?2",
        "UPDATE call SET at = ?2 WHERE tenant = ?1 AND at > ?2",
    ] {
        conn.prepare_cached(sql)?.execute([tenant.0, now.0])?;
    }
    Ok(())
}

/// Follows a clock that was set by `ticks`: what began before begins as long ago as it did.
pub(super) fn clock_was_set(
    conn: &Connection,
    tenant: TenantKey,
    ticks: i64,
) -> Result<(), StoreError> {
    for sql in [
        "UPDATE gate SET start = start + ?2 WHERE tenant = ?1",
        "UPDATE call SET at = at + ?2 WHERE tenant = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([tenant.0, ticks])?;
    }
    Ok(())
}

/// Closes the gate for `length`, at most a day. A gate that opens later than that stays.
pub(super) fn close(
    conn: &Connection,
    tenant: TenantKey,
    length: Duration,
    why: &str,
    now: Tick,
) -> Result<(), StoreError> {
    follow_clock(conn, tenant, now)?;
    let length = ticks_of(length).min(DAY);
    if gate(conn, tenant, now)?.is_some_and(|(until, _)| until >= now.plus(length)) {
        return Ok(());
    }
    let sql = "INSERT OR REPLACE INTO gate VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![tenant.0, now.0, length, why])?;
    Ok(())
}

/// When the gate opens and why it is closed; `None` if it is open.
pub(super) fn gate(
    conn: &Connection,
    tenant: TenantKey,
    now: Tick,
) -> Result<Option<(Tick, String)>, StoreError> {
    let sql = "SELECT start, length, why FROM gate WHERE tenant = ?1";
    let found = conn
        .prepare_cached(sql)?
        .query_row([tenant.0], |row| {
            Ok((Stretch { start: Tick(row.get(0)?), length: row.get(1)? }, row.get(2)?))
        })
        .optional()?;
    Ok(found.and_then(|(time, why)| Some((time.end_after(now)?, why))))
}

/// How many calls were made in the last minute.
pub(super) fn calls(conn: &Connection, tenant: TenantKey, now: Tick) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM call WHERE tenant = ?1 AND at > ?2";
    let since = now.0 - MINUTE;
    Ok(conn.prepare_cached(sql)?.query_row([tenant.0, since], |row| row.get(0))?)
}
