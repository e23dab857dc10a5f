//! Why rows cannot be read.

use crate::store::StoreError;

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// More than a batch can hold.
    #[error("one instant has more than 4 GiB of text")]
    TooMuchText,
}
