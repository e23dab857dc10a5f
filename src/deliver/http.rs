//! A message posted over HTTP: where it may go, for how long, and what the answer means.

mod probe;

use std::error::Error;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy, RequestBuilder, StatusCode};
use url::Url;

use super::outcome::Outcome;
use crate::clock::{Clock, Tick};
use crate::config::Route;
use crate::network::retry_after;
use crate::network::{self, FORBIDDEN, Forbidden, NetworkError, is_loopback, names_forbidden};
use crate::text::escape::one_line;
use crate::text::redact::scrubbed;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A delivery must be done within this.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);
/// What is read of an answer.
const LARGEST_ANSWER: usize = 64 << 10;
/// What is quoted of an answer.
const LONGEST_QUOTE: usize = 200;
/// What only a change of somebody's mends is tried again slowly.
pub(super) const SLOW_RETRY: Duration = Duration::from_mins(15);

/// A client for one sink.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    /// For this machine: never by a proxy.
    local: Client,
    route: Route,
    clock: Clock,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct HttpResponse {
    pub status: StatusCode,
    /// How long it asks to wait.
    pub wait: Option<Duration>,
    /// The beginning of its text, in one line.
    pub text: String,
}

impl Http {
    pub(super) fn new(route: &Route, clock: Clock) -> Result<Self, NetworkError> {
        let client = network::build(distant(route)?)?;
        let local = network::build(builder(route)?.no_proxy())?;
        Ok(Self { client, local, route: route.clone(), clock })
    }

    /// Posts a body to `url`, which is a secret; `dress` adds headers.
    pub(super) async fn post(
        &self,
        url: &Url,
        body: Vec<u8>,
        dress: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<HttpResponse, Outcome> {
        self.check(url)?;
        let client = if is_loopback(url) { &self.local } else { &self.client };
        let request = dress(client.post(url.clone())).body(body);
        let response = request.send().await.map_err(unreached)?;
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok());
        let now = header("date").and_then(retry_after::http_date);
        let now: Tick = now.unwrap_or_else(|| self.clock.now());
        let wait = header("retry-after").and_then(|text| retry_after::parse(text, now));
        let body = network::beginning(response, LARGEST_ANSWER).await;
        let words = microsofts(&body);
        let words = words.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned());
        Ok(HttpResponse { status, wait, text: one_line(&scrubbed(&words, url)) })
    }

    /// Comes as far as a request to `url` would begin, and hangs up.
    pub(super) async fn probe(&self, url: &Url) -> Result<(), Outcome> {
        self.check(url)?;
        let failed = |error: NetworkError| Outcome::Broken { detail: error.to_string() };
        let builder = if is_loopback(url) {
            builder(&self.route).map(ClientBuilder::no_proxy)
        } else {
            distant(&self.route)
        };
        let builder = builder.map_err(failed)?.connector_layer(probe::HangUp);
        let client = network::build(builder).map_err(failed)?;
        match client.head(url.clone()).send().await {
            Err(error) if !probe::came_up(&error) => Err(unreached(error)),
            _ => Ok(()),
        }
    }

    fn check(&self, url: &Url) -> Result<(), Outcome> {
        let detail = refusal(&self.route, url);
        detail.map_or(Ok(()), |detail| Err(Outcome::Broken { detail: detail.to_owned() }))
    }
}

/// Why an address is not spoken to at all, as far as it can be seen in it.
pub(super) fn refusal(route: &Route, url: &Url) -> Option<&'static str> {
    if !route.permits(url) {
        return Some("its address is plain http: use https, or set allow_http = true");
    }
    names_forbidden(url).then_some(FORBIDDEN)
}

fn builder(route: &Route) -> Result<ClientBuilder, NetworkError> {
    let builder = network::trusting(route.ca_file.as_deref())?;
    Ok(builder.connect_timeout(CONNECT_TIMEOUT).timeout(DELIVERY_TIMEOUT))
}

/// The beginning of a client for other machines: by the sink's own proxy, or the environment's.
fn distant(route: &Route) -> Result<ClientBuilder, NetworkError> {
    let builder = builder(route)?;
    let Some(url) = &route.proxy else { return Ok(builder) };
    let proxy = Proxy::all(url.clone()).map_err(|e| NetworkError::Tls(network::in_words(e)))?;
    Ok(builder.proxy(proxy))
}

/// The words of an error as Graph and Power Automate write it ("Microsoft Graph error responses").
fn microsofts(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let words = |key: &str| body.get("error")?.get(key)?.as_str();
    Some(format!("{}: {}", words("code")?, words("message")?))
}

/// Nobody answered. What was sent may have arrived all the same.
fn unreached(error: reqwest::Error) -> Outcome {
    if error.is_timeout() {
        let detail = format!("no answer within {} s", DELIVERY_TIMEOUT.as_secs());
        return Outcome::SinkLater { wait: None, detail };
    }
    if is_refused(&error) {
        // Names are given other addresses: it may come right by itself.
        return Outcome::SinkLater { wait: Some(SLOW_RETRY), detail: FORBIDDEN.to_owned() };
    }
    let words = network::in_words(error);
    let wait = words.contains("certificate").then_some(SLOW_RETRY);
    Outcome::SinkLater { wait, detail: format!("cannot be reached: {words}") }
}

/// Whether its name led where nothing is sent.
fn is_refused(error: &reqwest::Error) -> bool {
    let top: &dyn Error = error;
    std::iter::successors(Some(top), |error| (*error).source())
        .any(|error| error.downcast_ref::<Forbidden>().is_some())
}

impl HttpResponse {
    /// What the answer means wherever a channel does not know better.
    pub(super) fn outcome(&self) -> Outcome {
        let detail = self.in_words();
        match self.status.as_u16() {
            200..=299 => Outcome::Accepted,
            300..=399 => self.broken("a redirect, which is never followed; correct the address"),
            401 | 403 => self.broken("it refuses us"),
            404 | 410 => self.broken("the address is gone"),
            413 => Outcome::TooBig { detail },
            408 | 425 | 429 | 500 | 502..=504 | 520..=529 => {
                Outcome::SinkLater { wait: self.wait, detail }
            }
            _ => Outcome::Refused { detail },
        }
    }

    /// Nothing goes there until somebody did as `remedy` says.
    pub(super) fn broken(&self, remedy: &str) -> Outcome {
        Outcome::Broken { detail: format!("{}: {remedy}", self.in_words()) }
    }

    /// The status and the beginning of the text.
    pub(super) fn in_words(&self) -> String {
        let status = self.status.as_u16();
        let text: String = self.text.chars().take(LONGEST_QUOTE).collect();
        if text.is_empty() {
            format!("answered {status}")
        } else {
            format!("answered {status}: {text}")
        }
    }
}
