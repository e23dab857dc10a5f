//! Points in time: 100-ns ticks as KQL counts them, and the hours that they lie in.

use serde::{Deserialize, Serialize};

/// Ticks in a second: KQL's datetime has a resolution of 100 ns.
pub const SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Ticks in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Ticks in a day.
pub const DAY: i64 = 24 * HOUR;

/// A point in time: 100-ns ticks since 1970-01-01T00:00:00Z.
///
/// Shown as RFC 3339 in UTC with only the fractional digits that are needed, which is also the
/// text of a KQL `datetime(...)` literal.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Tick(pub i64);

impl Tick {
    /// The whole hour this point lies in.
    pub const fn hour(self) -> Hour {
        Hour(self.0.div_euclid(HOUR))
    }

    /// The latest multiple of `step` ticks at or before this point: what KQL's `bin` does.
    pub const fn floor(self, step: i64) -> Self {
        Self(self.0 - self.0.rem_euclid(step))
    }

    /// This point moved by `ticks`, which may be negative.
    pub const fn plus(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// Ticks from `earlier` to this point; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The point `seconds` after the Unix epoch.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Whole seconds since the Unix epoch.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }
}

/// A whole hour: hours since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Hour(pub i64);

impl Hour {
    /// The first tick of the hour.
    pub const fn start(self) -> Tick {
        Tick(self.0.saturating_mul(HOUR))
    }

    /// The first tick after the hour.
    pub const fn end(self) -> Tick {
        Tick(self.0.saturating_add(1).saturating_mul(HOUR))
    }
}
