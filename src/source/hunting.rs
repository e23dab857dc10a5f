//! One tenant's hunting API: `POST /v1.0/security/runHuntingQuery` of Microsoft Graph.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::SourceError;
use super::budget::{ReplyBudget, ReplyRoom};
use super::error_response::ErrorResponse;
use crate::auth::{Bearer, SharedAuth, SignIn, SignInClients, Tokens};
use crate::clock::{Clock, Tick};
use crate::config::Tenant;
use crate::ids::guid;
use crate::network::retry_after::http_date;
use crate::network::{self, Network, NetworkError};
use crate::text::escape::one_line;
use crate::text::redact::without_secret;

/// The service's own limit is 3 minutes a query ("Advanced hunting quotas"); the rest is transfer.
pub const CALL_DEADLINE: Duration = Duration::from_secs(200);
/// The service's own limit is 50 MB a result; the rest is for how JSON is written.
pub const LARGEST_REPLY: u64 = 64 << 20;
/// What is read of an answer other than 200.
const LARGEST_ERROR: usize = 64 << 10;

/// How long a source may think before the room that waits for its answer is lent to others.
const THINKING_TIME: Duration = Duration::from_secs(20);
/// How long an answer may take to come in while others wait for room.
const TRANSFER_TIME: Duration = Duration::from_mins(1);

/// Bounds on a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A call, from connecting to the last byte, must be done within this, waits of our own apart.
    pub deadline: Duration,
    /// The most bytes of a reply, after decompression.
    pub largest_reply: u64,
    /// From the question to the answer's headers, after which the room for the answer is lent.
    pub thinking: Duration,
    /// From the headers to the last byte, while others wait for room.
    pub transfer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: CALL_DEADLINE,
            largest_reply: LARGEST_REPLY,
            thinking: THINKING_TIME,
            transfer: TRANSFER_TIME,
        }
    }
}

/// Where a tenant's Graph is, and what is needed to ask it.
#[derive(Clone, Debug)]
pub struct GraphEndpoint {
    /// A client for it.
    pub http: Client,
    /// Such as `https://graph.microsoft.com`.
    pub url: Url,
    /// What signs in.
    pub tokens: Arc<Tokens>,
}

/// One tenant's hunting API. Drop a [`HuntingReply`] before the next call: it holds part of the budget.
#[derive(Clone, Debug)]
pub struct Hunting {
    http: Client,
    endpoint: Url,
    tokens: Arc<Tokens>,
    /// The token that was not taken last; `None` since one was.
    refused: Arc<Mutex<Option<Arc<Bearer>>>>,
    budget: ReplyBudget,
    limits: Limits,
    clock: Clock,
}

/// What a call needs besides a permit: a token, and room for the answer.
#[derive(Debug)]
pub struct ReadyCall {
    token: Arc<Bearer>,
    room: ReplyRoom,
}

/// An answer of status 200 that is an object of JSON as far as its first byte tells.
#[derive(Debug)]
pub struct HuntingReply {
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
    room: ReplyRoom,
}

