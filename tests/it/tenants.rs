//! Tenants whose answers come from fixtures, or from a server that breaks connections.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clickwarden::auth::{SharedAuth, SignIn, SignInClients, Tokens};
use clickwarden::clock::Clock;
use clickwarden::config::{Cloud, Credential, Identity};
use clickwarden::network::{self, Network};
use clickwarden::source::Limits;
use clickwarden::source::{GraphEndpoint, Hunting, ReplyBudget};
use tempfile::TempDir;
use url::Url;

/// The secret that every tenant here has.
pub const SECRET: &str = "canary-Qz7~secret";
/// The app that every tenant here has.
pub const CLIENT_ID: &str = "00000000-0000-0000-0000-000000000001";

/// A file of its own with `text`, readable by nobody else.
pub fn secret_file(folder: &TempDir, text: &str) -> PathBuf {
    file(folder, "secret", text, 0o600)
}

/// A file with `text` and `mode`.
pub fn file(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// The sign-in of the tenant that gets the answers of the fixture `case`.
pub fn sign_in(server: &str, case: &str, secret: &Path) -> SignIn {
    let credential = Credential::Secret { file: secret.to_owned(), expires: None };
    let identity = Identity::App { client_id: CLIENT_ID.to_owned(), credential };
    sign_in_as(server, &format!("{case}.example"), identity)
}

/// The sign-in to a tenant as `identity`.
pub fn sign_in_as(server: &str, tenant_id: &str, identity: Identity) -> SignIn {
    SignIn {
        login_url: Url::parse(server).unwrap(),
        tenant_id: tenant_id.to_owned(),
        cloud: Cloud::Global,
        identity,
        purpose: clickwarden::auth::Purpose::Hunting,
        deadline: Duration::from_secs(10),
        pauses: &[Duration::ZERO; 4],
    }
}

/// Its tokens.
pub fn tokens(server: &str, case: &str, secret: &Path, clock: &Clock) -> Arc<Tokens> {
    Arc::new(tokens_of(sign_in(server, case, secret), clock))
}

/// The tokens of any sign-in.
pub fn tokens_of(sign_in: SignIn, clock: &Clock) -> Tokens {
    let clients = SignInClients::of(&sign_in, &Network::default(), &SharedAuth::default()).unwrap();
    Tokens::new(sign_in, clients, clock.clone())
}

/// Its hunting API at `graph`, with `limits`.
pub fn hunting(graph: &str, tokens: Arc<Tokens>, budget: &ReplyBudget, limits: Limits) -> Hunting {
    let url = Url::parse(graph).unwrap();
    let http = network::client(&Network::default(), &url).unwrap();
    Hunting::new(GraphEndpoint { http, url, tokens }, budget.clone(), limits, Clock::System)
}
