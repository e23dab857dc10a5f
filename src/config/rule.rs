//! `[[rule]]`: what is looked for among the clicks, and who is told.

mod parts;
mod read;
mod references;
mod shipped;

use std::time::Duration;

use super::location::SectionLocation;
use crate::condition::{Condition, GroupBy};
use crate::message::severity::Severity;

pub(super) use read::all;
pub(super) use references::RuleReferences;

/// A rule, shipped or one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name; no two rules have the same.
    pub name: String,
    /// What makes two clicks belong to one group.
    pub by: By,
    /// How far back a group's clicks are looked at.
    pub over: Duration,
    /// What must hold of a group.
    pub when: Condition,
    /// Where this holds, too, the alert is no worse than medium.
    pub medium_when: Option<Condition>,
    /// How bad it is.
    pub severity: Severity,
    /// After how long an alert that goes on is told again.
    pub repeat: Duration,
    /// The names of the sinks that are told, each only once. Each may hear of some of the tenants.
    pub sinks: Vec<String>,
    /// The names of the tenants that it is for; at least one.
    pub tenants: Vec<String>,
    /// What to do: an https address, or a line of text.
    pub runbook: Option<String>,
    /// Whether it is on.
    pub switch: Switch,
    /// Where it comes from.
    pub origin: Origin,
    /// Where its section stands, if it has one.
    pub location: SectionLocation,
}

/// What makes two clicks belong to one group: at least one part, in the order url, host, user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct By(Vec<GroupBy>);

/// Whether a rule is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is shipped, and as it is shipped.
    Shipped,
    /// It is shipped, and the configuration says something else of it.
    Changed,
    /// The configuration alone.
    Own,
}

impl By {
    /// These parts, each once; `None` if there is none.
    pub fn new(parts: &[GroupBy]) -> Option<Self> {
        let parts: Vec<GroupBy> =
            GroupBy::ALL.into_iter().filter(|part| parts.contains(part)).collect();
        (!parts.is_empty()).then_some(Self(parts))
    }

    /// The parts, in the order url, host, user.
    pub fn parts(&self) -> &[GroupBy] {
        &self.0
    }

    /// Whether `part` is one of them.
    pub fn has(&self, part: GroupBy) -> bool {
        self.0.contains(&part)
    }
}

impl Origin {
    /// Its name in outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Changed => "changed",
            Self::Own => "own",
        }
    }
}
