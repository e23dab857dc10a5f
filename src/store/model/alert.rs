//! An alert: what a rule found, and what becomes of it.

use crate::clock::{Span, Tick};
use crate::message::severity::Severity;

use super::error::StoreError;
use super::tenant::TenantKey;

/// What a group of clicks is by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    /// The URL, byte for byte.
    pub url: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The user, in lower case.
    pub user: Option<String>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// Whose clicks.
    pub tenant: TenantKey,
    /// The rule's name.
    pub rule: String,
    /// The group.
    pub group: GroupName,
    /// How bad it is.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// When its clicks were found.
    pub arrival: Arrival,
    /// When it was opened, by our clock.
    pub opened: Tick,
    /// The window of clicks that the rule held in last.
    pub window: Span,
    /// Whether it is open.
    pub state: AlertState,
    /// Who has it in hand; empty: nobody.
    pub owner: String,
    /// Of a closed one.
    pub ticket: String,
    /// Of a closed one.
    pub note: String,
    /// The closed alert of the same group before it.
    pub previous: Option<i64>,
}

impl Alert {
    /// With which others its messages take turns: those of its rule; what was found late goes together.
    pub fn notification_group(&self) -> &str {
        match self.arrival {
            Arrival::InTime => &self.rule,
            Arrival::Late => "",
        }
    }
}

/// How sure an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confidence {
    /// As sure as its rule.
    #[default]
    Normal,
    /// It may well be a false alarm.
    PossibleFalsePositive,
}

/// When the clicks of an alert were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// As usual.
    #[default]
    InTime,
    /// A day after they were made, or later.
    Late,
}

/// Whether an alert is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Somebody must look at it.
    Open,
    /// Nobody need look at it any more.
    Closed {
        /// Since when, by our clock.
        at: Tick,
        /// What it was.
        verdict: Verdict,
    },
}

/// An alert to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// The rule's name.
    pub rule: String,
    /// The group.
    pub group: GroupName,
    /// How bad it is.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// When its clicks were found.
    pub arrival: Arrival,
    /// The window that the rule held in.
    pub window: Span,
    /// The latest alert of the same group, which is closed.
    pub previous: Option<i64>,
    /// The sinks that must hear of it.
    pub sinks: Vec<String>,
}

/// What news does to an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertChange {
    /// It opens.
    Opens(Box<NewAlert>),
    /// The rule held again, at new clicks: whoever was told of it is to be told again in time.
    GoesOn {
        /// The alert's number.
        id: i64,
        /// The window that the rule held in.
        window: Span,
    },
}

/// What an alert was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What the rule looks for.
    TruePositive,
    /// A false alarm: the rule was wrong.
    FalsePositive,
    /// The rule was right, and no harm was done or meant.
    Benign,
    /// Nobody said, and nothing came for a month.
    Expired,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::TruePositive, Self::FalsePositive, Self::Benign, Self::Expired];

    /// Its short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TruePositive => "tp",
            Self::FalsePositive => "fp",
            Self::Benign => "benign",
            Self::Expired => "expired",
        }
    }
}

/// What somebody says of an alert when closing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// What it was.
    pub verdict: Verdict,
    /// Where else it is kept; may be empty.
    pub ticket: String,
    /// Anything to remember; may be empty.
    pub note: String,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AlertRefused {
    /// There is no alert of this number.
    #[error("there is no alert {0}")]
    Unknown(i64),
    /// It is closed.
    #[error("alert {0} is closed already")]
    Closed(i64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GroupName {
    /// A hash, the same for the same group.
    pub(crate) fn hash(&self) -> [u8; 16] {
        let mut hash = blake3::Hasher::new();
        for part in [&self.url, &self.host, &self.user] {
            let text = part.as_deref().unwrap_or_default();
            hash.update(&[u8::from(part.is_some())]);
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        let mut bytes = [0; 16];
        hash.finalize_xof().fill(&mut bytes);
        bytes
    }
}
