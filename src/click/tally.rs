//! The counts of one group of clicks, as the query in the README counts them.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use crate::click::Action;

/// How the clicks of a group ended. Rows, not people; one row may count in several columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// All rows.
    pub rows: u64,
    /// `countif(ActionType has_any ("ClickBlocked"))`.
    pub blocked: u64,
    /// `countif(ActionType has_any ("ClickAllowed"))`.
    pub allowed: u64,
    /// `countif(ActionType has_any ("UrlScanInProgress"))`.
    pub pending_verdict: u64,
    /// `countif(ActionType has_any ("UrlErrorPage"))`.
    pub error: u64,
    /// `countif(IsClickedThrough)`: true only, neither false nor null.
    pub clicked_through: u64,
    /// Rows blocked by the tenant's own list, which the query counts nowhere.
    pub blocked_by_tenant_policy: u64,
    /// Rows whose action is none of the named ones.
    pub other: u64,
}

/// How one click ended.
#[derive(Clone, Copy, Debug)]
pub struct ClickOutcome {
    /// What its action says.
    pub action: Action,
    /// Whether somebody went on past a warning, if the source says so.
    pub is_clicked_through: Option<bool>,
}

/// What the clicks on a URL came to, all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing bad is known.
    Clean,
    /// Something bad, all of which was blocked.
    Blocked,
    /// Somebody went on past a warning, or a known threat was not blocked.
    Risky,
}

impl Class {
    /// Its name in outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Blocked => "blocked",
            Self::Risky => "risky",
        }
    }

    /// Its number in the store.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The opposite of [`Class::number`].
    pub const fn of_number(number: i64) -> Self {
        match number {
            0 => Self::Clean,
            1 => Self::Blocked,
            _ => Self::Risky,
        }
    }
}

impl Tally {
    /// All counts, rows first, for those who add many tallies up.
    pub const fn into_counts(self) -> [u64; 8] {
        [
            self.rows,
            self.blocked,
            self.allowed,
            self.pending_verdict,
            self.error,
            self.clicked_through,
            self.blocked_by_tenant_policy,
            self.other,
        ]
    }

    /// The five counts of the query alone.
    #[must_use]
    pub fn five(self) -> Self {
        let Self { blocked, allowed, pending_verdict, error, clicked_through, .. } = self;
        Self { blocked, allowed, pending_verdict, error, clicked_through, ..Self::default() }
    }

    /// The opposite of [`Tally::into_counts`].
    pub const fn from_counts(counts: [u64; 8]) -> Self {
        let [rows, blocked, allowed, pending_verdict, error, through, policy, other] = counts;
        Self {
            rows,
            blocked,
            allowed,
            pending_verdict,
            error,
            clicked_through: through,
            blocked_by_tenant_policy: policy,
            other,
        }
    }

    /// Counts one more click.
    pub fn count(&mut self, click: ClickOutcome) {
        let ClickOutcome { action, is_clicked_through } = click;
        self.rows += 1;
        self.blocked += u64::from(action.blocked);
        self.allowed += u64::from(action.allowed);
        self.pending_verdict += u64::from(action.pending_verdict);
        self.error += u64::from(action.error);
        self.clicked_through += u64::from(is_clicked_through == Some(true));
        self.blocked_by_tenant_policy += u64::from(action.blocked_by_tenant_policy);
        self.other += u64::from(action.is_other());
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.rows += more.rows;
        self.blocked += more.blocked;
        self.allowed += more.allowed;
        self.pending_verdict += more.pending_verdict;
        self.error += more.error;
        self.clicked_through += more.clicked_through;
        self.blocked_by_tenant_policy += more.blocked_by_tenant_policy;
        self.other += more.other;
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(mut self, more: Self) -> Self {
        self += more;
        self
    }
}
