//! How large a store is.

use crate::clock::{DAY, Tick};

/// How large the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StoreSize {
    /// Bytes of the database file.
    pub bytes: u64,
    /// Bytes of its write-ahead log.
    pub wal_bytes: u64,
    /// Live clicks.
    pub clicks: u64,
    /// The time of the oldest click, withdrawn ones included.
    pub oldest: Option<Tick>,
    /// The time of the newest click, withdrawn ones included.
    pub newest: Option<Tick>,
}

impl StoreSize {
    /// About how many bytes a day of clicks takes; `None` of a store with less than a day.
    pub fn bytes_a_day(&self) -> Option<u64> {
        let ticks = self.newest?.since(self.oldest?);
        (ticks >= DAY).then(|| (self.bytes as f64 * DAY as f64 / ticks as f64) as u64)
    }
}

/// The largest ids in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LastIds {
    /// Of a URL.
    pub url: u32,
    /// Of a user.
    pub person: u32,
}
