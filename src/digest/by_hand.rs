//! What a digest covers that somebody asks for now.

use crate::clock::{DAY, Span, Tick, ticks_of};
use crate::config::Report;
use crate::store::{NamedTenant, ReportCursor, Snapshot, StoreError};
use crate::sync_state::progress::Progress;

use super::due::{DigestWindow, span};

/// The least time that the first digest of a report covers: an empty hour says nothing.
const LEAST_FIRST_WINDOW: i64 = DAY;

/// How far back somebody wants it to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookBack {
    /// As the report says: since the last one, or over its own window.
    AsConfigured,
    /// So long.
    Over(std::time::Duration),
}

/// What is known of a report's digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestHistory {
    /// It made some, up to this time.
    Until(Tick),
    /// It made none, but is followed.
    Followed(ReportCursor),
    /// It was never followed. When the first pass over its tenants began, if there was one.
    Unknown(Option<Tick>),
}

impl DigestHistory {
    /// What the store knows.
    pub fn of(snapshot: &Snapshot<'_>, report: &Report) -> Result<Self, StoreError> {
        match snapshot.report_cursor(&report.name)? {
            Some(cursor) if snapshot.digests(&report.name, Tick(0))?.is_empty() => {
                Ok(Self::Followed(cursor))
            }
            Some(cursor) => Ok(Self::Until(cursor.reported_until)),
            None => Ok(Self::Unknown(first_pass(snapshot, report)?)),
        }
    }
}

fn first_pass(snapshot: &Snapshot<'_>, report: &Report) -> Result<Option<Tick>, StoreError> {
    let mut first = None;
    let tenants = snapshot.find_tenants(report.tenants.iter().map(String::as_str))?;
    for key in NamedTenant::keys(&tenants) {
        let Progress { first_pass, .. } = snapshot.progress(key)?;
        first = [first, first_pass].into_iter().flatten().min();
    }
    Ok(first)
}

/// The window of a digest made by hand. The first one covers a whole period, and all since the first
/// pass; later ones what came since the last one on schedule.
pub fn by_hand(
    report: &Report,
    history: &DigestHistory,
    look_back: LookBack,
    now: Tick,
) -> DigestWindow {
    let window = |span| DigestWindow { scheduled: now, span, missing: Vec::new() };
    if let LookBack::Over(length) = look_back {
        return window(Span::new(report.schedule.before(now, ticks_of(length)), now));
    }
    let since = match history {
        DigestHistory::Until(until) if *until < now => *until,
        DigestHistory::Until(_) => report.schedule.last_until(now.plus(-1)).unwrap_or(now),
        DigestHistory::Followed(cursor) => first(report, now).min(cursor.reported_until),
        DigestHistory::Unknown(first_pass) => first(report, now).min(first_pass.unwrap_or(now)),
    };
    window(span(report, now, since))
}

/// Since when a first digest looks back: the beginning of the last period that is over.
fn first(report: &Report, now: Tick) -> Tick {
    let last = |at: Tick| report.schedule.last_until(at.plus(-1));
    let whole = last(now).and_then(last).unwrap_or(now);
    whole.min(now.plus(-LEAST_FIRST_WINDOW))
}
