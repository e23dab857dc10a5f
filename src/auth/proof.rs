//! How an app proves to the sign-in service who it is: a secret, or an assertion.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::token_cache::TokenCache;
use super::{AuthError, Bearer, SignIn, SignInClients, certificate, federated, secret};
use crate::clock::{Clock, Tick};
use crate::config::Credential;

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

/// Makes a proof that is good at `now`, by the clock of whoever reads it.
pub(super) async fn of(
    credential: &Credential,
    client_id: &str,
    sign_in: &SignIn,
    clients: &SignInClients,
    (now, clock): (Tick, &Clock),
) -> Result<Proof, AuthError> {
    match credential {
        Credential::Secret { file, .. } => secret::of(file),
        Credential::Certificate(files) => certificate::of(files, client_id, sign_in, now),
        Credential::TokenFile(file) => federated::of_file(file),
        Credential::ManagedIdentity(identity) => {
            federated::of_managed(identity, sign_in, clients, clock).await
        }
    }
}
