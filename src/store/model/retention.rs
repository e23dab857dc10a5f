//! What retention keeps, and what it removed.

use crate::clock::{Hour, Tick};

/// From when on what is kept. Hours are removed whole, so what is older may stay a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptFrom {
    /// Clicks with their history.
    pub clicks: Tick,
    /// What is known of hours: never later than what collection may still ask the source for, or it
    /// would fetch again what was removed.
    pub hours: Tick,
}

/// What one transaction removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Retained {
    /// The hour that it was about; `None` if nothing was old enough.
    pub hour: Option<Hour>,
    /// Clicks, live and withdrawn.
    pub clicks: u64,
    /// What had changed in them.
    pub changes: u64,
}
