//! HTTP as this program uses it: no redirect followed, https but to loopback, the environment's
//! proxy and an operator's own certificate authority honoured, bodies read under a cap.

mod forbidden;
mod proxy;
pub mod retry_after;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};
use url::{Host, Url};

use crate::process::regular_file::{self, Kind};
use forbidden::CheckedResolver;

pub use forbidden::{FORBIDDEN, Forbidden, is_forbidden, names_forbidden};
pub use proxy::Proxies;

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

/// The content of a file of certificates, as a hash: it is renewed in its place.
pub type Trust = Option<[u8; 32]>;

/// What is in a file of certificates now; nothing, if there is none or it cannot be read.
pub fn trust(ca_file: Option<&Path>) -> Trust {
    let pem = regular_file::bytes(ca_file?, Kind::Certificates).ok()?;
    Some(*blake3::hash(&pem).as_bytes())
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

/// The certificates in a PEM file: at least one.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, NetworkError> {
    read_certificates(path).map(|(_, found)| found)
}

/// The text of a PEM file with certificates: at least one.
pub fn certificates_pem(path: &Path) -> Result<Vec<u8>, NetworkError> {
    read_certificates(path).map(|(pem, _)| pem)
}

fn read_certificates(path: &Path) -> Result<(Vec<u8>, Vec<Certificate>), NetworkError> {
    let failed = |why: String| NetworkError::CaFile { path: path.to_owned(), why };
    let pem =
        regular_file::bytes(path, Kind::Certificates).map_err(|why| failed(why.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| failed(in_words(error)))?;
    if found.is_empty() {
        return Err(failed("no certificate in it".to_owned()));
    }
    Ok((pem, found))
}

/// Whether `url` stays on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// Whether `url` reaches no farther than the host that this machine runs on (RFC 3927): the
/// metadata services of platforms.
pub fn is_link_local(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(address)) if address.is_link_local())
}

/// What went wrong, by the causes of `error`, without the address.
pub fn in_words(error: reqwest::Error) -> String {
    if error.is_connect() {
        return unconnected(error, &Proxies::of_environment());
    }
    causes(error)
}

/// The same of a connection that did not come up, with what is to be said of proxies.
pub fn unconnected(error: reqwest::Error, proxies: &Proxies) -> String {
    let blamed = error.url().filter(|_| error.is_timeout()).and_then(|url| proxies.blamed(url));
    let why = blamed.unwrap_or_else(|| causes(error));
    proxies.passed_over().map_or(why.clone(), |more| format!("{why} ({more})"))
}

fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let top: &dyn Error = &error;
    let causes = std::iter::successors(Some(top), |error| (*error).source());
    let mut words: Vec<String> = Vec::new();
    for text in causes.map(ToString::to_string) {
        // Some causes repeat the whole of what follows.
        if !text.is_empty() && !words.iter().any(|before| before.contains(&text)) {
            words.push(text);
        }
    }
    // The first say only that something failed; the rest say what.
    let vague = |text: &&String| text.starts_with("error ") || text.starts_with("client error ");
    let clear: Vec<_> = words.iter().filter(|text| !vague(text)).map(String::as_str).collect();
    let text = if clear.is_empty() { words.join(": ") } else { clear.join(": ") };
    let hint = if text.contains("UnknownIssuer") { " (ca_file can name a gateway's)" } else { "" };
    format!("{}{hint}", crate::text::escape::one_line(&proxy::by_proxy(&text).unwrap_or(text)))
}

/// The first `cap` bytes of a body that is only wanted for an error's words.
pub async fn beginning(mut response: Response, cap: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = cap - body.len();
        body.extend(chunk.iter().take(room));
        if body.len() == cap {
            break;
        }
    }
    body
}

/// What a redirect means here: somebody else answered.
pub fn redirect_words(status: u16) -> String {
    format!(
        "answered {status}, a redirect, which is never followed: a proxy's sign-in page, or a wrong \
         address in the configuration"
    )
}
