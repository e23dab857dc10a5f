//! Answers in the form of Microsoft Graph: its error envelope, its dates and ids.

use axum::http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::clock::{SECOND, Tick};

use super::fault::RetryHint;
use super::tenant_state::Shared;

/// How Graph names the type of its JSON.
pub(super) const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

pub(super) fn bad_request(shared: &Shared, text: &str) -> Response {
    error(shared, StatusCode::BAD_REQUEST, "BadRequest", text)
}

/// Graph's error envelope.
pub(super) fn error(shared: &Shared, status: StatusCode, code: &str, message: &str) -> Response {
    let date = shared.settings.clock.now().floor(SECOND).to_string();
    let id = shared.next_id();
    let state =
        json!({ "date": date.trim_end_matches('Z'), "request-id": id, "client-request-id": id });
    let body = json!({ "error": { "code": code, "message": message, "innerError": state } });
    (status, [(CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

/// Says when to come back.
pub(super) fn later(mut response: Response, retry: RetryHint) -> Response {
    let value = match retry {
        RetryHint::Seconds(seconds) => seconds.to_string(),
        RetryHint::Date(tick) => http_date(tick),
        RetryHint::InMessage(_) | RetryHint::Unsaid => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// Adds the date of the tenant's own clock and a request id.
pub(super) fn dated(shared: &Shared, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Ok(date) = HeaderValue::from_str(&http_date(shared.settings.clock.now())) {
        headers.insert(DATE, date);
    }
    if let Ok(id) = HeaderValue::from_str(&shared.next_id()) {
        headers.insert("request-id", id);
    }
    response
}

/// A time as HTTP writes it, to the second.
fn http_date(tick: Tick) -> String {
    let at = jiff::Timestamp::from_second(tick.unix_seconds()).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
