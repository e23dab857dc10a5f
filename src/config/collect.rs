//! `[collect]`: how often, how far back, and how much of the tenant's quota.

use std::time::Duration;

use super::duration::{DAY, HOUR, SECOND};
use super::keys::SectionKeys;

const CALLS_PER_MINUTE: u32 = 10;
const FETCH_ROWS: u32 = 10_000;
/// What the source grants a tenant at least ("Advanced hunting quotas").
const GRANTED_CALLS: u32 = 45;
/// An answer of 100,000 rows is one that was cut, so no fetch may be meant to have them.
const MOST_ROWS: u32 = 99_999;

/// The section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// From the beginning of one pass to the beginning of the next.
    pub interval: Duration,
    /// How far back the copy is kept in step; the source keeps 30 days.
    pub lookback: Duration,
    /// The most calls in a minute for each tenant, whose analysts share the quota.
    pub calls_per_minute: u32,
    /// The most rows to ask for in one call.
    pub fetch_rows: u32,
}

/// Whose quota the calls take from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// A tenant's, shared with its analysts.
    Shared,
    /// Nobody's: every address is this machine.
    Free,
}

impl Collect {
    pub(super) fn of(keys: &mut SectionKeys<'_>, pace: Pace) -> Option<Self> {
        let interval = keys.duration("interval", SECOND..=DAY);
        let lookback = keys.duration("lookback", HOUR..=DAY * 30);
        let (most, beyond) = match pace {
            Pace::Shared => (GRANTED_CALLS, "; more only where every graph_url is loopback"),
            Pace::Free => (u32::MAX, ""),
        };
        let calls = keys.number("calls_per_minute", 1..=most, beyond, CALLS_PER_MINUTE);
        let rows = keys.number("fetch_rows", 1..=MOST_ROWS, "", FETCH_ROWS);
        keys.refuse_unknown();
        Some(Self {
            interval: interval?,
            lookback: lookback?,
            calls_per_minute: calls?,
            fetch_rows: rows?,
        })
    }
}
