//! The simulated tenant's `runHuntingQuery`.

use std::sync::{Arc, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use crate::clock::MINUTE;
use crate::kql::{parse, run as evaluate};

use super::fault::{Fault, QuotaKind, ReceivedQuery, RetryHint};
use super::graph_reply::{JSON, bad_request, dated, error, later};
use super::render::{self, ResultsForm};
use super::tenant_state::Shared;

/// An answer, and how many rows it has.
struct HuntingAnswer {
    response: Response,
    rows: usize,
}

impl From<Response> for HuntingAnswer {
    fn from(response: Response) -> Self {
        Self { response, rows: 0 }
    }
}

/// Answers one hunting query.
pub(super) async fn run(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_signed_in(&shared, &headers) {
        let text = "Lifetime validation failed, the token is expired.";
        let response = error(&shared, StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", text);
        return dated(&shared, response);
    }
    let Some(query) = query_of(&body) else {
        let response = bad_request(&shared, "Empty Payload. JSON content expected.");
        return dated(&shared, response);
    };
    let (number, fault) = note(&shared, &query);
    let reply = match fault.and_then(|fault| refusal(&shared, fault)) {
        Some(response) => response.into(),
        None => answer(shared.clone(), query, fault).await,
    };
    shared.state().note(number, reply.response.status().as_u16(), reply.rows);
    dated(&shared, reply.response)
}

/// Answers a request for what is not there.
pub(super) async fn nothing_there(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    let text = format!("Resource not found for the segment '{last}'.");
    dated(&shared, error(&shared, StatusCode::NOT_FOUND, "ResourceNotFound", &text))
}

/// Answers a request that does not post.
pub(super) async fn wrong_method(State(shared): State<Arc<Shared>>) -> Response {
    let text = "Specified HTTP method is not allowed for the request target.";
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = error(&shared, status, "Request_BadRequest", text);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    dated(&shared, response)
}

fn is_signed_in(shared: &Shared, headers: &HeaderMap) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let state = shared.state();
    state.tokens.get(token).is_some_and(|until| shared.settings.clock.now() < *until)
}

/// The query in a request's body. Both casings of the key are in Microsoft's examples.
fn query_of(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let query = body.get("Query").or_else(|| body.get("query"))?;
    query.as_str().filter(|query| !query.trim().is_empty()).map(str::to_owned)
}

/// Remembers a query, and decides what goes wrong with it.
fn note(shared: &Shared, query: &str) -> (u64, Option<Fault>) {
    let at = shared.settings.clock.now();
    let mut state = shared.state();
    let lately = state.received.iter().rev().take_while(|received| at.since(received.at) < MINUTE);
    let over = shared.settings.calls_per_minute.is_some_and(|most| lately.count() >= most);
    let mut received =
        ReceivedQuery { at, query: query.to_owned(), fault: None, status: 0, rows: 0 };
    received.fault = if over {
        Some(Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(10)))
    } else {
        state.faults.next(&received, &shared.table)
    };
    let fault = received.fault;
    (state.remember(received), fault)
}

/// The answer to a query that is not even looked at.
fn refusal(shared: &Shared, fault: Fault) -> Option<Response> {
    Some(match fault {
        Fault::Throttled(quota, retry) => throttled(shared, quota, retry),
        Fault::Unavailable(retry) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            later(error(shared, status, "ServiceUnavailable", "Service unavailable."), retry)
        }
        Fault::Timeout => error(shared, StatusCode::GATEWAY_TIMEOUT, "UnknownError", ""),
        Fault::Preempted => bad_request(
            shared,
            "Query execution has exceeded the allowed limits. The query execution was preempted. This could possibly be due to high CPU and/or memory resource consumption. Optimize your query by following best practices and try again.",
        ),
        Fault::Html => {
            let page = "<!DOCTYPE html><html><body>Please sign in to the network.</body></html>";
            ([(CONTENT_TYPE, "text/html")], page).into_response()
        }
        Fault::Unauthorized => {
            let text = "Lifetime validation failed, the token is expired.";
            error(shared, StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", text)
        }
        Fault::Forbidden => error(
            shared,
            StatusCode::FORBIDDEN,
            "Forbidden",
            "Missing application roles. API required roles: ThreatHunting.Read.All, application roles: .",
        ),
        Fault::BadRequest => bad_request(shared, "Something about your query is not right."),
        Fault::TooBigAbove(_)
        | Fault::Cut(_)
        | Fault::Missing(_)
        | Fault::Reset
        | Fault::Half
        | Fault::NullResults => return None,
    })
}

