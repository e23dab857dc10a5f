//! How far a window of the copy agrees with the source: hours settled, provisional, missing or
//! disputed, and the same in words.

use crate::clock::{Span, Tick};

/// A stretch of hours that is missing or disputed, and why, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The tenant's name.
    pub tenant: String,
    /// Whole hours, cut to the window.
    pub span: Span,
    /// Such as `before first collection`.
    pub why: String,
}

/// The coverage of a window, over all its tenants.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The oldest count among the window's counted hours.
    pub as_of: Option<Tick>,
    /// Hours in the window, times tenants.
    pub hours: u64,
    /// Equal to the source, counted at least 30 minutes after their end.
    pub settled: u64,
    /// Equal so far, but open or just closed.
    pub provisional: u64,
    /// Would not settle.
    pub disputed: u64,
    /// Hours neither settled, provisional nor disputed: neighbours with the same reason joined.
    pub gaps: Vec<Gap>,
}
