//! What is known of one hour: what the source last counted (*seen*), what accepted answers
//! account for (*held*), and what stands between the two.

use serde::{Deserialize, Serialize};

use crate::clock::{Hour, MINUTE, Span, Tick};
use crate::sync_state::fingerprint::Fingerprint;

/// How long after its end an hour must have been counted to be settled.
pub const SETTLE_AFTER: i64 = 30 * MINUTE;

/// A part of an hour with what was counted or fetched there. Lists of parts are sorted by time,
/// do not overlap, and leave out parts without rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourPart {
    /// The part.
    pub span: Span,
    /// What stands there; `None` where what was held is forgotten, which equals nothing.
    pub fingerprint: Option<Fingerprint>,
    /// When it was counted or fetched, in the source's time.
    pub at: Tick,
}

/// What the source last counted.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// The whole hour.
    pub total: Fingerprint,
    /// When, in the source's time.
    pub at: Tick,
    /// The same in parts, if it was counted so: their sum is `total`.
    pub parts: Option<Vec<HourPart>>,
}

/// Why an hour is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisputeReason {
    /// Answers differ from the source's own counts.
    Differs,
    /// The source gives no rows in time.
    Slow,
    /// The source cannot count the hour in time.
    Uncounted,
    /// More rows at one instant than an answer can hold.
    TooBig,
    /// The source suddenly counted less than half.
    Halved,
}

/// A window that would not settle, and when it is looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The reason.
    #[serde(alias = "why")]
    pub reason: DisputeReason,
    /// Since when.
    pub since: Tick,
    /// How often it was looked at since.
    pub tries: u32,
    /// When it is due again.
    pub next: Tick,
}

/// All that is known of one hour.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HourState {
    /// What the source last counted; `None` if never.
    pub seen: Option<Seen>,
    /// What accepted answers account for: parts without rows are left out, forgotten ones are not.
    pub held: Vec<HourPart>,
    /// The most rows that one call for this hour may ask for, after cut or refused answers.
    pub cap: Option<u64>,
    /// How often `cap` was halved because answers came late or differed.
    pub halvings: u8,
    /// Set when the hour would not settle.
    pub dispute: Option<Dispute>,
    /// Since when counts below half of `seen` were refused.
    pub doubted_since: Option<Tick>,
    /// Nothing is fetched before the hour is counted again.
    pub awaits_count: bool,
}

/// How an hour of the copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HourStatus {
    /// Equal to the source, counted at least 30 minutes after its end.
    Settled,
    /// Equal so far, but open or just closed.
    Provisional,
    /// Differs, or was never counted.
    Gap,
    /// Would not settle.
    Disputed(DisputeReason),
}

impl HourState {
    /// What is held of the whole hour; `None` if a part is forgotten.
    pub fn held_total(&self) -> Option<Fingerprint> {
        let mut total = Fingerprint::default();
        for part in &self.held {
            total.add(part.fingerprint.as_ref()?);
        }
        Some(total)
    }

    /// Whether what is held equals what was last counted.
    pub fn agrees(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| {
            self.held_total().is_some_and(|held| held.matches_count(&seen.total))
        })
    }

    /// How the copy of `hour` stands. What the source last said decides, however long ago.
    pub fn status(&self, hour: Hour) -> HourStatus {
        if self.doubted_since.is_some() {
            return HourStatus::Disputed(DisputeReason::Halved);
        }
        let Some(seen) = self.seen.as_ref().filter(|_| self.agrees()) else {
            return self
                .dispute
                .as_ref()
                .map_or(HourStatus::Gap, |d| HourStatus::Disputed(d.reason));
        };
        if seen.at < hour.end().plus(SETTLE_AFTER) {
            HourStatus::Provisional
        } else {
            HourStatus::Settled
        }
    }
}

/// What an answer to a fetch decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It equals the source's count: rows that it lacks are withdrawn, equal rows are as many as it shows.
    Accept,
    /// It does not: new rows are kept, nothing is withdrawn, no second equal row is added.
    Keep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_version_wrote_reads() {
        let text = r#"{"seen":null,"held":[{"span":{"from":0,"until":10},"fingerprint":null,"at":3}],
            "cap":null,"halvings":1,"dispute":{"why":"Slow","since":1,"tries":2,"next":4},
            "doubted_since":null,"awaits_count":false}"#;
        let state: HourState = serde_json::from_str(text).unwrap();
        let span = Span::new(Tick(0), Tick(10));
        assert_eq!(state.held, [HourPart { span, fingerprint: None, at: Tick(3) }]);
        assert_eq!(state.dispute.unwrap().reason, DisputeReason::Slow);
    }
}
