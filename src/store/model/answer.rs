//! An answer of the source: to be merged, what it did, and what is kept of it.

use crate::clock::{Span, Tick};
use crate::sync_state::hour::Acceptance;

use super::prepare::PreparedClicks;
use super::tenant::TenantKey;

/// What an answer did to the rows of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Applied {
    /// Rows never held before, but for replacements.
    pub new: u64,
    /// Rows whose details changed.
    pub changed: u64,
    /// Rows that were held like that already.
    pub same: u64,
    /// Rows that the source no longer shows, but for those that were replaced.
    pub withdrawn: u64,
    /// New rows in the place of a withdrawn one with the same report id, time and URL.
    pub replaced: u64,
    /// Withdrawn rows that were seen again.
    pub returned: u64,
}

impl Applied {
    /// Rows that are not as they were.
    pub(crate) const fn touched(&self) -> u64 {
        self.new + self.changed + self.withdrawn + self.replaced + self.returned
    }
}

/// An answer, and the window it is for.
#[derive(Clone, Copy, Debug)]
pub struct FetchedAnswer<'a> {
    /// Its clicks.
    pub batch: &'a PreparedClicks,
    /// What was asked for. Clicks outside are left out.
    pub window: Span,
    /// What becomes of what is held.
    pub acceptance: Acceptance,
}

/// An answer, and what it is merged with.
#[derive(Clone, Copy)]
pub(crate) struct AnswerToMerge<'a> {
    pub(crate) tenant: TenantKey,
    pub(crate) batch: &'a PreparedClicks,
    pub(crate) window: Span,
    pub(crate) acceptance: Acceptance,
    /// When the tenant's first pass began, if this very transaction writes it down.
    pub(crate) first_pass: Option<Tick>,
    pub(crate) now: Tick,
}

/// An answer that changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// When it was written: later than that of every transaction before, whatever the clock says.
    pub stamp: Tick,
    /// What it was an answer for.
    pub window: Span,
    /// When it was written, by the clock: to the second the `first_stored` of its new rows, and
    /// exactly the time of its changes.
    pub at: Tick,
    /// Whether it was accepted.
    pub acceptance: Acceptance,
    /// Which rows of the window it may have touched.
    pub reach: AnswerReach,
    /// The ids of the requests, as Microsoft gave them. Empty for rows stored before ids were kept.
    pub requests: Vec<String>,
}

/// Which rows of its window an answer may have touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerReach {
    /// Those whose `first_stored` or whose changes bear its time.
    Marked,
    /// Any.
    Whole,
}
