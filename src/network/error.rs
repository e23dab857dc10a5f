//! Why there is no client.

use std::path::PathBuf;

use super::forbidden::FORBIDDEN;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file of certificates cannot be used.
    #[error("cannot use the certificates in {}: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It would speak to an address that is never dialled.
    #[error("{FORBIDDEN}")]
    Forbidden,
    /// The TLS library would not start.
    #[error("cannot set up HTTPS: {0}")]
    Tls(String),
}
