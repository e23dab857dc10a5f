//! Why the daemon cannot start or go on.

use crate::network::NetworkError;
use crate::store::StoreError;

/// Why the daemon could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A client for a host cannot be made.
    #[error("tenant {tenant}: {why}")]
    Network {
        /// The tenant's name.
        tenant: String,
        /// What is wrong.
        why: NetworkError,
    },
    /// Files that sinks need are no good.
    #[error("{}", .0.join("\n"))]
    Sinks(Vec<String>),
}
