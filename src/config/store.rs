//! `[store]`: where the copy is kept, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use super::keys::Keys;

pub(super) const DEFAULTS: &[(&str, &str)] =
    &[("store.path", "/var/lib/clickwarden/clickwarden.db"), ("store.retention", "400d")];

/// The section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The database file.
    pub path: PathBuf,
    /// How long clicks are kept.
    pub retention: Duration,
}

impl Store {
    pub(super) fn of(keys: &mut Keys<'_>) -> Option<Self> {
        let path = keys.path_of("path");
        let retention = keys.duration("retention", super::DAY..=super::CENTURY);
        keys.refuse_unknown();
        Some(Self { path: path?, retention: retention? })
    }
}
