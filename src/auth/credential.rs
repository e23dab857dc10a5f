//! Of whichever kind the credential is that an app has, its proof.

use super::proof::Proof;
use super::{AuthError, SignIn, SignInClients, certificate, federated, secret};
use crate::clock::{Clock, Tick};
use crate::config::Credential;

/// Makes a proof that is good at `now`, by the clock of whoever reads it.
pub(super) async fn proof(
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
