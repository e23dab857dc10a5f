//! Mending an hour: its segment from its clicks, and its clicks by fetching them again.

use rusqlite::{Connection, params};

use crate::clock::Hour;
use crate::hour::HourPart;
use crate::store::error::StoreError;
use crate::store::hours::{self, Changes};
use crate::store::identity::{Secret, asked_again};
use crate::store::row::State;
use crate::store::segment::Builder;
use crate::store::{TenantKey, splice};

use super::hour::{Harm, Judged, Unsound, judge};

/// What was done about an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Mended {
    /// Its segment was made anew from its clicks.
    pub segment: bool,
    /// So many clicks were not what was stored, and were removed to be fetched again.
    pub removed: u64,
    /// Of so many only the details were not: they stay, and the next answer's are taken over.
    pub asked_again: u64,
    /// So many were left, since nobody would fetch them again.
    pub left: u64,
    /// So many withdrawn ones were left: the source never shows them again.
    pub withdrawn: u64,
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
    if fetched_again && has_live(&judged) {
        give_up(conn, tenant, &judged, &mut mended)?;
        judged = judge(conn, secret, tenant, hour)?;
    }
    let live = judged.unsound.iter().filter(|it| it.state == State::Live).count() as u64;
    (mended.left, mended.withdrawn) = (live, judged.unsound.len() as u64 - live);
    if judged.segment_differs {
        mended.segment = true;
        make_segment(conn, tenant, hour, judged.segment)?;
    }
    if !right {
        mended.forgotten = forget(conn, place, judged.state)?;
    }
    Ok(mended)
}

/// Makes the segment of an hour anew from its clicks, unless those cannot be read.
pub(super) fn remake_segment(
    conn: &Connection,
    secret: &Secret,
    tenant: TenantKey,
    hour: Hour,
) -> Result<(), StoreError> {
    let judged = judge(conn, secret, tenant, hour)?;
    if judged.unreadable || !judged.segment_differs {
        return Ok(());
    }
    make_segment(conn, tenant, hour, judged.segment)
}

fn make_segment(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
    segment: Builder,
) -> Result<(), StoreError> {
    drop_segment(conn, tenant, hour)?;
    splice::save(conn, tenant, hour, segment)
}

fn has_live(judged: &Judged) -> bool {
    judged.unsound.iter().any(|it| it.state == State::Live)
}

/// Has the source give again what it shows: a click that nobody can tell from another goes, with what
/// changed in it; one of which the details are damaged keeps its place, its first time and its history.
fn give_up(
    conn: &Connection,
    tenant: TenantKey,
    judged: &Judged,
    mended: &mut Mended,
) -> Result<(), StoreError> {
    for click in judged.unsound.iter().filter(|it| it.state == State::Live) {
        match click.harm {
            Harm::Identity => mended.removed += remove(conn, tenant, click)?,
            Harm::Details(own) => {
                let (key, len) = click.key.to_bytes();
                let sql = "UPDATE click SET detail = ?4 WHERE tenant = ?1 AND ts = ?2 AND key = ?3";
                let row = params![tenant.0, click.at.0, key.get(..len), asked_again(own)];
                mended.asked_again += conn.prepare_cached(sql)?.execute(row)? as u64;
            }
        }
    }
    Ok(())
}

/// Removes a click with what changed in it; how many rows it was.
fn remove(conn: &Connection, tenant: TenantKey, click: &Unsound) -> Result<u64, StoreError> {
    let (key, len) = click.key.to_bytes();
    let delete = |table: &str| -> Result<usize, StoreError> {
        let sql = format!("DELETE FROM {table} WHERE tenant = ?1 AND ts = ?2 AND key = ?3");
        let row = params![tenant.0, click.at.0, key.get(..len)];
        Ok(conn.prepare_cached(&sql)?.execute(row)?)
    };
    delete("change")?;
    Ok(delete("click")? as u64)
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
            state.held = vec![HourPart { span: hour.span(), fingerprint: None, at }];
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
