//! A click with what the store knows of it, and which clicks to read.

use crate::click::Click;
use crate::click::selection::Selection;
use crate::clock::{Span, Tick};

use super::identity::ClickKey;
use super::tenant::TenantKey;

/// Whether a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// The source shows it.
    Live,
    /// An accepted answer no longer showed it: kept as evidence.
    Withdrawn,
}

impl RowState {
    /// The name, as in `clicks --format json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Which clicks to read.
#[derive(Clone, Debug)]
pub struct ClickFilter {
    /// Of these tenants.
    pub tenants: Vec<TenantKey>,
    /// In this window.
    pub span: Span,
    /// That are meant by this.
    pub selection: Selection,
    /// Whether withdrawn rows are shown.
    pub withdrawn: Withdrawn,
}

/// Whether withdrawn rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Withdrawn {
    /// Live rows only.
    #[default]
    Hide,
    /// Live and withdrawn rows.
    Show,
}

/// A click with what the store knows of it.
#[derive(Clone, Copy, Debug)]
pub struct StoredClick<'a> {
    /// Whose.
    pub tenant: TenantKey,
    /// The row as the source last showed it.
    pub click: Click<'a>,
    /// Which of the rows of its time.
    pub key: ClickKey,
    /// When it, or the row that it replaced, was first stored; to the second.
    pub first_stored: Tick,
    /// Whether it counts.
    pub state: RowState,
}

/// What segments do not carry of a live row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRow {
    /// Which of the rows of its time.
    pub key: ClickKey,
    /// When it, or the row that it replaced, was first stored; to the second.
    pub first_stored: Tick,
    /// `ReportId`.
    pub report: String,
    /// `NetworkMessageId`.
    pub message: String,
}
