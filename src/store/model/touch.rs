//! What rules must look at: rows that were added, changed, withdrawn or brought back.

use crate::clock::Tick;

use super::identity::ClickKey;

/// Bytes of one packed entry: cause, time, hash, ordinal.
const ENTRY_LEN: usize = 1 + 8 + 16 + 4;

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

impl Touch {
    /// Appends it, packed.
    pub(crate) fn pack(self, to: &mut Vec<u8>) {
        to.push(self.cause as u8);
        to.extend_from_slice(&self.timestamp.0.to_le_bytes());
        to.extend_from_slice(&self.key.hash.to_le_bytes());
        to.extend_from_slice(&self.key.ordinal.to_le_bytes());
    }
}

/// A tenant's news: that of its oldest transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchBatch {
    /// Oldest transaction first.
    pub touches: Vec<Touch>,
    /// The number of the last transaction; 0 if there is none.
    pub upto: i64,
    /// How many transactions there are.
    pub transactions: u64,
    /// The times of clicks that still later transactions touched, in order, each once: what stands
    /// there is no news yet, but neither was it known before.
    pub later: Vec<Tick>,
}

/// Reads packed entries.
pub(crate) fn unpack(entries: &[u8]) -> impl Iterator<Item = Touch> {
    entries.as_chunks::<ENTRY_LEN>().0.iter().filter_map(|entry| {
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
