//! What a digest leaves out, as a number that is kept with it.

use crate::click::selection::Exclusion;

/// A number that changes when the exclusions do.
pub(super) fn hash_of(exclusions: &[Exclusion]) -> i64 {
    let hash = blake3::hash(format!("{exclusions:?}").as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
}
