//! The simulated tenant's token endpoint.
//!
//! Answers and `AADSTS` codes are those of Entra's client-credentials flow.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use url::form_urlencoded;

use crate::clock::ticks_of;

use super::graph_reply::dated;
use super::tenant_state::Shared;

struct LoginRefusal {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: String,
}

/// Issues a token, or says why not. What comes is read as a form, whatever it says it is: msticpy
/// 3.0 sends one without a Content-Type.
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
    body: Bytes,
) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let mut state = shared.state();
    state.sign_ins += 1;
    let refusal = match state.sign_in_faults.pop_front() {
        Some(code) => Some(refuse(code, "Simulated.")),
        None => check(&shared, &tenant, &form).err(),
    };
    if let Some(refusal) = refusal {
        return answer(&shared, refusal.status, &refusal.body(&shared));
    }
    let expires = shared.settings.clock.now().plus(ticks_of(shared.settings.token_lifetime));
    let token = format!("simulated.{:016x}.token", state.sign_ins);
    state.tokens.insert(token.clone(), expires);
    drop(state);
    let seconds = shared.settings.token_lifetime.as_secs();
    let body = json!({
        "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
        "access_token": token,
    });
    answer(&shared, StatusCode::OK, &body)
}

fn answer(shared: &Shared, status: StatusCode, body: &serde_json::Value) -> Response {
    use axum::response::IntoResponse as _;
    dated(shared, (status, Json(body)).into_response())
}

/// Every code but those below is a 401 `invalid_client`.
fn refuse(code: u32, text: &str) -> LoginRefusal {
    let (status, error) = match code {
        700_016 => (StatusCode::BAD_REQUEST, "unauthorized_client"),
        90_002 | 900_144 => (StatusCode::BAD_REQUEST, "invalid_request"),
        70_011 => (StatusCode::BAD_REQUEST, "invalid_scope"),
        70_003 => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
        90_033 => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        _ => (StatusCode::UNAUTHORIZED, "invalid_client"),
    };
    LoginRefusal { status, error, code, text: text.to_owned() }
}

fn check(
    shared: &Shared,
    tenant: &str,
    form: &HashMap<String, String>,
) -> Result<(), LoginRefusal> {
    let settings = &shared.settings;
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    if tenant != settings.tenant_id {
        return Err(refuse(90_002, &format!("Tenant '{tenant}' not found.")));
    }
    if field("grant_type").is_empty() {
        let text = "The request body must contain the following parameter: 'grant_type'.";
        return Err(refuse(900_144, text));
    }
    if field("grant_type") != "client_credentials" {
        return Err(refuse(70_003, "The app requested an unsupported grant type."));
    }
    if !field("scope").ends_with("/.default") {
        return Err(refuse(70_011, "The provided request must include a 'scope' input parameter."));
    }
    let client = field("client_id");
    if client != settings.client_id {
        let text =
            format!("Application with identifier '{client}' was not found in the directory.");
        return Err(refuse(700_016, &text));
    }
    match form.get("client_secret") {
        None => Err(refuse(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
        Some(secret) if *secret != settings.client_secret => Err(refuse(
            7_000_215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
        )),
        Some(_) => Ok(()),
    }
}

impl LoginRefusal {
    fn body(&self, shared: &Shared) -> serde_json::Value {
        let Self { error, code, text, .. } = self;
        let now = shared.settings.clock.now();
        let time = now.floor(crate::clock::SECOND).to_string().replace('T', " ");
        let (trace, correlation) = (shared.next_id(), shared.next_id());
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"
            ),
            "error_codes": [code],
            "timestamp": time,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        })
    }
}
