//! How a digest says things: changes, classes, stretches of time.

use std::cmp::Ordering;

use crate::clock::MINUTE;
use crate::store::ReportedUrl;
use crate::text::number::{counted, grouped};
use crate::text::time::roughly;

/// How exactly it is told what a click went past, wherever a digest shows the number: see
/// [`crate::click::past_warning`].
pub(super) const PAST_TOLD_BY_TIME: &str = "Digests match a click with the block or scan before it by time (within an hour), alerts \
     by ReportId: the two counts can differ.";

/// How a number changed against the period before, which took `ticks`, too: `+33 vs previous 7 days`.
pub(super) fn change(now: u64, before: u64, ticks: i64) -> String {
    let (sign, by) = match now.cmp(&before) {
        Ordering::Equal => return "unchanged".to_owned(),
        Ordering::Greater => ('+', now - before),
        Ordering::Less => ('-', before - now),
    };
    format!("{sign}{} vs previous {}", grouped(by), length(ticks).trim_start_matches("1 "))
}

/// A stretch of time in the largest unit that it is a whole number of, to the minute.
fn length(ticks: i64) -> String {
    let minutes = ticks.unsigned_abs() / MINUTE.unsigned_abs();
    match minutes {
        _ if minutes > 2_880 && minutes.is_multiple_of(1_440) => counted(minutes / 1_440, "day"),
        _ if minutes >= 60 && minutes.is_multiple_of(60) => counted(minutes / 60, "hour"),
        _ => roughly(ticks),
    }
}

/// What is corrected, such as `clean → blocked; Blocked 0 → 3`.
pub(super) fn correction(before: &ReportedUrl, now: &ReportedUrl) -> String {
    let mut parts = Vec::new();
    if before.class != now.class {
        parts.push(format!("{} → {}", before.class.name(), now.class.name()));
    }
    for (name, before, now) in [
        ("Blocked", before.tally.blocked, now.tally.blocked),
        ("Allowed", before.tally.allowed, now.tally.allowed),
        ("Pending verdict", before.tally.pending_verdict, now.tally.pending_verdict),
        ("Error", before.tally.error, now.tally.error),
        ("Clicked through", before.tally.clicked_through, now.tally.clicked_through),
    ] {
        if before != now {
            parts.push(format!("{name} {} → {}", grouped(before), grouped(now)));
        }
    }
    parts.join("; ")
}

/// `1 click is`, `2 clicks are`.
pub(super) fn clicks_are(count: u64) -> String {
    format!("{} {}", counted(count, "click"), if count == 1 { "is" } else { "are" })
}
