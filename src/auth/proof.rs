//! How an app proves to the sign-in service who it is: a secret, or an assertion.

use secrecy::SecretString;

use super::{AuthError, SignIn, SignInClients, certificate, federated, secret};
use crate::clock::Tick;
use crate::config::Credential;

/// What is sent along.
pub(super) enum Proof {
    /// `client_secret`.
    Secret(SecretString),
    /// `client_assertion`: a signed token (RFC 7523).
    Assertion(SecretString),
}

/// Makes a proof that is good at `now`.
pub(super) async fn of(
    credential: &Credential,
    client_id: &str,
    sign_in: &SignIn,
    clients: &SignInClients,
    now: Tick,
) -> Result<Proof, AuthError> {
    match credential {
        Credential::Secret { file, .. } => secret::of(file),
        Credential::Certificate(files) => certificate::of(files, client_id, sign_in, now),
        Credential::TokenFile(file) => federated::of_file(file),
        Credential::ManagedIdentity(identity) => {
            federated::of_managed(identity, sign_in, clients, now).await
        }
    }
}
