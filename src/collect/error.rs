//! Why collection stops.

use crate::store::StoreError;

/// Why collection stopped working: in the store. The source's failures are part of collecting.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CollectError {
    /// Whether another try may succeed: a lease can be asked for again, a disk can get room.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Store(StoreError::LeaseLost) => true,
            Self::Store(error) => error.is_transient(),
        }
    }
}
