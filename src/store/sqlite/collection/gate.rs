//! Gates, closed while somebody refuses calls, and the ledger of a tenant's calls to its source.
//! Both bind every process that shares the store, and survive a restart.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::{MINUTE, Tick};
use crate::store::{Lease, Permit, Snapshot, Store, StoreError, TenantKey};
use crate::sync_state::gate::{Closed, Gate};

use super::lease;

/// A tenant's source.
const GRAPH: &str = "graph";
/// The key of what no tenant has to itself.
const NOBODY: TenantKey = TenantKey(0);

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
        self.file().ensure_space()?;
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

    /// Asks whether a call to the tenant's source may be made now; if so, it is on the ledger, so
    /// make it. At most `per_minute` calls are permitted in any 60 seconds, over all processes.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], and [`StoreError::DiskFull`] while there is no room for answers.
    pub fn take_call(
        &self,
        lease: &Lease,
        per_minute: u32,
        now: Tick,
    ) -> Result<Permit, StoreError> {
        self.file().ensure_space()?;
        self.write(|conn, _| {
            lease::check(conn, lease)?;
            take_call(conn, lease.tenant, per_minute, now)
        })
    }

    /// Follows the machine's clock when somebody set it by `ticks`: gate and ledger of the tenant
    /// stay as long as they would have. Whoever noticed says so, once.
    pub fn clock_was_set(&self, tenant: TenantKey, ticks: i64) -> Result<(), StoreError> {
        self.write(|conn, _| clock_was_set(conn, tenant, ticks))
    }

    /// Closes the tenant's gate for `length`, at most 24 hours. One that opens later stays as it
    /// is. A lost lease closes it, too: the source's refusal holds for whoever has it now.
    pub fn close_gate(
        &self,
        lease: &Lease,
        length: Duration,
        why: &str,
        now: Tick,
    ) -> Result<(), StoreError> {
        self.write(|conn, _| close(conn, lease.tenant, length, why, now))
    }
}

impl Snapshot<'_> {
    /// When a closed gate opens, and why it is closed.
    pub fn gate(&self, tenant: TenantKey, now: Tick) -> Result<Option<(Tick, String)>, StoreError> {
        gate(&self.tx, tenant, now)
    }

    /// Whether one of the endpoints that a sign-in calls is closed.
    pub fn sign_in_gate(
        &self,
        endpoints: &[String],
        now: Tick,
    ) -> Result<Option<Closed>, StoreError> {
        sign_in_gate(&self.tx, endpoints, now)
    }

    /// Calls in the last minute.
    pub fn calls_last_minute(&self, tenant: TenantKey, now: Tick) -> Result<u32, StoreError> {
        calls(&self.tx, tenant, now)
    }
}

