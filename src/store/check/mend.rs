//! Mending an hour: its segment from its clicks, and its clicks by fetching them again.

use rusqlite::{Connection, params};

use crate::clock::Hour;
use crate::hour::Cell;
use crate::store::error::StoreError;
use crate::store::hours::{self, Changes};
use crate::store::identity::Secret;
use crate::store::{TenantKey, splice};

use super::hour::{Judged, judge};

/// What was done about an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Mended {
    /// Its segment was made anew from its clicks.
    pub segment: bool,
    /// So many clicks were not what was stored, and were removed to be fetched again.
    pub removed: u64,
    /// So many were left, since the source no longer has the hour.
    pub left: u64,
    /// What was held is forgotten: if the source still has the hour, the next pass fetches it.
    pub forgotten: bool,
    /// Its clicks cannot be read, and nothing was done.
    pub unreadable: bool,
}

/// What is to be mended.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) tenant: TenantKey,
    pub(super) hour: Hour,
    pub(super) fetched_again: bool,
}

pub(super) fn mend(conn: &Connection, secret: &Secret, place: Place) -> Result<Mended, StoreError> {
    let Place { tenant, hour, fetched_again, .. } = place;
    let mut mended = Mended::default();
    let mut judged = judge(conn, secret, tenant, hour)?;
    if judged.is_well() {
        return Ok(mended);
    }
    if judged.unreadable {
        mended.unreadable = true;
        return Ok(mended);
    }
    let right = judged.clicks_are_right();
    if fetched_again && !judged.unsound.is_empty() {
        mended.removed = remove(conn, tenant, &judged)?;
        judged = judge(conn, secret, tenant, hour)?;
    }
    mended.left = judged.unsound.len() as u64;
    if judged.segment_differs {
        mended.segment = true;
        drop_segment(conn, tenant, hour)?;
        splice::save(conn, tenant, hour, judged.segment)?;
    }
    if !right {
        mended.forgotten = forget(conn, place, judged.state)?;
    }
    Ok(mended)
}

/// Removes the clicks that are not what was stored, with what changed in them.
fn remove(conn: &Connection, tenant: TenantKey, judged: &Judged) -> Result<u64, StoreError> {
    let mut removed = 0;
    for (ts, key) in &judged.unsound {
        let (key, len) = key.to_bytes();
        for table in ["change", "click"] {
            let sql = format!("DELETE FROM {table} WHERE tenant = ?1 AND ts = ?2 AND key = ?3");
            let gone =
                conn.prepare_cached(&sql)?.execute(params![tenant.0, ts.0, key.get(..len)])?;
            removed += if table == "click" { gone as u64 } else { 0 };
        }
    }
    Ok(removed)
}

/// One that is damaged is not updated in place.
fn drop_segment(conn: &Connection, tenant: TenantKey, hour: Hour) -> Result<(), StoreError> {
    let sql = "DELETE FROM segment WHERE tenant = ?1 AND hour = ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
    Ok(())
}

/// Forgets what is held, or, where that cannot be read, everything that is known of the hour.
fn forget(
    conn: &Connection,
    Place { tenant, hour, .. }: Place,
    state: Result<Option<crate::hour::HourState>, String>,
) -> Result<bool, StoreError> {
    match state {
        Ok(None) => return Ok(false),
        Ok(Some(mut state)) => {
            // Long ago: minutes that were fetched just now would wait for half an hour.
            let at = hour.start();
            state.held = vec![Cell { span: hour.span(), fingerprint: None, at }];
            let changes = Changes { hours: vec![(hour, &state)], progress: None };
            hours::write(conn, tenant, &changes)?;
        }
        Err(_) => {
            let sql = "DELETE FROM hour WHERE tenant = ?1 AND hour = ?2";
            conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
        }
    }
    Ok(true)
}
