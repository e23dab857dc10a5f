//! Repairing an hour: its segment from its clicks, and its clicks by fetching them again.

use rusqlite::{Connection, params};

use crate::clock::Hour;
use crate::store::model::identity::{Secret, asked_again};
use crate::store::model::segment::Builder;
use crate::store::sqlite::clicks::splice;
use crate::store::sqlite::collection::hours;
use crate::store::{Changes, Refetch, RepairReport, RowState, StoreError, TenantKey};
use crate::sync_state::hour::HourPart;

use super::hour::{HourCheck, check as check_hour};
use super::hour_reader::{RowDamage, Unsound};

/// What is to be repaired.
#[derive(Clone, Copy)]
pub(super) struct HourToRepair {
    pub(super) tenant: TenantKey,
    pub(super) hour: Hour,
    pub(super) refetch: Refetch,
}

pub(super) fn repair(
    conn: &Connection,
    secret: &Secret,
    place: HourToRepair,
) -> Result<RepairReport, StoreError> {
    let HourToRepair { tenant, hour, refetch } = place;
    let mut report = RepairReport::default();
    let mut check = check_hour(conn, secret, tenant, hour)?;
    if check.is_well() {
        return Ok(report);
    }
    if check.unreadable {
        report.unreadable = true;
        return Ok(report);
    }
    let right = check.clicks_are_right();
    if refetch == Refetch::Possible && has_live(&check) {
        give_up(conn, tenant, &check, &mut report)?;
        check = check_hour(conn, secret, tenant, hour)?;
    }
    let live = check.unsound.iter().filter(|it| it.state == RowState::Live).count() as u64;
    (report.left, report.withdrawn) = (live, check.unsound.len() as u64 - live);
    if check.segment_differs {
        report.segment = true;
        make_segment(conn, tenant, hour, check.segment)?;
    }
    if !right {
        report.forgotten = forget(conn, place, check.state)?;
    }
    Ok(report)
}

/// Makes the segment of an hour anew from its clicks, unless those cannot be read.
pub(super) fn remake_segment(
    conn: &Connection,
    secret: &Secret,
    tenant: TenantKey,
    hour: Hour,
) -> Result<(), StoreError> {
    let check = check_hour(conn, secret, tenant, hour)?;
    if check.unreadable || !check.segment_differs {
        return Ok(());
    }
    make_segment(conn, tenant, hour, check.segment)
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

fn has_live(check: &HourCheck) -> bool {
    check.unsound.iter().any(|it| it.state == RowState::Live)
}

/// Has the source give again what it shows: a click that nobody can tell from another goes, with what
/// changed in it; one of which the details are damaged keeps its place, its first time and its history.
fn give_up(
    conn: &Connection,
    tenant: TenantKey,
    check: &HourCheck,
    report: &mut RepairReport,
) -> Result<(), StoreError> {
    for click in check.unsound.iter().filter(|it| it.state == RowState::Live) {
        match click.damage {
            RowDamage::Identity => report.removed += remove(conn, tenant, click)?,
            RowDamage::Details(own) => {
                let (key, len) = click.key.to_bytes();
                let sql = "-- repair::give_up\n\
                           UPDATE click SET detail = ?4 WHERE tenant = ?1 AND ts = ?2 AND key = ?3";
                let row = params![tenant.0, click.at.0, key.get(..len), asked_again(own)];
                report.asked_again += conn.prepare_cached(sql)?.execute(row)? as u64;
            }
        }
    }
    Ok(())
}

/// Removes a click with what changed in it; how many rows it was.
fn remove(conn: &Connection, tenant: TenantKey, click: &Unsound) -> Result<u64, StoreError> {
    let (key, len) = click.key.to_bytes();
    let delete = |table: &str| -> Result<usize, StoreError> {
        let sql = format!(
            "-- repair::remove\n\
             DELETE FROM {table} WHERE tenant = ?1 AND ts = ?2 AND key = ?3"
        );
        let row = params![tenant.0, click.at.0, key.get(..len)];
        Ok(conn.prepare_cached(&sql)?.execute(row)?)
    };
    delete("change")?;
    Ok(delete("click")? as u64)
}

/// One that is damaged is not updated in place.
fn drop_segment(conn: &Connection, tenant: TenantKey, hour: Hour) -> Result<(), StoreError> {
    let sql = "-- repair::drop_segment\n\
               DELETE FROM segment WHERE tenant = ?1 AND hour = ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
    Ok(())
}

/// Forgets what is held, or, where that cannot be read, everything that is known of the hour.
fn forget(
    conn: &Connection,
    HourToRepair { tenant, hour, .. }: HourToRepair,
    state: Result<Option<crate::sync_state::hour::HourState>, String>,
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
            let sql = "-- repair::forget\n\
                       DELETE FROM hour WHERE tenant = ?1 AND hour = ?2";
            conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
        }
    }
    Ok(true)
}
