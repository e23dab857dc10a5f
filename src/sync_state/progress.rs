//! How far a tenant's collection has come, apart from its hours: what waits, and until when.

use serde::{Deserialize, Serialize};

use crate::clock::Tick;
use crate::sync_state::fingerprint::Measures;

/// When a horizon is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CountSchedule {
    /// When it is due.
    pub due: Tick,
    /// Whether it was already deferred for a CPU refusal.
    #[serde(alias = "put_off")]
    pub deferred: bool,
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
    /// When the 48 h, 7 d and 30 d horizons are counted.
    pub short: CountSchedule,
    /// See `short`.
    pub medium: CountSchedule,
    /// See `short`.
    pub long: CountSchedule,
    /// The source's clock minus ours, in ticks, as last observed.
    pub skew: i64,
    /// What the source said the time was when it last answered: whatever our clock says, it is later
    /// than that.
    #[serde(alias = "heard")]
    pub last_source_time: Option<Tick>,
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
    #[serde(alias = "sparing_until")]
    pub cpu_backoff_until: Tick,
    /// When the first pass began; clicks before it are history, not news.
    pub first_pass: Option<Tick>,
    /// When the last pass began and ended.
    pub pass_began: Option<Tick>,
    /// See `pass_began`: the end of the last pass that ran to its end.
    pub pass_ended: Option<Tick>,
    /// When the last pass that ran to its end began: it knows what the source showed since.
    pub whole_pass_began: Option<Tick>,
    /// Why the last pass stopped early, in words for `status`.
    #[serde(alias = "trouble")]
    pub last_error: Option<String>,
    /// After a refusal by Microsoft (credentials, permission): when the tenant is tried again.
    pub retry_at: Option<Tick>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_version_wrote_reads() {
        let text = r#"{"measures":[],"present":[],"schema_due":7,"next_pass":8,
            "short":{"due":1,"put_off":true},"medium":{"due":2,"put_off":false},
            "long":{"due":3,"put_off":false},"skew":-4,"heard":5,"fetch_rows":0,"count_hours":0,
            "accepted":1,"fetches":2,"fetch_first":false,"sparing_until":6,"first_pass":1,
            "pass_began":1,"pass_ended":2,"whole_pass_began":1,"trouble":"no answer",
            "retry_at":null}"#;
        let progress: Progress = serde_json::from_str(text).unwrap();
        assert_eq!(progress.short, CountSchedule { due: Tick(1), deferred: true });
        assert_eq!(progress.last_source_time, Some(Tick(5)));
        assert_eq!(progress.cpu_backoff_until, Tick(6));
        assert_eq!(progress.last_error.as_deref(), Some("no answer"));
    }
}
