//! When a digest is due, what it covers, and what it has to do without: pure.

use crate::clock::{DAY, MINUTE, Span, Tick};
use crate::config::Report;
use crate::store::ReportCursor;

/// How long after the scheduled time a pass must have begun that knows all clicks until then:
/// Defender shows a click some minutes late.
const SETTLE: i64 = 10 * MINUTE;
/// How long after the scheduled time it goes out with what there is.
const PATIENCE: i64 = 20 * MINUTE;
/// The longest time that a digest looks back over.
const LONGEST: i64 = 31 * DAY;
/// How often is looked whether the passes have ended.
const LOOK: i64 = MINUTE / 4;
/// A record so far ahead of the clock was made when the clock was wrong.
const ABSURD: i64 = DAY;
/// The most times that may wait for their passes together: one a minute, and a few to spare.
const WAITING: usize = 32;

/// What is known when the question is asked.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The time, by the source's clock where that is known.
    pub now: Tick,
    /// Since when the program runs by this clock: before it nobody could collect anything.
    pub running_since: Tick,
    /// How far the report has told; `None` for one that was never followed.
    pub followed: Option<&'a ReportCursor>,
    /// Its tenants, and when the last of their passes that ran to its end began.
    pub passes: &'a [(String, Option<Tick>)],
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Write down that the report is followed from now on, or by another schedule.
    Follow(ReportCursor),
    /// Nothing before this time.
    Wait {
        /// When to ask again.
        until: Tick,
    },
    /// Make a digest.
    Make(Window),
}

/// What a digest covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The time that it was due at.
    pub scheduled: Tick,
    /// The clicks that it tells of.
    pub span: Span,
    /// Tenants of which no pass since then has ended.
    pub missing: Vec<String>,
}

/// Decides.
pub fn decide(report: &Report, known: &Known<'_>) -> Due {
    let line = report.schedule.to_string();
    let reported_until = match known.followed {
        Some(followed) if followed.reported_until > known.now.plus(ABSURD) => None,
        Some(followed) if followed.schedule == line => Some(followed.reported_until),
        // Another schedule goes on from where the last one ended; what it would have told before
        // nobody waited for.
        Some(followed) => {
            return Due::Follow(ReportCursor {
                schedule: line,
                since: known.now,
                reported_until: followed.reported_until,
            });
        }
        None => None,
    };
    let (Some(reported_until), Some(followed)) = (reported_until, known.followed) else {
        // Nothing is told of the past; the first digest covers one whole period.
        let reported_until = report.schedule.last_until(known.now).unwrap_or(known.now);
        return Due::Follow(ReportCursor { schedule: line, since: known.now, reported_until });
    };
    let told = reported_until.max(followed.since);
    match latest(report, known, told) {
        Latest::Ready(scheduled) => Due::Make(window(report, known, scheduled, reported_until)),
        Latest::Pending(scheduled) => {
            let settled = scheduled.plus(SETTLE);
            let look = known.now.plus(LOOK).min(deadline(scheduled, known));
            Due::Wait { until: settled.max(look) }
        }
        Latest::None => {
            let next = report.schedule.next_after(known.now.max(told));
            Due::Wait { until: next.map_or(known.now.plus(DAY), |next| next.plus(SETTLE)) }
        }
    }
}

/// The window of a digest made by hand: since the last one, or as far back as the report says.
pub fn by_hand(report: &Report, followed: Option<&ReportCursor>, now: Tick) -> Window {
    let told = followed.map(|followed| followed.reported_until).filter(|told| *told < now);
    let told = told.or_else(|| report.schedule.last_until(now.plus(-1))).unwrap_or(now);
    Window { scheduled: now, span: span(report, now, told), missing: Vec::new() }
}

enum Latest {
    /// To be told now.
    Ready(Tick),
    /// To be told once its passes have ended.
    Pending(Tick),
    /// Nothing is due.
    None,
}

/// The latest due time after `told` that can be told now: later ones may have to wait while earlier
/// ones need not, where a report is due every few minutes.
fn latest(report: &Report, known: &Known<'_>, told: Tick) -> Latest {
    let before = |due: &Tick| report.schedule.last_until(due.plus(-1));
    let due = std::iter::successors(report.schedule.last_until(known.now), before);
    let mut pending = Latest::None;
    for scheduled in due.take(WAITING).take_while(|due| *due > told) {
        // Those long before are told with it: after a time off there is one digest.
        if matches!(pending, Latest::Pending(next) if next.since(scheduled) >= PATIENCE) {
            break;
        }
        if known.now >= deadline(scheduled, known) || late(scheduled, known).next().is_none() {
            return Latest::Ready(scheduled);
        }
        pending = Latest::Pending(scheduled);
    }
    pending
}

/// When it goes out with what there is: after a start there is time for a pass, too.
fn deadline(scheduled: Tick, known: &Known<'_>) -> Tick {
    scheduled.max(known.running_since.min(known.now)).plus(PATIENCE)
}

/// The tenants of which no pass has ended that knows all clicks until `scheduled`.
fn late<'a>(scheduled: Tick, known: &Known<'a>) -> impl Iterator<Item = &'a String> {
    let settled = scheduled.plus(SETTLE);
    let late = move |began: &Option<Tick>| began.is_none_or(|began| began < settled);
    known.passes.iter().filter(move |(_, began)| late(began)).map(|(name, _)| name)
}

fn window(report: &Report, known: &Known<'_>, scheduled: Tick, reported_until: Tick) -> Window {
    let missing = late(scheduled, known).cloned().collect();
    Window { scheduled, span: span(report, scheduled, reported_until), missing }
}

fn span(report: &Report, until: Tick, reported_until: Tick) -> Span {
    let from = match report.window {
        Some(window) => report.schedule.before(until, crate::clock::ticks_of(window)),
        None => reported_until.max(until.plus(-LONGEST)),
    };
    Span::new(from, until)
}
