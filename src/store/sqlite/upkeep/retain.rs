//! Removing what is old: a tenant's oldest hour, whole, in transactions of a bounded length.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::{Hour, Tick};
use crate::store::model::segment::{Builder, Slice};
use crate::store::model::splice::broken;
use crate::store::sqlite::clicks::{answers, splice};
use crate::store::{KeptFrom, Retained, Snapshot, Store, StoreError, TenantKey};

/// The most clicks that one transaction removes, so that it holds the writer for a few tens of
/// milliseconds.
const CLICKS_PER_SLICE: i64 = 10_000;

impl Snapshot<'_> {
    /// From when on a tenant's clicks are all there; `None` if none was ever removed for its age.
    pub fn kept_from(&self, tenant: TenantKey) -> Result<Option<Tick>, StoreError> {
        edge(&self.tx, tenant)
    }
}

impl Store {
    /// Removes a tenant's oldest hour if it ended before what is `kept` begins: its clicks with what
    /// changed in them, its segment, and, once it is old enough, what is known of it. An hour with
    /// many clicks goes in slices: call it again until it finds nothing.
    ///
    /// Needs no lease: whoever collects merges with what it finds, and in every state between two
    /// transactions the segment shows exactly the live clicks. Texts that no click uses any more stay
    /// until the next [`Store::sweep`]. Rows of the last day's [`Touch`](crate::store::Touch)es may be gone.
    pub fn retain(&self, tenant: TenantKey, kept: KeptFrom) -> Result<Retained, StoreError> {
        self.write(|conn, _| retain(conn, tenant, kept))
    }
}

/// Removes the oldest hour that ends before what is kept begins, or the oldest clicks of it. After
/// every transaction the hour's segment shows exactly the live clicks that are left.
pub(crate) fn retain(
    conn: &Connection,
    tenant: TenantKey,
    kept: KeptFrom,
) -> Result<Retained, StoreError> {
    let with_clicks = oldest(
        conn,
        tenant,
        "-- retain::retain\n\
         SELECT min(ts) FROM click WHERE tenant = ?1",
    )?
    .map(|ts| Tick(ts).hour())
    .filter(|hour| hour.end() <= kept.clicks);
    let known = oldest(
        conn,
        tenant,
        "-- retain::retain\n\
         SELECT min(hour) FROM hour WHERE tenant = ?1",
    )?
    .map(Hour)
    .filter(|hour| hour.end() <= kept.clicks.min(kept.hours));
    let Some(hour) = [with_clicks, known].into_iter().flatten().min() else {
        return Ok(Retained::default());
    };
    let mut retained = Retained { hour: Some(hour), ..Retained::default() };
    note(conn, tenant, hour.end())?;
    remove_first(conn, tenant, hour, &mut retained)?;
    if retained.clicks < CLICKS_PER_SLICE.cast_unsigned() && hour.end() <= kept.hours {
        let sql = "-- retain::retain\n\
                   DELETE FROM hour WHERE tenant = ?1 AND hour = ?2";
        conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
    }
    let sql = "-- retain::retain\n\
               DELETE FROM touched WHERE tenant = ?1 AND at < ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, hour.end().0])?;
    answers::forget(conn, tenant, hour.end())?;
    Ok(retained)
}

/// From when on a tenant's clicks are all there; `None` if nothing was ever removed.
pub(crate) fn edge(conn: &Connection, tenant: TenantKey) -> Result<Option<Tick>, StoreError> {
    let sql = "-- retain::edge\n\
               SELECT kept_from FROM tenant WHERE id = ?1";
    let edge = conn.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0)).optional()?;
    Ok(edge.flatten().map(Tick))
}

fn oldest(conn: &Connection, tenant: TenantKey, sql: &str) -> Result<Option<i64>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0))?)
}

/// Notes that clicks before `edge` may be gone.
fn note(conn: &Connection, tenant: TenantKey, edge: Tick) -> Result<(), StoreError> {
    let sql = "-- retain::note\n\
               UPDATE tenant SET kept_from = ?2 WHERE id = ?1 AND ifnull(kept_from < ?2, 1)";
    conn.prepare_cached(sql)?.execute([tenant.0, edge.0])?;
    Ok(())
}

/// The first clicks of an hour: the last of them, and how many are live.
struct First {
    ts: i64,
    key: Vec<u8>,
    live: i64,
}

/// Removes the first clicks of an hour: all of them, if they fit in one transaction.
fn remove_first(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
    retained: &mut Retained,
) -> Result<(), StoreError> {
    let Some(First { ts, key, live }) = first(conn, tenant, hour)? else { return Ok(()) };
    let delete = |table: &str| -> Result<u64, StoreError> {
        let sql = format!(
            "-- retain::remove_first\n\
             DELETE FROM {table} WHERE tenant = ?1 AND ts BETWEEN ?2 AND ?3 \
             AND (ts, key) <= (?3, ?4)"
        );
        let place = params![tenant.0, hour.start().0, ts, key];
        Ok(conn.prepare_cached(&sql)?.execute(place)? as u64)
    };
    retained.clicks = delete("click")?;
    retained.changes = delete("change")?;
    cut_segment(conn, tenant, hour, live as usize)
}

fn first(conn: &Connection, tenant: TenantKey, hour: Hour) -> Result<Option<First>, StoreError> {
    let mut statement = conn.prepare_cached(
        "-- retain::first\n\
         SELECT ts, key, state FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 \
         ORDER BY ts, key LIMIT ?4",
    )?;
    let span = hour.span();
    let mut rows = statement.query([tenant.0, span.from.0, span.until.0, CLICKS_PER_SLICE])?;
    let mut first: Option<First> = None;
    while let Some(row) = rows.next()? {
        let first = first.get_or_insert(First { ts: 0, key: Vec::new(), live: 0 });
        first.ts = row.get(0)?;
        first.key.clear();
        let key = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        first.key.extend_from_slice(key);
        first.live += i64::from(row.get::<_, i64>(2)? == 0);
    }
    Ok(first)
}

/// Drops the first `rows` rows of an hour's segment.
fn cut_segment(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
    rows: usize,
) -> Result<(), StoreError> {
    let Some(bytes) = splice::load(conn, tenant, hour)? else { return Ok(()) };
    let old = Slice::decode(hour, &bytes).ok_or_else(broken)?;
    let mut left = Builder::beside(&old);
    left.copy(&old, rows, old.len());
    splice::save(conn, tenant, hour, left)
}
