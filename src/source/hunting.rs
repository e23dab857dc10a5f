//! One tenant's hunting API: `POST /v1.0/security/runHuntingQuery` of Microsoft Graph.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::SourceError;
use super::budget::{ReplyBudget, Reservation};
use super::failure::Failure;
use crate::auth::{Bearer, SignIn, Tokens};
use crate::clock::{Clock, Tick};
use crate::config::Tenant;
use crate::network::{self, Network, NetworkError};
use crate::quote::one_line;
use crate::retry_after::http_date;

/// The service's own limit is 3 minutes a query ("Advanced hunting quotas"); the rest is transfer.
pub const DEADLINE: Duration = Duration::from_secs(200);
/// The service's own limit is 50 MB a result; the rest is for how JSON is written.
pub const LARGEST_REPLY: u64 = 64 << 20;
/// What is read of an answer other than 200.
const LARGEST_FAILURE: usize = 64 << 10;

/// Bounds on a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A call, from connecting to the last byte, must be done within this.
    pub deadline: Duration,
    /// The most bytes of a reply, after decompression.
    pub largest_reply: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deadline: DEADLINE, largest_reply: LARGEST_REPLY }
    }
}

/// One tenant's hunting API. Drop a [`Reply`] before the next call: it holds part of the budget.
#[derive(Clone, Debug)]
pub struct Hunting {
    http: Client,
    endpoint: Url,
    tokens: Arc<Tokens>,
    budget: ReplyBudget,
    limits: Limits,
    clock: Clock,
}

/// An answer of status 200 that is an object of JSON as far as its first byte tells.
#[derive(Debug)]
pub struct Reply {
    /// The bytes.
    pub body: Body,
    /// The source's clock when it answered.
    pub date: Option<Tick>,
    /// Graph's id of the request, or our own where it gave none: for logs.
    pub request_id: String,
}

/// The bytes of a reply, and the part of the budget that they take until dropped.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    _held: Reservation,
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Hunting {
    /// The API of a configured tenant, with clients and sign-in of its own.
    pub fn of(tenant: &Tenant, budget: &ReplyBudget, clock: &Clock) -> Result<Self, NetworkError> {
        let network = Network { ca_file: tenant.ca_file.clone() };
        let login = network::client(&network, &tenant.login_url)?;
        let tokens = Arc::new(Tokens::new(SignIn::of(tenant), login, clock.clone()));
        let graph = network::client(&network, &tenant.graph_url)?;
        let limits = Limits::default();
        Ok(Self::new(graph, &tenant.graph_url, tokens, budget.clone(), limits, clock.clone()))
    }

    /// The API at `graph_url`, such as `https://graph.microsoft.com`; `http` is a client for it.
    pub fn new(
        http: Client,
        graph_url: &Url,
        tokens: Arc<Tokens>,
        budget: ReplyBudget,
        limits: Limits,
        clock: Clock,
    ) -> Self {
        let mut endpoint = graph_url.clone();
        let base = graph_url.path().trim_end_matches('/');
        endpoint.set_path(&format!("{base}/v1.0/security/runHuntingQuery"));
        Self { http, endpoint, tokens, budget, limits, clock }
    }

    /// Signs in, if there is no token, without asking anything.
    pub async fn sign_in(&self) -> Result<(), SourceError> {
        self.tokens.bearer().await?;
        Ok(())
    }

    /// Runs `query`; `expect_bytes` is how large its reply is likely to be.
    ///
    /// A token that the API refuses is dropped, and the query is run once more with a new one.
    pub async fn run(&self, query: &str, expect_bytes: u64) -> Result<Reply, SourceError> {
        let held = self.budget.reserve(expect_bytes.min(self.limits.largest_reply)).await;
        let end = Instant::now() + self.limits.deadline;
        let token = self.tokens.bearer().await?;
        let mut call = self.ask(query, &token, end).await?;
        if call.response.status() == StatusCode::UNAUTHORIZED {
            self.tokens.drop_token(token).await;
            let token = self.tokens.bearer().await?;
            call = self.ask(query, &token, end).await?;
            if call.response.status() == StatusCode::UNAUTHORIZED {
                self.tokens.drop_token(token).await;
            }
        }
        let answer = tokio::time::timeout_at(end, self.answer(call, held)).await;
        answer.unwrap_or(Err(SourceError::Slow))
    }

    /// Sends the query, as far as the answer's headers.
    async fn ask(&self, query: &str, token: &Bearer, end: Instant) -> Result<Call, SourceError> {
        let own_id = guid();
        let request = self
            .http
            .post(self.endpoint.clone())
            .bearer_auth(token.expose())
            .header("client-request-id", &own_id)
            .json(&serde_json::json!({ "Query": query }));
        match tokio::time::timeout_at(end, request.send()).await {
            Ok(Ok(response)) => Ok(Call { response, own_id }),
            Ok(Err(error)) => Err(self.unreachable(error)),
            Err(_) => Err(SourceError::Slow),
        }
    }

    async fn answer(&self, call: Call, held: Reservation) -> Result<Reply, SourceError> {
        let Call { response, own_id, .. } = call;
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok());
        let request_id = one_line(header("request-id").unwrap_or(&own_id));
        let date = header("date").and_then(http_date);
        if response.status() == StatusCode::OK {
            let body = self.body(response, held).await?;
            return Ok(Reply { body, date, request_id });
        }
        let status = response.status().as_u16();
        let retry_after = header("retry-after").map(str::to_owned);
        let body = network::beginning(response, LARGEST_FAILURE).await;
        let failure = Failure {
            status,
            retry_after: retry_after.as_deref(),
            body: &body,
            now: date.unwrap_or_else(|| self.clock.now()),
            request_id: &request_id,
        };
        Err(failure.classify(self.tokens.sign_in()))
    }

    async fn body(
        &self,
        mut response: Response,
        mut held: Reservation,
    ) -> Result<Body, SourceError> {
        let length = response.content_length().unwrap_or(0).min(self.limits.largest_reply);
        let mut bytes = Vec::with_capacity(length as usize);
        while let Some(chunk) = response.chunk().await.map_err(|e| self.unreachable(e))? {
            let length = (bytes.len() + chunk.len()) as u64;
            if length > self.limits.largest_reply {
                return Err(SourceError::TooBig);
            }
            held.grow_to(length).await;
            bytes.extend_from_slice(&chunk);
        }
        if !is_object(&bytes) {
            let words = "Graph answered 200 without a result: something in between answers for it";
            return Err(SourceError::Transport(words.to_owned()));
        }
        held.shrink_to(bytes.len() as u64);
        Ok(Body { bytes, _held: held })
    }

    fn unreachable(&self, error: reqwest::Error) -> SourceError {
        let host = self.endpoint.host_str().unwrap_or("Graph");
        SourceError::Transport(format!("cannot reach {host}: {}", network::in_words(error)))
    }
}

/// A call whose answer has begun.
struct Call {
    response: Response,
    /// The id that we gave it.
    own_id: String,
}

/// Whether the bytes begin as an object of JSON does; a page of HTML does not.
fn is_object(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// A random GUID (version 4): it only has to differ from others.
fn guid() -> String {
    let bits = fastrand::u128(..) & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let mut rest = hex.as_str();
    let mut next = |len: usize| {
        let (part, tail) = rest.split_at_checked(len).unwrap_or_default();
        rest = tail;
        part
    };
    [next(8), next(4), next(4), next(4), next(12)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_looks_like_one() {
        let guid = guid();
        assert_eq!(guid.len(), 36);
        assert_eq!(guid.as_bytes()[14], b'4');
        assert!(matches!(guid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{guid}");
    }
}
