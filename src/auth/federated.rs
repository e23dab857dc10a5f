//! Proof by a token of somebody else whom the app trusts ("Workload identity federation"): from a
//! file, or of a managed identity.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::proof::Proof;
use super::{AuthError, SignIn, SignInClients, managed};
use crate::clock::Clock;
use crate::config::ManagedIdentity;
use crate::config::secret::{self, Holds};

/// The token in `file`, as it is now: its issuer replaces it before it ends. What is wrong with it
/// may pass by itself, and so is no refusal.
pub(super) fn of_file(file: &Path) -> Result<Proof, AuthError> {
    let failed = |what: String, remedy: &str| {
        AuthError::Transport(format!("federated_token_file: {what}: {remedy}"))
    };
    let token = secret::line_of(file, Holds::Token)
        .map_err(|problem| failed(problem.what, &problem.remedy))?;
    if is_token(&token) {
        return Ok(Proof::Assertion(token));
    }
    let what = format!("{} holds no JSON Web Token", file.display());
    Err(failed(what, "whoever issues the tokens must write one, and nothing else, into it"))
}

/// Whether it is three parts with dots between, of which the first is an object of JSON.
fn is_token(token: &SecretString) -> bool {
    let parts: Vec<&str> = token.expose_secret().split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return false };
    let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    let object = |part: &str| {
        let bytes = decoded(part)?;
        serde_json::from_slice::<serde_json::Map<_, serde_json::Value>>(&bytes).ok()
    };
    object(header).is_some() && object(claims).is_some() && decoded(signature).is_some()
}

/// A token of `identity` that is meant for the sign-in service.
pub(super) async fn of_managed(
    identity: &ManagedIdentity,
    sign_in: &SignIn,
    clients: &SignInClients,
    clock: &Clock,
) -> Result<Proof, AuthError> {
    let audience = sign_in.cloud.exchange_audience();
    let token_cache = clients.shared_auth.of(identity, audience);
    let ask = managed::token(identity, audience, sign_in, clients, clock);
    Ok(Proof::Vouched { token: token_cache.get(clock, ask).await?, token_cache })
}
