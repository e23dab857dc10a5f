//! `[store]`: where the copy is kept, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use super::duration::{CENTURY, DAY};
use super::keys::SectionKeys;

/// The section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The database file.
    pub path: PathBuf,
    /// How long clicks are kept.
    pub retention: Duration,
}

impl Store {
    pub(super) fn of(keys: &mut SectionKeys<'_>) -> Option<Self> {
        let path = keys.text("path").map(|named| keys.written_place_of(&named));
        let retention = keys.duration("retention", DAY..=CENTURY);
        keys.refuse_unknown();
        Some(Self { path: path?, retention: retention? })
    }
}
