//! From the minutes that a cron line names to moments, across changes of the clocks.
//!
//! As Debian's cron has it: a line whose hour or minute begins with `*` follows the clock as it runs.
//! Of every other line, what falls into the time that is left out is due once, right after it, and
//! what comes twice is due the first time.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::line::Line;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The first moment after `now`, in whole seconds, that a line is due at.
pub(super) fn next(line: &Line, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    if line.runs_along { next_running(line, zone, now) } else { next_fixed(line, zone, now) }
}

/// The last moment at `now` or before that a line is due at.
pub(super) fn last(line: &Line, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    if line.runs_along { last_running(line, zone, now) } else { last_fixed(line, zone, now) }
}

/// The moment at which people read `at` for the first time; of a time that is left out the moment
/// right after it.
pub(super) fn first_moment(zone: &TimeZone, at: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(at).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(at).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // By the offset to come, a time that is left out lies before the change.
            let before = after.to_timestamp(at).ok()?;
            zone.following(before).next().map(|change| change.timestamp())
        }
    }
}

fn next_fixed(line: &Line, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let mut named = zone.to_datetime(now);
    loop {
        named = line.next(named)?;
        // What comes twice may be named after `now`, and was due before it.
        let due = first_moment(zone, named)?;
        if due > now {
            return Some(due);
        }
    }
}

fn last_fixed(line: &Line, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let local = zone.to_datetime(now);
    // The second time round, all of the hour has been due the first time.
    let mut until = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Fold { before, .. } => before.to_datetime(now),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => local,
    };
    loop {
        let named = line.last(until)?;
        let due = first_moment(zone, named)?;
        if due <= now {
            return Some(due);
        }
        until = named.checked_sub(MINUTE).ok()?;
    }
}

/// From change to change: between two the calendar is the clock.
fn next_running(line: &Line, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let (mut from, mut offset) = (now, zone.to_offset(now));
    let mut change = zone.following(now).next();
    loop {
        let due = moment(offset, line.next(offset.to_datetime(from))?)?;
        let Some(changed) = change.filter(|change| change.timestamp() <= due) else {
            return Some(due);
        };
        // The minute in which clocks change counts by what they show from then on.
        from = changed.timestamp().checked_sub(SECOND).ok()?;
        offset = changed.offset();
        change = zone.following(changed.timestamp()).next();
    }
}

fn last_running(line: &Line, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let mut until = now;
    loop {
        let offset = zone.to_offset(until);
        let due = moment(offset, line.last(offset.to_datetime(until))?)?;
        let start = zone.preceding(until.checked_add(SECOND).ok()?).next();
        match start {
            Some(start) if start.timestamp() > due => {
                until = start.timestamp().checked_sub(SECOND).ok()?;
            }
            _ => return Some(due),
        }
    }
}

fn moment(offset: Offset, at: DateTime) -> Option<Timestamp> {
    offset.to_timestamp(at).ok()
}
