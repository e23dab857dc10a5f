//! What bounds collection: settings, and numbers of our own.

use crate::clock::{DAY, HOUR, Hour, MINUTE, Span, Tick, ticks_of};

/// How long Defender keeps a row ("Advanced hunting": 30 days).
pub const SOURCE_RETENTION: i64 = 30 * DAY;
/// The short horizon, counted every pass.
pub const SHORT_HORIZON: i64 = 48 * HOUR;
/// The medium horizon, counted hourly.
pub const MEDIUM_HORIZON: i64 = 7 * DAY;
/// How long a refused tenant is left alone.
pub const RETRY_REFUSED: i64 = 15 * MINUTE;
/// Calls that a pass may spend on windows that will not settle.
pub const DISPUTE_CALLS: u32 = 20;
/// When what came too late is first looked at again.
pub(super) const FIRST_RETRY: i64 = 5 * MINUTE;
/// Failures in a row, each of which a retry could mend, that end a pass.
pub(super) const MAX_FAILURES: u32 = 3;
/// How often a window is halved because it came late or differed, before it is disputed.
pub const MAX_HALVINGS: u8 = 4;
/// The most hours that one drill looks at.
pub(super) const DRILL_HOURS: i64 = 72;

/// What bounds collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectLimits {
    /// From the beginning of one pass to the next, in ticks.
    pub interval: i64,
    /// How far back to collect, in ticks; at most [`SOURCE_RETENTION`].
    pub lookback: i64,
    /// The most rows to ask for in one call.
    pub fetch_rows: u64,
    /// The most calls a minute.
    pub calls_per_minute: u32,
}

impl From<&crate::config::Collect> for CollectLimits {
    fn from(collect: &crate::config::Collect) -> Self {
        Self {
            interval: ticks_of(collect.interval),
            lookback: ticks_of(collect.lookback),
            fetch_rows: collect.fetch_rows.into(),
            calls_per_minute: collect.calls_per_minute,
        }
    }
}

/// The first hour that the source keeps for another 30 minutes and that `lookback` reaches.
pub fn horizon_start(now: Tick, lookback: i64) -> Hour {
    let (kept, wanted) = (now.plus(30 * MINUTE - SOURCE_RETENTION), now.plus(-lookback));
    kept.max(wanted).plus(HOUR - 1).hour()
}

/// The whole hours that collection keeps in step, but for the open one: `lookback` in ticks.
pub fn horizon(now: Tick, lookback: i64) -> Span {
    Span::new(horizon_start(now, lookback).start(), now.hour().start())
}
