//! How far a tenant's collection has come, apart from its hours: what waits, and until when.

use serde::{Deserialize, Serialize};

use crate::clock::Tick;
use crate::fingerprint::Measures;

/// A horizon's turn to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Turn {
    /// When it is due.
    pub due: Tick,
    /// Whether this turn was already put off for a CPU refusal.
    pub put_off: bool,
}

/// The state of a tenant's collection. Kept in the store as JSON, so that it can be read by eye.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Every measure ever seen of the tenant's table.
    pub measures: Measures,
    /// Places in `measures` of those whose column the table has today.
    pub present: Vec<usize>,
    /// When the columns are learnt again.
    pub schema_due: Tick,
    /// When the next pass begins.
    pub next_pass: Tick,
    /// The turns of the 48 h, 7 d and 30 d horizons.
    pub short: Turn,
    /// See `short`.
    pub medium: Turn,
    /// See `short`.
    pub long: Turn,
    /// The source's clock minus ours, in ticks, as last observed.
    pub skew: i64,
    /// What the source said the time was when it last answered: whatever our clock says, it is later
    /// than that.
    pub heard: Option<Tick>,
    /// The most rows to ask for in one call, at most the configured `fetch_rows`; 0 = configured.
    pub fetch_rows: u64,
    /// The longest span that the source counts in one answer, in hours; 0 = any.
    pub count_hours: i64,
    /// Accepted answers since `fetch_rows` last changed.
    pub accepted: u32,
    /// Fetches ever made: every third takes the oldest due hour.
    pub fetches: u64,
    /// Set when the source refused a drill, recount or fetch for want of CPU: when the gate opens
    /// that call comes first, not a new count.
    pub fetch_first: bool,
    /// Until when counts are kept to a minimum after a CPU refusal.
    pub sparing_until: Tick,
    /// When the first pass began; clicks before it are history, not news.
    pub first_pass: Option<Tick>,
    /// When the last pass began and ended.
    pub pass_began: Option<Tick>,
    /// See `pass_began`: the end of the last pass that ran to its end.
    pub pass_ended: Option<Tick>,
    /// When the last pass that ran to its end began: it knows what the source showed since.
    pub whole_pass_began: Option<Tick>,
    /// Why the last pass stopped early, in words for `status`.
    pub trouble: Option<String>,
    /// After a refusal by Microsoft (credentials, permission): when the tenant is tried again.
    pub retry_at: Option<Tick>,
}