/// Takes a place in the ledger, if gate and pace allow it.
pub(crate) fn take_call(
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
    open(conn, (tenant, GRAPH))?;
    let sql = "-- gate::take_call\n\
               DELETE FROM call WHERE tenant = ?1 AND at <= ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, now.0 - MINUTE])?;
    if let Some(until) = full_until(conn, tenant, per_minute, now)? {
        return Ok(Permit::Pace { until });
    }
    let sql = "-- gate::take_call\n\
               INSERT INTO call(tenant, at) VALUES (?1, ?2)";
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
    let sql = "-- gate::full_until\n\
               SELECT at FROM call WHERE tenant = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2";
    let blocking = conn
        .prepare_cached(sql)?
        .query_row(params![tenant.0, room], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(blocking.map(|at| Tick(at).plus(MINUTE)))
}

/// After the clock jumped back, what lies in the future begins now.
fn follow_clock(conn: &Connection, tenant: TenantKey, now: Tick) -> Result<(), StoreError> {
    for sql in [
        "-- gate::follow_clock\n\
         UPDATE gate SET start = ?2 WHERE tenant = ?1 AND start > ?2",
        "-- gate::follow_clock\n\
         UPDATE call SET at = ?2 WHERE tenant = ?1 AND at > ?2",
    ] {
        conn.prepare_cached(sql)?.execute([tenant.0, now.0])?;
    }
    Ok(())
}

/// Follows a clock that was set by `ticks`: what began before begins as long ago as it did.
pub(crate) fn clock_was_set(
    conn: &Connection,
    tenant: TenantKey,
    ticks: i64,
) -> Result<(), StoreError> {
    for sql in [
        "-- gate::clock_was_set\n\
         UPDATE gate SET start = start + ?2 WHERE tenant = ?1",
        "-- gate::clock_was_set\n\
         UPDATE call SET at = at + ?2 WHERE tenant = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([tenant.0, ticks])?;
    }
    Ok(())
}

/// Closes a tenant's gate for `length`, at most a day. A gate that opens later than that stays.
pub(crate) fn close(
    conn: &Connection,
    tenant: TenantKey,
    length: Duration,
    why: &str,
    now: Tick,
) -> Result<(), StoreError> {
    follow_clock(conn, tenant, now)?;
    let before = found(conn, (tenant, GRAPH))?;
    put(conn, (tenant, GRAPH), &Gate::refused(before, Some(length), why, now, 0.0))
}

/// When the gate opens and why it is closed; `None` if it is open.
pub(crate) fn gate(
    conn: &Connection,
    tenant: TenantKey,
    now: Tick,
) -> Result<Option<(Tick, String)>, StoreError> {
    let closed = found(conn, (tenant, GRAPH))?.and_then(|gate| gate.is_closed(now));
    Ok(closed.map(|Closed { until, why }| (until, why)))
}

/// Which of a sign-in's endpoints is closed for the longest, if one is.
pub(crate) fn sign_in_gate(
    conn: &Connection,
    endpoints: &[String],
    now: Tick,
) -> Result<Option<Closed>, StoreError> {
    let mut closed = Vec::new();
    for endpoint in endpoints {
        closed.extend(found(conn, (NOBODY, endpoint))?.and_then(|gate| gate.is_closed(now)));
    }
    Ok(closed.into_iter().max_by_key(|closed| closed.until))
}

/// Whether a sign-in may call its endpoints. Where one of them refused before, the first to ask
/// tries it, and the others hear how that ended.
pub(crate) fn enter(
    conn: &Connection,
    endpoints: &[String],
    now: Tick,
) -> Result<Option<Closed>, StoreError> {
    if let Some(closed) = sign_in_gate(conn, endpoints, now)? {
        return Ok(Some(closed));
    }
    for endpoint in endpoints {
        if let Some(gate) = found(conn, (NOBODY, endpoint))? {
            put(conn, (NOBODY, endpoint), &gate.on_trial(now))?;
        }
    }
    Ok(None)
}

/// Closes the gate of a sign-in's endpoint; gives the time when it opens.
pub(crate) fn refused(
    conn: &Connection,
    endpoint: &str,
    named: Option<Duration>,
    why: &str,
    (now, random): (Tick, f64),
) -> Result<Tick, StoreError> {
    let before = found(conn, (NOBODY, endpoint))?;
    let gate = Gate::refused(before, named, why, now, random);
    put(conn, (NOBODY, endpoint), &gate)?;
    Ok(gate.is_closed(now).map_or(now, |closed| closed.until))
}

/// Forgets that these refused.
pub(crate) fn forget(conn: &Connection, endpoints: &[String]) -> Result<(), StoreError> {
    endpoints.iter().try_for_each(|endpoint| open(conn, (NOBODY, endpoint)))
}

/// Follows a clock that was set by `ticks`, for the gates of sign-ins.
pub(crate) fn sign_in_clock_was_set(conn: &Connection, ticks: i64) -> Result<(), StoreError> {
    let sql = "-- gate::sign_in_clock_was_set\n\
               UPDATE gate SET start = start + ?2 WHERE tenant = ?1";
    conn.prepare_cached(sql)?.execute([NOBODY.0, ticks])?;
    Ok(())
}

fn found(
    conn: &Connection,
    (tenant, endpoint): (TenantKey, &str),
) -> Result<Option<Gate>, StoreError> {
    let sql = "-- gate::found\n\
               SELECT start, length, refusals, why FROM gate WHERE tenant = ?1 AND endpoint = ?2";
    let read = |row: &Row<'_>| {
        let (start, length) = (Tick(row.get(0)?), row.get(1)?);
        Ok(Gate { start, length, refusals: row.get(2)?, why: row.get(3)? })
    };
    Ok(conn.prepare_cached(sql)?.query_row(params![tenant.0, endpoint], read).optional()?)
}

fn put(
    conn: &Connection,
    (tenant, endpoint): (TenantKey, &str),
    gate: &Gate,
) -> Result<(), StoreError> {
    let Gate { start, length, refusals, why } = gate;
    let sql = "-- gate::put\n\
               INSERT OR REPLACE INTO gate VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![tenant.0, endpoint, start.0, length, refusals, why];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn open(conn: &Connection, (tenant, endpoint): (TenantKey, &str)) -> Result<(), StoreError> {
    let sql = "-- gate::open\n\
               DELETE FROM gate WHERE tenant = ?1 AND endpoint = ?2";
    conn.prepare_cached(sql)?.execute(params![tenant.0, endpoint])?;
    Ok(())
}

/// How many calls were made in the last minute.
pub(crate) fn calls(conn: &Connection, tenant: TenantKey, now: Tick) -> Result<u32, StoreError> {
    let sql = "-- gate::calls\n\
               SELECT count(*) FROM call WHERE tenant = ?1 AND at > ?2";
    let since = now.0 - MINUTE;
    Ok(conn.prepare_cached(sql)?.query_row([tenant.0, since], |row| row.get(0))?)
}
