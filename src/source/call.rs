//! One call: sent, its answer's headers awaited, and its bytes taken in.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio::time::Instant;

use super::budget::ReplyRoom;
use super::error::SourceError;
use super::error_response::ErrorResponse;
use super::hunting::{Hunting, ReadyCall};
use super::reply::{Body, HuntingReply};
use crate::auth::Bearer;
use crate::ids::guid;
use crate::network;
use crate::network::retry_after::http_date;
use crate::text::escape::one_line;
use crate::text::redact::without_secret;

/// What is read of an answer other than 200.
const LARGEST_ERROR: usize = 64 << 10;

impl Hunting {
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

/// A call whose answer has begun.
struct OpenCall {
    response: Response,
    /// The id that we gave it.
    own_id: String,
}

/// How long `work` took.
async fn measured(work: impl Future<Output = ()>) -> Duration {
    let began = Instant::now();
    work.await;
    began.elapsed()
}

/// Whether the bytes begin as an object of JSON does; a page of HTML does not.
fn is_object(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'{')
}
