//! How a digest says things: changes, classes, stretches of time.

use crate::store::ReportedUrl;
use crate::text::number::{counted, grouped};

/// How exactly it is told what a click went past, wherever a digest shows the number: see
/// [`crate::click::past_warning`].
pub(super) const PAST_TOLD_BY_TIME: &str = "Past a block or a scan is told by time here (what the user was shown of the \
     URL within an hour), in alerts by ReportId: the two can differ.";

/// How a number changed against the period before.
pub(super) fn change(now: u64, before: u64) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Equal => "as before".to_owned(),
        std::cmp::Ordering::Greater => format!("{} more than before", grouped(now - before)),
        std::cmp::Ordering::Less => format!("{} fewer than before", grouped(before - now)),
    }
}

/// What is told otherwise, such as `clean → blocked; Blocked 0 → 3`.
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
