//! `[summary]`: what the summary shows unless told otherwise.

use std::time::Duration;

use super::duration::{CENTURY, SECOND};
use super::keys::SectionKeys;

/// The section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How far back it reaches.
    pub window: Duration,
}

impl Summary {
    pub(super) fn of(keys: &mut SectionKeys<'_>) -> Option<Self> {
        let window = keys.duration("window", SECOND..=CENTURY);
        keys.refuse_unknown();
        Some(Self { window: window? })
    }
}