impl Body {
    /// Keeps the room when the bytes are gone: what was read from them takes it.
    pub fn into_room(self) -> ReplyRoom {
        self.room
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Hunting {
    /// The API of a configured tenant, with a sign-in of its own.
    pub fn of(
        tenant: &Tenant,
        auth: &SharedAuth,
        budget: &ReplyBudget,
        clock: &Clock,
    ) -> Result<Self, NetworkError> {
        let network = Network { ca_file: tenant.ca_file.clone() };
        let sign_in = SignIn::of(tenant);
        let login = SignInClients::of(&sign_in, &network, auth)?;
        let tokens = Arc::new(Tokens::new(sign_in, login, clock.clone()));
        let http = auth.clients.get(&network, &tenant.graph_url)?;
        let graph = GraphEndpoint { http, url: tenant.graph_url.clone(), tokens };
        Ok(Self::new(graph, budget.clone(), Limits::default(), clock.clone()))
    }

    /// The API at `graph`.
    pub fn new(graph: GraphEndpoint, budget: ReplyBudget, limits: Limits, clock: Clock) -> Self {
        let GraphEndpoint { http, url: mut endpoint, tokens } = graph;
        let base = endpoint.path().trim_end_matches('/').to_owned();
        endpoint.set_path(&format!("{base}/v1.0/security/runHuntingQuery"));
        Self { http, endpoint, tokens, refused: Arc::default(), budget, limits, clock }
    }

    /// Signs in, if there is no token, without asking anything.
    pub async fn sign_in(&self) -> Result<(), SourceError> {
        self.tokens.bearer().await?;
        Ok(())
    }

    /// Makes ready for a call whose reply is likely to have `expect_bytes`: signs in if need be,
    /// and waits for room.
    pub async fn ready(&self, expect_bytes: u64) -> Result<ReadyCall, SourceError> {
        let token = self.tokens.bearer().await?;
        Ok(ReadyCall { token, room: self.budget.reserve(expect_bytes).await })
    }

    /// The same, but without waiting for room: `None` if there is none.
    pub async fn try_ready(&self, expect_bytes: u64) -> Option<Result<ReadyCall, SourceError>> {
        // A sign-in may take long: others have the room until then.
        let token = match self.tokens.bearer().await {
            Ok(token) => token,
            Err(error) => return Some(Err(error.into())),
        };
        Some(Ok(ReadyCall { token, room: self.budget.try_reserve(expect_bytes)? }))
    }

    /// Runs `query`, and once more with a new token if the first is not taken. For calls where
    /// there is no ledger of calls.
    pub async fn run(&self, query: &str, expect_bytes: u64) -> Result<HuntingReply, SourceError> {
        match self.ask(query, self.ready(expect_bytes).await?).await {
            Err(SourceError::TokenRefused) => {
                self.ask(query, self.ready(expect_bytes).await?).await
            }
            answer => answer,
        }
    }

    /// Runs `query`: one call.
    ///
    /// # Errors
    /// [`SourceError::TokenRefused`] once for a token that is not taken, and a refusal for the next.
    pub async fn ask(&self, query: &str, ready: ReadyCall) -> Result<HuntingReply, SourceError> {
        let ReadyCall { token, mut room } = ready;
        let end = Instant::now() + self.limits.deadline;
        let call = self.sent(query, &token, &mut room, end).await?;
        if call.response.status() == StatusCode::UNAUTHORIZED {
            self.tokens.drop_token(token.clone()).await;
            if self.is_first_refused(token.clone()) {
                return Err(SourceError::TokenRefused);
            }
        } else {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.answer(call, &token, room, end).await
    }

    /// Sends the query, as far as the answer's headers; lends the room when they take long.
    async fn sent(
        &self,
        query: &str,
        token: &Bearer,
        room: &mut ReplyRoom,
        end: Instant,
    ) -> Result<OpenCall, SourceError> {
        let mut sent = std::pin::pin!(self.send(query, token, end));
        if let Ok(call) = tokio::time::timeout(self.limits.thinking, &mut sent).await {
            return call;
        }
        room.lend();
        sent.await
    }

    /// Whether no token before this one was refused, but for the same one in another call.
    fn is_first_refused(&self, token: Arc<Bearer>) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let first = refused.as_ref().is_none_or(|before| Arc::ptr_eq(before, &token));
        *refused = Some(token);
        first
    }

    /// Sends the query, as far as the answer's headers.
    async fn send(
        &self,
        query: &str,
        token: &Bearer,
        end: Instant,
    ) -> Result<OpenCall, SourceError> {
        let own_id = guid();
        let request = self
            .http
            .post(self.endpoint.clone())
            .bearer_auth(token.expose())
            .header("client-request-id", &own_id)
            .json(&serde_json::json!({ "Query": query }));
        match tokio::time::timeout_at(end, request.send()).await {
            Ok(Ok(response)) => Ok(OpenCall { response, own_id }),
            Ok(Err(error)) => Err(self.unreachable(error)),
            Err(_) => Err(SourceError::Slow),
        }
    }

    async fn answer(
        &self,
        call: OpenCall,
        token: &Bearer,
        room: ReplyRoom,
        end: Instant,
    ) -> Result<HuntingReply, SourceError> {
        let OpenCall { response, own_id } = call;
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok());
        let request_id = header("request-id").unwrap_or(&own_id);
        let request_id = one_line(&without_secret(request_id, token.expose()));
        let date = header("date").and_then(http_date);
        if response.status() == StatusCode::OK {
            let body = self.body(response, room, end).await?;
            return Ok(HuntingReply { body, date, request_id });
        }
        drop(room);
        let status = response.status().as_u16();
        let retry_after = header("retry-after").map(str::to_owned);
        let body = network::beginning(response, LARGEST_ERROR);
        let body = tokio::time::timeout_at(end, body).await.map_err(|_| SourceError::Slow)?;
        let failure = ErrorResponse {
            status,
            retry_after: retry_after.as_deref(),
            body: &body,
            token: token.expose(),
            now: date.unwrap_or_else(|| self.clock.now()),
            request_id: &request_id,
        };
        Err(failure.classify(self.tokens.sign_in()))
    }

    async fn body(
        &self,
        mut response: Response,
        mut room: ReplyRoom,
        mut end: Instant,
    ) -> Result<Body, SourceError> {
        if room.is_lent() {
            end += measured(room.take_back()).await;
        }
        let length = response.content_length().unwrap_or(0).min(room.bytes());
        let mut bytes = Vec::with_capacity(length as usize);
        let mut outstayed = std::pin::pin!(self.outstayed());
        while let Some(chunk) = tokio::select! {
            biased;
            () = &mut outstayed => return Err(SourceError::Slow),
            chunk = tokio::time::timeout_at(end, response.chunk()) => {
                chunk.map_err(|_| SourceError::Slow)?.map_err(|e| self.unreachable(e))?
            }
        } {
            let length = (bytes.len() + chunk.len()) as u64;
            if length > self.limits.largest_reply {
                return Err(SourceError::TooBig);
            }
            end += tokio::select! {
                biased;
                waited = measured(room.grow_to(length)) => waited,
                () = &mut outstayed => return Err(SourceError::Slow),
            };
            bytes.extend_from_slice(&chunk);
        }
        if !is_object(&bytes) {
            let words = "Graph answered 200 without a result: something in between answers for it";
            return Err(SourceError::Transport(words.to_owned()));
        }
        room.shrink_to(bytes.len() as u64);
        Ok(Body { bytes, room })
    }

    /// Ends when an answer that begins now has had its time, and somebody waits for its room.
    async fn outstayed(&self) {
        tokio::time::sleep(self.limits.transfer).await;
        self.budget.is_wanted().await;
    }

    fn unreachable(&self, error: reqwest::Error) -> SourceError {
        let host = self.endpoint.host_str().unwrap_or("Graph");
        SourceError::Transport(format!("cannot reach {host}: {}", network::in_words(error)))
    }
}

/// How long `work` took.
async fn measured(work: impl Future<Output = ()>) -> Duration {
    let began = Instant::now();
    work.await;
    began.elapsed()
}

/// A call whose answer has begun.
struct OpenCall {
    response: Response,
    /// The id that we gave it.
    own_id: String,
}

/// Whether the bytes begin as an object of JSON does; a page of HTML does not.
fn is_object(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'{')
}
