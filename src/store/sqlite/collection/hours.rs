//! What is known of each hour, and how far a tenant's collection has come.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::{Hour, Span, Tick};
use crate::store::{Changes, Lease, Snapshot, Store, StoreError, TenantKey};
use crate::sync_state::hour::HourState;
use crate::sync_state::progress::Progress;

use super::lease;

/// The first byte of a stored hour; another layout gets another number.
const VERSION: u8 = 1;

impl Snapshot<'_> {
    /// How far the collection of a tenant has come; nowhere, for one that is not in the store.
    pub fn progress(&self, tenant: TenantKey) -> Result<Progress, StoreError> {
        progress(&self.tx, tenant)
    }

    /// What is known of the hours that have a tick in `span`.
    pub fn hours(
        &self,
        tenant: TenantKey,
        span: Span,
    ) -> Result<BTreeMap<Hour, HourState>, StoreError> {
        within(&self.tx, tenant, span)
    }

    /// The first hour of a tenant of which anything is known.
    pub fn first_hour(&self, tenant: TenantKey) -> Result<Option<Hour>, StoreError> {
        let sql = "-- hours::first_hour\n\
                   SELECT min(hour) FROM hour WHERE tenant = ?1";
        let first: Option<i64> =
            self.tx.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0))?;
        Ok(first.map(Hour))
    }
}

impl Store {
    /// Everything known of a tenant's collection.
    pub fn load(
        &self,
        tenant: TenantKey,
    ) -> Result<(Progress, BTreeMap<Hour, HourState>), StoreError> {
        self.read(|snapshot| Ok((snapshot.progress(tenant)?, all(&snapshot.tx, tenant)?)))
    }

    /// Writes hours and progress.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn record(&self, lease: &Lease, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.write(|conn, _| {
            lease::check(conn, lease)?;
            write(conn, lease.tenant, changes)
        })?;
        self.inner.stored.send_replace(());
        Ok(())
    }
}

pub(crate) fn write(
    conn: &Connection,
    tenant: TenantKey,
    changes: &Changes<'_>,
) -> Result<(), StoreError> {
    let mut put = conn.prepare_cached(
        "-- hours::write\n\
         INSERT INTO hour VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET state = excluded.state",
    )?;
    for (hour, state) in &changes.hours {
        put.execute(params![tenant.0, hour.0, encode(state)?])?;
    }
    if let Some(progress) = changes.progress {
        let json = serde_json::to_string(progress)
            .map_err(|e| StoreError::Sql(format!("progress cannot be written: {e}")))?;
        let sql = "-- hours::write\n\
                   UPDATE tenant SET progress = ?2 WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![tenant.0, json])?;
    }
    Ok(())
}

/// The progress of a tenant; one that the store does not know has made none.
pub(crate) fn progress(conn: &Connection, tenant: TenantKey) -> Result<Progress, StoreError> {
    let sql = "-- hours::progress\n\
               SELECT progress FROM tenant WHERE id = ?1";
    let json: Option<String> =
        conn.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0)).optional()?;
    json.map_or_else(|| Ok(Progress::default()), |json| serde_json::from_str(&json))
        .map_err(|e| StoreError::Damaged(format!("the progress of a tenant is unreadable: {e}")))
}

/// When a tenant's first pass began, as far as it is known.
pub(crate) fn first_pass(conn: &Connection, tenant: TenantKey) -> Result<Option<Tick>, StoreError> {
    let sql = "-- hours::first_pass\n\
               SELECT progress ->> 'first_pass' FROM tenant WHERE id = ?1";
    let began: Option<Option<i64>> =
        conn.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0)).optional()?;
    Ok(began.flatten().map(Tick))
}

/// The hours of a tenant that have a tick in `span`.
pub(crate) fn within(
    conn: &Connection,
    tenant: TenantKey,
    span: Span,
) -> Result<BTreeMap<Hour, HourState>, StoreError> {
    let mut hours = span.hours();
    let (Some(first), Some(last)) = (hours.next(), span.hours().next_back()) else {
        return Ok(BTreeMap::new());
    };
    let sql = "-- hours::within\n\
               SELECT hour, state FROM hour WHERE tenant = ?1 AND hour BETWEEN ?2 AND ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([tenant.0, first.0, last.0])?;
    let mut states = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        states.insert(Hour(row.get(0)?), decode(bytes)?);
    }
    Ok(states)
}

/// All hours of a tenant.
pub(crate) fn all(
    conn: &Connection,
    tenant: TenantKey,
) -> Result<BTreeMap<Hour, HourState>, StoreError> {
    within(conn, tenant, Span::new(Tick(i64::MIN), Tick(i64::MAX)))
}

fn encode(state: &HourState) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(state, vec![VERSION])
        .map_err(|e| StoreError::Sql(format!("an hour cannot be written: {e}")))
}

fn decode(bytes: &[u8]) -> Result<HourState, StoreError> {
    let damaged =
        |why: String| StoreError::Damaged(format!("an hour's state is unreadable: {why}"));
    match bytes.split_first() {
        Some((&VERSION, state)) => postcard::from_bytes(state).map_err(|e| damaged(e.to_string())),
        other => Err(damaged(format!("version {:?}", other.map(|(version, _)| version)))),
    }
}
