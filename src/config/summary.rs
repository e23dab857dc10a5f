//! `[summary]`: what the summary shows unless told otherwise.

use std::time::Duration;

use super::keys::Keys;

pub(super) const DEFAULTS: &[(&str, &str)] = &[("summary.window", "7d")];

/// The section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How far back it reaches.
    pub window: Duration,
}

impl Summary {
    pub(super) fn of(keys: &mut Keys<'_>) -> Option<Self> {
        let window = keys.duration("window", super::SECOND..=super::CENTURY);
        keys.refuse_unknown();
        Some(Self { window: window? })
    }
}
