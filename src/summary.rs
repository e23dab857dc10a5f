//! A window of clicks → one row per tenant and URL: a fold over segments, exact at any tick.

use serde::Serialize;

use crate::clock::Tick;
use crate::tally::Tally;

/// How the clicks on one URL ended, in one tenant. The first columns are the query's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The URL as the source shows it, byte for byte; may be empty.
    pub url: String,
    /// The counts.
    pub tally: Tally,
    /// Distinct users, compared without case; the empty one is nobody.
    pub clickers: u64,
    /// The first click in the window.
    pub first_click: Tick,
    /// The last click in the window.
    pub last_click: Tick,
    /// Split at commas, trimmed, sorted, without repeats.
    pub threat_types: Vec<String>,
    /// Sorted, without repeats.
    pub workloads: Vec<String>,
    /// The tenant's name.
    pub tenant: String,
}

/// A column that rows can be ordered by, largest (or latest) first; `Url` smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the column of that name")]
pub enum Sort {
    ClickedThrough,
    Blocked,
    Allowed,
    PendingVerdict,
    Error,
    BlockedByTenantPolicy,
    Other,
    Clickers,
    FirstClick,
    LastClick,
    Url,
}
