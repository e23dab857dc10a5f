//! How an app proves to the sign-in service who it is: a secret, or an assertion.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::Bearer;
use super::token_cache::TokenCache;

/// What is sent along.
pub(super) enum Proof {
    /// `client_secret`.
    Secret(SecretString),
    /// `client_assertion`: a signed token (RFC 7523).
    Assertion(SecretString),
    /// The same, of somebody who gives it to others, too.
    Vouched {
        /// The token.
        token: Arc<Bearer>,
        /// Where it is kept.
        token_cache: Arc<TokenCache>,
    },
}

impl Proof {
    /// What must not be seen.
    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Secret(text) | Self::Assertion(text) => text.expose_secret(),
            Self::Vouched { token, .. } => token.expose(),
        }
    }
}
