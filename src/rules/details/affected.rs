//! An alert's clicks counted, by user and by URL.

use crate::click::tally::Tally;
use crate::clock::Tick;
use crate::condition::Variable;
use crate::rules::event::ClickEvent;

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct AlertDetails {
    pub tally: Tally,
    pub first: Tick,
    pub last: Tick,
    /// Those who were let through first, then by name.
    pub people: Vec<AffectedUser>,
    /// The most clicked first.
    pub urls: Vec<AffectedUrl>,
    pub workloads: Vec<String>,
    pub threats: Vec<String>,
    /// What the rule's condition asks for, as far as the alert's own clicks say it; those of the whole
    /// store are 0.
    pub numbers: [i64; Variable::NUMBERS],
    /// The last click that was let through; else the last one.
    pub key: Option<ClickEvent>,
}

/// A person of an alert. The empty name is nobody that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rules) struct AffectedUser {
    pub name: String,
    pub tally: Tally,
    pub last: Tick,
    /// Clicks past a block, as `ReportId` says it exactly.
    pub past_block: u32,
    /// Clicks past a scan only.
    pub past_scan: u32,
    /// Clicks that were allowed although a threat was known.
    pub threats_allowed: u32,
}

/// A URL of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rules) struct AffectedUrl {
    pub url: String,
    pub tally: Tally,
    /// Whether a click on it names a threat.
    pub is_threat: bool,
}

impl AffectedUser {
    /// Whether something got through to the person.
    pub(in crate::rules) const fn was_let_through(&self) -> bool {
        self.tally.clicked_through > 0 || self.tally.allowed > 0
    }
}
