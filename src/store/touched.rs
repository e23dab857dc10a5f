//! What rules must look at: the rows that a transaction added, changed, withdrew or brought back.
//!
//! One database row per transaction, its clicks packed: a row for each click would cost a fifth of
//! the writing speed. While nothing consumes them the backlog is bounded in two ways: a new click
//! is noted only if it is at most a day old (a backfill is history, not news), and what was noted
//! more than a day ago is dropped.

use rusqlite::{Connection, params};

use crate::clock::{DAY, Tick};

use super::TenantKey;
use super::error::StoreError;
use super::identity::ClickKey;

/// Bytes of one packed entry: cause, time, hash, ordinal.
const ENTRY: usize = 1 + 8 + 16 + 4;

/// Why a row is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Stored for the first time.
    New,
    /// A detail changed.
    Changed,
    /// New, in place of a withdrawn row with the same report id, time and URL.
    Replaced,
    /// The source no longer shows it.
    Withdrawn,
    /// Seen again after it was withdrawn.
    Returned,
}

impl Cause {
    const ALL: [Self; 5] =
        [Self::New, Self::Changed, Self::Replaced, Self::Withdrawn, Self::Returned];
}

/// A row to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Why.
    pub cause: Cause,
    /// When the user clicked.
    pub timestamp: Tick,
    /// Which of the rows of that time.
    pub key: ClickKey,
}

/// The touched rows of one transaction.
#[derive(Debug)]
pub(super) struct Touched {
    now: Tick,
    entries: Vec<u8>,
}

impl Touched {
    pub(super) const fn new(now: Tick) -> Self {
        Self { now, entries: Vec::new() }
    }

    pub(super) fn add(&mut self, cause: Cause, ts: i64, key: ClickKey) {
        if cause == Cause::New && ts < self.now.0 - DAY {
            return;
        }
        self.entries.push(cause as u8);
        self.entries.extend_from_slice(&ts.to_le_bytes());
        self.entries.extend_from_slice(&key.hash.to_le_bytes());
        self.entries.extend_from_slice(&key.ordinal.to_le_bytes());
    }

    /// Writes the entries, if any, and drops what is older than a day.
    pub(super) fn finish(self, conn: &Connection, tenant: TenantKey) -> Result<(), StoreError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        conn.prepare_cached("DELETE FROM touched WHERE at < ?1")?.execute([self.now.0 - DAY])?;
        conn.prepare_cached("INSERT INTO touched(tenant, at, entries) VALUES (?1, ?2, ?3)")?
            .execute(params![tenant.0, self.now.0, self.entries])?;
        Ok(())
    }
}

/// Reads packed entries.
pub(super) fn unpack(entries: &[u8]) -> impl Iterator<Item = Touch> {
    entries.as_chunks::<ENTRY>().0.iter().filter_map(|entry| {
        let (cause, rest) = entry.split_first()?;
        let (ts, rest) = rest.split_first_chunk()?;
        let (hash, rest) = rest.split_first_chunk()?;
        let ordinal = u32::from_le_bytes(*rest.first_chunk()?);
        Some(Touch {
            cause: *Cause::ALL.get(usize::from(*cause))?,
            timestamp: Tick(i64::from_le_bytes(*ts)),
            key: ClickKey { hash: u128::from_le_bytes(*hash), ordinal },
        })
    })
}