fn throttled(shared: &Shared, quota: QuotaKind, retry: RetryHint) -> Response {
    let (code, text) = match (quota, retry) {
        (QuotaKind::Cpu, RetryHint::InMessage(seconds)) => (
            "CpuQuotaExceeded",
            format!(
                "You have exceeded processing resources allocated to this tenant. You can run queries again in {seconds} seconds"
            ),
        ),
        (QuotaKind::Cpu, _) => (
            "CpuQuotaExceeded",
            "You have exceeded processing resources allocated to this tenant.".to_owned(),
        ),
        (QuotaKind::Rate, RetryHint::InMessage(seconds)) => (
            "TooManyRequests",
            format!(
                "API calls quota exceeded! maximum allowed 45 per 00:01:00. You can send requests again in {seconds} seconds."
            ),
        ),
        (QuotaKind::Rate, _) => ("TooManyRequests", "Please retry again later.".to_owned()),
    };
    later(error(shared, StatusCode::TOO_MANY_REQUESTS, code, &text), retry)
}

/// Evaluates the query away from the runtime's threads.
async fn answer(shared: Arc<Shared>, query: String, fault: Option<Fault>) -> HuntingAnswer {
    let at_work = shared.clone();
    match tokio::task::spawn_blocking(move || evaluated(&at_work, &query, fault)).await {
        Ok(reply) => reply,
        Err(_) => error(&shared, StatusCode::INTERNAL_SERVER_ERROR, "UnknownError", "").into(),
    }
}

fn evaluated(shared: &Shared, query: &str, fault: Option<Fault>) -> HuntingAnswer {
    const TOO_BIG: &str = "Query execution has exceeded the allowed result size. Optimize your query by limiting the number of results and try again";
    let table = shared.table.read().unwrap_or_else(PoisonError::into_inner);
    let statement = match parse(query) {
        Ok(statement) => statement,
        Err(wrong) => return bad_request(shared, &wrong.to_string()).into(),
    };
    let mut answer = match evaluate(&statement, table.at(shared.settings.clock.now())) {
        Ok(answer) => answer,
        Err(wrong) => return bad_request(shared, &wrong.to_string()).into(),
    };
    answer.truncate(shared.settings.most_rows);
    match fault {
        Some(Fault::TooBigAbove(rows)) if answer.len() > rows => {
            return bad_request(shared, TOO_BIG).into();
        }
        Some(Fault::Cut(rows)) => answer.truncate(rows),
        Some(Fault::Missing(place)) => answer.remove(place),
        _ => {}
    }
    let results =
        if fault == Some(Fault::NullResults) { ResultsForm::Null } else { ResultsForm::Array };
    let body = render::body(&answer, results);
    if body.len() > shared.settings.most_bytes {
        return bad_request(shared, TOO_BIG).into();
    }
    HuntingAnswer { rows: answer.len(), response: sent(body, fault) }
}

fn sent(mut body: Vec<u8>, fault: Option<Fault>) -> Response {
    let (whole, half) = (body.len(), body.len() / 2);
    match fault {
        Some(Fault::Half) => body.truncate(half),
        Some(Fault::Reset) => {
            body.truncate(half);
            return (
                [(CONTENT_TYPE, JSON.to_owned()), (CONTENT_LENGTH, whole.to_string())],
                broken(body),
            )
                .into_response();
        }
        _ => {}
    }
    ([(CONTENT_TYPE, JSON)], body).into_response()
}

/// A body that ends before the length that its header promises, upon which the server breaks the
/// connection.
fn broken(half: Vec<u8>) -> Body {
    let (mut to, from) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        // Fails only when the client went away first.
        let _ = to.write_all(&half).await;
    });
    Body::from_stream(ReaderStream::new(from))
}
