//! One hour: its clicks, its segment and what is held of it, each against the others.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::click::tally::Tally;
use crate::clock::{Hour, Tick};
use crate::store::model::identity::Secret;
use crate::store::model::segment::{Builder, Kind, Row, Slice};
use crate::store::sqlite::collection::hours;
use crate::store::sqlite::upkeep::retain;
use crate::store::{CheckFinding, CheckPart, CheckReport, RowState, StoreError, TenantKey};
use crate::sync_state::hour::HourState;

use super::damage::or_say;
use super::hour_reader::{HourReader, Unsound};

/// The hours that times in our files can name: the years 0 to 9999.
const SANE: std::ops::Range<i64> = -17_268_000..70_390_000;

/// The first hour after `last` that has clicks, a segment or a state; and what kept us from looking.
pub(super) fn next(
    conn: &Connection,
    tenant: TenantKey,
    last: Option<Hour>,
) -> Result<(Option<Hour>, Vec<CheckFinding>), StoreError> {
    let last = last.unwrap_or(Hour(SANE.start));
    let seek = |sql: &str, from: i64| -> Result<Option<i64>, StoreError> {
        Ok(conn.prepare_cached(sql)?.query_row([tenant.0, from], |row| row.get(0))?)
    };
    let (mut found, mut first) = (Vec::new(), None::<Hour>);
    for (part, sql) in [
        (
            CheckPart::Segments,
            "-- hour::next\n\
             SELECT min(hour) FROM segment WHERE tenant = ?1 AND hour > ?2",
        ),
        (
            CheckPart::Hours,
            "-- hour::next\n\
             SELECT min(hour) FROM hour WHERE tenant = ?1 AND hour > ?2",
        ),
        (
            CheckPart::Clicks,
            "-- hour::next\n\
             SELECT min(ts) FROM click WHERE tenant = ?1 AND ts >= ?2",
        ),
    ] {
        let clicks = part == CheckPart::Clicks;
        match or_say(seek(sql, if clicks { last.end().0 } else { last.0 }))? {
            Ok(at) => {
                let hour = at.map(|at| if clicks { Tick(at).hour() } else { Hour(at) });
                first = [first, hour.filter(|it| SANE.contains(&it.0))].into_iter().flatten().min();
            }
            Err(why) => {
                let what = format!("what comes after {} cannot be found: {why}", last.end());
                found.push(CheckFinding::new(part, what).lasting());
            }
        }
    }
    Ok((first, found))
}

/// What was found out about an hour.
pub(super) struct HourCheck {
    /// Its clicks.
    rows: u64,
    found: Vec<CheckFinding>,
    /// Clicks that are not what was stored.
    pub(super) unsound: Vec<Unsound>,
    /// The segment that the live clicks make.
    pub(super) segment: Builder,
    pub(super) segment_differs: bool,
    /// Not all clicks can be read.
    pub(super) unreadable: bool,
    /// What is known of the hour, if that can be read.
    pub(super) state: Result<Option<HourState>, String>,
    /// What is held does not account for the live clicks.
    pub(super) held_differs: bool,
}

impl HourCheck {
    pub(super) fn into_report(self) -> CheckReport {
        CheckReport { rows: self.rows, hours: 1, found: self.found }
    }

