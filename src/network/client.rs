//! HTTP clients, made once for each way to reach a host.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, redirect};
use url::Url;

use super::certificates::{Trust, certificates, trust};
use super::error::NetworkError;
use super::forbidden::{CheckedResolver, names_forbidden};
use super::nearby::is_loopback;
use super::words::in_words;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// The same, to what is on this machine or beside it.
const CONNECT_TIMEOUT_NEARBY: Duration = Duration::from_secs(2);
/// Tenants share a connection where the host speaks HTTP/2, so one whose answer is not read must
/// not use up what all may be sent before reading: an answer's part of that, and the whole.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;
/// A shared connection that died is noticed, and replaced, within this and as long again.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// What a client needs to know of the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Certificates trusted besides the system's, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// Whom a client may speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ClientReach {
    /// This machine, in plain http or https, and never by a proxy.
    Loopback,
    /// A platform beside this machine, never by a proxy.
    Platform,
    /// Anybody, by https only.
    World,
}

impl ClientReach {
    fn of(url: &Url) -> Self {
        if is_loopback(url) { Self::Loopback } else { Self::World }
    }
}

/// The clients of all tenants: one for each way to reach a host, so that tenants share their
/// connections and the certificates that are trusted. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    cached: Arc<Mutex<BTreeMap<(Network, ClientReach), CachedClient>>>,
}

/// A client, and the certificates that it was made with.
#[derive(Debug)]
struct CachedClient {
    trust: Trust,
    client: Client,
}

impl Clients {
    /// A client that reaches `url`.
    pub fn get(&self, network: &Network, url: &Url) -> Result<Client, NetworkError> {
        self.cached((network.clone(), ClientReach::of(url)), || client(network, url))
    }

    /// A client for the endpoint at which a platform gives out tokens.
    pub fn platform(&self) -> Result<Client, NetworkError> {
        self.cached((Network::default(), ClientReach::Platform), platform_client)
    }

    fn cached(
        &self,
        key: (Network, ClientReach),
        make: impl FnOnce() -> Result<Client, NetworkError>,
    ) -> Result<Client, NetworkError> {
        let trust = trust(key.0.ca_file.as_deref());
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = cached.get(&key).filter(|before| before.trust == trust) {
            return Ok(before.client.clone());
        }
        let client = make()?;
        cached.insert(key, CachedClient { trust, client: client.clone() });
        Ok(client)
    }
}

/// A client for one host. Loopback hosts may be spoken to in plain http, and never by a proxy.
pub fn client(network: &Network, url: &Url) -> Result<Client, NetworkError> {
    if names_forbidden(url) {
        return Err(NetworkError::Forbidden);
    }
    let mut builder = trusting(network.ca_file.as_deref())?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE)
        .https_only(!is_loopback(url));
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    build(builder)
}

/// The beginning of every client that speaks to the world: our name, no redirect followed, no name that
/// leads to a forbidden address, and the certificates in `ca_file` trusted besides the system's.
pub fn trusting(ca_file: Option<&Path>) -> Result<ClientBuilder, NetworkError> {
    let builder = Client::builder()
        .user_agent(concat!("clickwarden/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .dns_resolver(Arc::new(CheckedResolver))
        .referer(false);
    Ok(match ca_file {
        Some(path) => builder.tls_certs_merge(certificates(path)?),
        None => builder,
    })
}

/// The client, once its settings stand.
pub fn build(builder: ClientBuilder) -> Result<Client, NetworkError> {
    builder.build().map_err(|error| NetworkError::Tls(in_words(error)))
}

/// A client for what gives out tokens on this machine or beside it: there at once or not at all.
fn platform_client() -> Result<Client, NetworkError> {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .dns_resolver(Arc::new(CheckedResolver))
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT_NEARBY);
    build(builder)
}
