//! When a digest is due, what it covers, and what it has to do without: pure.

use crate::clock::{DAY, MINUTE, Span, Tick};
use crate::config::Report;
use crate::store::ReportCursor;

/// How long after the scheduled time a pass must have begun that knows all clicks until then:
/// Defender shows a click some minutes late.
const SETTLE_TIME: i64 = 10 * MINUTE;
/// How long after the scheduled time it goes out with what there is.
const LONGEST_WAIT: i64 = 20 * MINUTE;
/// The longest time that a digest looks back over.
pub const LONGEST_WINDOW: i64 = 31 * DAY;
/// How often is looked whether the passes have ended.
const RECHECK_AFTER: i64 = MINUTE / 4;
/// A record so far ahead of the clock was made when the clock was wrong.
const IMPLAUSIBLE_LEAD: i64 = DAY;
/// The most times that may wait for their passes together: one a minute, and a few to spare.
const MOST_PENDING: usize = 32;

/// What is known when the question is asked.
#[derive(Clone, Copy, Debug)]
pub struct ReportStatus<'a> {
    /// The time, by the source's clock where that is known.
    pub now: Tick,
    /// Since when the program runs by this clock: before it nobody could collect anything.
    pub running_since: Tick,
    /// How far the report has told; `None` for one that was never followed.
    pub cursor: Option<&'a ReportCursor>,
    /// Its tenants, and when the last of their passes that ran to its end began.
    pub passes: &'a [(String, Option<Tick>)],
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestDecision {
    /// Write down that the report is followed from now on, or by another schedule.
    Follow(ReportCursor),
    /// Nothing before this time.
    Wait {
        /// When to ask again.
        until: Tick,
    },
    /// Make a digest.
    Make(DigestWindow),
}

/// What a digest covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestWindow {
    /// The time that it was due at.
    pub scheduled: Tick,
    /// The clicks that it tells of.
    pub span: Span,
    /// Tenants of which no pass since then has ended.
    pub missing: Vec<String>,
}

/// Decides.
pub fn decide(report: &Report, status: &ReportStatus<'_>) -> DigestDecision {
    let line = report.schedule.to_string();
    let reported_until = match status.cursor {
        Some(cursor) if cursor.reported_until > status.now.plus(IMPLAUSIBLE_LEAD) => None,
        Some(cursor) if cursor.schedule == line => Some(cursor.reported_until),
        // Another schedule goes on from where the last one ended; what it would have told before
        // nobody waited for.
        Some(cursor) => {
            return DigestDecision::Follow(ReportCursor {
                schedule: line,
                since: status.now,
                reported_until: cursor.reported_until,
            });
        }
        None => None,
    };
    let (Some(reported_until), Some(cursor)) = (reported_until, status.cursor) else {
        // Nothing is told of the past; the first digest covers one whole period.
        let reported_until = report.schedule.last_until(status.now).unwrap_or(status.now);
        return DigestDecision::Follow(ReportCursor {
            schedule: line,
            since: status.now,
            reported_until,
        });
    };
    let told_until = reported_until.max(cursor.since);
    match latest(report, status, told_until) {
        LatestDue::Ready(scheduled) => {
            DigestDecision::Make(window(report, status, scheduled, reported_until))
        }
        LatestDue::Pending(scheduled) => {
            let settled = scheduled.plus(SETTLE_TIME);
            let look = status.now.plus(RECHECK_AFTER).min(deadline(scheduled, status));
            DigestDecision::Wait { until: settled.max(look) }
        }
        LatestDue::None => {
            let next = report.schedule.next_after(status.now.max(told_until));
            DigestDecision::Wait {
                until: next.map_or(status.now.plus(DAY), |next| next.plus(SETTLE_TIME)),
            }
        }
    }
}

enum LatestDue {
    /// To be told now.
    Ready(Tick),
    /// To be told once its passes have ended.
    Pending(Tick),
    /// Nothing is due.
    None,
}

/// The latest due time after `told` that can be told now: later ones may have to wait while earlier
/// ones need not, where a report is due every few minutes.
fn latest(report: &Report, status: &ReportStatus<'_>, told_until: Tick) -> LatestDue {
    let before = |due: &Tick| report.schedule.last_until(due.plus(-1));
    let due = std::iter::successors(report.schedule.last_until(status.now), before);
    let mut pending = LatestDue::None;
    for scheduled in due.take(MOST_PENDING).take_while(|due| *due > told_until) {
        // Those long before are told with it: after a time off there is one digest.
        if matches!(pending, LatestDue::Pending(next) if next.since(scheduled) >= LONGEST_WAIT) {
            break;
        }
        if status.now >= deadline(scheduled, status) || late(scheduled, status).next().is_none() {
            return LatestDue::Ready(scheduled);
        }
        pending = LatestDue::Pending(scheduled);
    }
    pending
}

/// When it goes out with what there is: after a start there is time for a pass, too.
fn deadline(scheduled: Tick, status: &ReportStatus<'_>) -> Tick {
    scheduled.max(status.running_since.min(status.now)).plus(LONGEST_WAIT)
}

/// The tenants of which no pass has ended that knows all clicks until `scheduled`. One that begins later
/// than now was written before the clock was set back: by this clock it tells nothing.
fn late<'a>(scheduled: Tick, status: &ReportStatus<'a>) -> impl Iterator<Item = &'a String> {
    let settled = scheduled.plus(SETTLE_TIME);
    let now = status.now;
    let late = move |began: &Option<Tick>| began.is_none_or(|began| began < settled || began > now);
    status.passes.iter().filter(move |(_, began)| late(began)).map(|(name, _)| name)
}

fn window(
    report: &Report,
    status: &ReportStatus<'_>,
    scheduled: Tick,
    reported_until: Tick,
) -> DigestWindow {
    let missing = late(scheduled, status).cloned().collect();
    DigestWindow { scheduled, span: span(report, scheduled, reported_until), missing }
}

pub(super) fn span(report: &Report, until: Tick, reported_until: Tick) -> Span {
    let from = match report.window {
        Some(window) => report.schedule.before(until, crate::clock::ticks_of(window)),
        None => reported_until.max(until.plus(-LONGEST_WINDOW)),
    };
    Span::new(from, until)
}