    pub(super) const fn is_well(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether the live clicks are, as far as can be told, those that accepted answers had.
    pub(super) fn clicks_are_right(&self) -> bool {
        let live = |it: &Unsound| it.state == RowState::Live;
        let all_sound = !self.unsound.iter().any(live);
        all_sound && !self.unreadable && self.state.is_ok() && !self.held_differs
    }

    fn find(&mut self, place: (TenantKey, Hour), part: CheckPart, what: String) {
        let lasting = part == CheckPart::Clicks && self.unreadable;
        self.found.push(CheckFinding { part, hour: Some(place), what, lasting });
    }
}

/// Compares everything that is stored of an hour.
pub(super) fn check(
    conn: &Connection,
    secret: &Secret,
    tenant: TenantKey,
    hour: Hour,
) -> Result<HourCheck, StoreError> {
    let mut reader = HourReader {
        hasher: secret.hasher(),
        segment: Builder::default(),
        unsound: Vec::new(),
        tally: Tally::default(),
        rows: 0,
    };
    let read = or_say(reader.read(conn, tenant, hour.span()))?;
    let HourReader { segment, unsound, tally, rows, .. } = reader;
    let place = (tenant, hour);
    let state = or_say(hours::within(conn, tenant, hour.span()))?;
    let state = state.map(|mut states| states.remove(&hour));
    let mut check = HourCheck {
        rows,
        found: Vec::new(),
        unsound,
        segment,
        segment_differs: false,
        unreadable: read.is_err(),
        state,
        held_differs: false,
    };
    if let Err(why) = read {
        let what = format!("the clicks after the first {rows} cannot be read: {why}");
        check.find(place, CheckPart::Clicks, what);
    }
    if !check.unsound.is_empty() {
        let what = format!("{} of {rows} clicks are not what was stored", check.unsound.len());
        check.find(place, CheckPart::Clicks, what);
    }
    check_segment(conn, place, &mut check)?;
    check_held(conn, place, tally, &mut check)?;
    Ok(check)
}

fn check_segment(
    conn: &Connection,
    place: (TenantKey, Hour),
    check: &mut HourCheck,
) -> Result<(), StoreError> {
    let stored = match or_say(load(conn, place))? {
        Ok(stored) => stored,
        Err(why) => {
            check.segment_differs = true;
            check.find(place, CheckPart::Segments, format!("its segment cannot be read: {why}"));
            return Ok(());
        }
    };
    if check.unreadable {
        // What the clicks would have made of it nobody can tell.
        let (rows, _) = stored.unwrap_or_default();
        let what = format!("by its segment the hour has {rows} clicks");
        check.find(place, CheckPart::Clicks, what);
        return Ok(());
    }
    if let Some(what) = difference(place.1, stored, &check.segment) {
        check.segment_differs = true;
        check.find(place, CheckPart::Segments, what);
    }
    Ok(())
}

/// The segment of an hour, and its number of rows, as stored.
fn load(
    conn: &Connection,
    (tenant, hour): (TenantKey, Hour),
) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let sql = "-- hour::load\n\
               SELECT rows, clicks FROM segment WHERE tenant = ?1 AND hour = ?2";
    let found = conn
        .prepare_cached(sql)?
        .query_row(params![tenant.0, hour.0], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// How a stored segment differs from the one that the live clicks make.
fn difference(hour: Hour, stored: Option<(i64, Vec<u8>)>, made: &Builder) -> Option<String> {
    let expected = made.len();
    let Some((rows, bytes)) = stored else {
        return (expected > 0).then(|| format!("no segment shows its {expected} clicks"));
    };
    let Some(stored) = Slice::decode(hour, &bytes) else {
        return Some("its segment is no segment".to_owned());
    };
    if stored.len() != expected || rows != expected as i64 {
        let what = format!("its segment shows {} clicks, {expected} are live", stored.len());
        return Some(what);
    }
    let made = made.clone().encode();
    let made = Slice::decode(hour, &made)?;
    let differ = resolved(&stored).zip(resolved(&made)).position(|(one, other)| one != other);
    differ.map(|at| format!("its segment shows another click in place {}", at + 1))
}

/// The rows of a segment with what their kinds stand for: the order of kinds is free.
fn resolved(slice: &Slice<'_>) -> impl Iterator<Item = (Row, Option<Kind>)> {
    let kinds: Vec<Kind> = slice.kinds().collect();
    slice.rows().map(move |row| {
        let kind = kinds.get(row.kind as usize).copied();
        (Row { kind: 0, ..row }, kind)
    })
}

/// What accepted answers account for are exactly the live clicks, unless a part is forgotten.
fn check_held(
    conn: &Connection,
    place: (TenantKey, Hour),
    live: Tally,
    check: &mut HourCheck,
) -> Result<(), StoreError> {
    let (tenant, hour) = place;
    let held = match &check.state {
        Err(why) => {
            let what = format!("what is known of it cannot be read: {why}");
            check.find(place, CheckPart::Hours, what);
            return Ok(());
        }
        Ok(state) => state.as_ref().and_then(HourState::held_total),
    };
    // Retention takes clicks away, and leaves what was held for a while.
    let kept_from = or_say(retain::edge(conn, tenant))?.unwrap_or_default();
    let removed = kept_from.is_some_and(|kept| hour.end() <= kept);
    let Some(held) = held.filter(|_| !removed && !check.unreadable) else { return Ok(()) };
    if (Tally { other: 0, ..live }) != (Tally { other: 0, ..held.tally }) {
        check.held_differs = true;
        let (rows, live) = (held.rows(), live.rows);
        let what = if rows == live {
            format!("accepted answers count its {live} clicks otherwise")
        } else {
            format!("accepted answers account for {rows} clicks, {live} are live")
        };
        check.find(place, CheckPart::Hours, what);
    }
    Ok(())
}
