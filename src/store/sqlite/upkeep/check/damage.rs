//! Reading on where the file is damaged.

use crate::store::StoreError;

/// What was read; or, where the file is damaged, the sentence for a finding.
pub(super) fn or_say<T>(read: Result<T, StoreError>) -> Result<Result<T, String>, StoreError> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_transient() => Err(error),
        Err(StoreError::Damaged(why) | StoreError::Sql(why)) => Ok(Err(why)),
        Err(other) => Ok(Err(other.to_string())),
    }
}
