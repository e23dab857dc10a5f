//! `teams`: a card posted by a Power Automate workflow ("When a Teams webhook request is received").

mod card;

use reqwest::StatusCode;
use serde_json::json;
use url::Url;

use super::super::fit;
use super::super::http::HttpResponse;
use super::super::outcome::{Outcome, Outgoing};
use super::reply::ChatReply;
use crate::config::Layout;

/// A message may have 28 KB (28,672 bytes), which the second step of a flow counts in the message as
/// a JSON text within JSON, after the first had said 202: a card of 24,453 bytes was refused there as
/// "28897, max 28672" (MicrosoftDocs/msteams-docs, issue 11274).
const LARGEST_REQUEST: usize = 27_500;

/// Hosts of Office 365 connectors, switched off in May 2026 ("Retirement of Office 365 connectors
/// within Microsoft Teams").
const CONNECTORS: [&str; 2] = ["webhook.office.com", "outlook.office.com"];

/// Whether the address is that of a connector.
pub(super) fn object(url: &Url) -> Option<&'static str> {
    let host = url.host_str().unwrap_or_default();
    let is_connector = CONNECTORS.iter().any(|connector| {
        host.strip_suffix(connector).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    is_connector.then_some(
        "this is the address of an Office 365 connector, which Microsoft switched off in May 2026; \
         make a workflow in Teams (\"When a Teams webhook request is received\") and put its \
         address into the file",
    )
}

/// What the answer means. That the flow took the message does not say that it posted the card.
pub(super) fn interpret(response: &HttpResponse) -> ChatReply {
    let hidden = if response.status.is_success() { hidden_failure(&response.text) } else { None };
    let response = &HttpResponse { status: hidden.unwrap_or(response.status), ..response.clone() };
    ChatReply::Settled(outcome(response))
}

fn outcome(response: &HttpResponse) -> Outcome {
    let lacks_query = response.text.contains("MissingApiVersionParameter");
    match response.status.as_u16() {
        400 if lacks_query => response.broken("copy the workflow's address again, whole"),
        401 | 403 => response.broken(
            "copy the workflow's address again, whole, and let anyone who has it start the flow",
        ),
        404 | 410 => response.broken(
            "the workflow is off or gone: turn it on, or make a new one and put its address into \
             url_file",
        ),
        _ => response.outcome(),
    }
}

/// A failure that stands in the text of an answer that says yes, such as "returned HTTP error 429".
fn hidden_failure(text: &str) -> Option<StatusCode> {
    let (_, rest) = text.split_once("HTTP error ")?;
    let status: StatusCode = rest.get(..3)?.parse().ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// The body of the request: compact JSON of at most [`LARGEST_REQUEST`] bytes as a text within JSON. No token goes with it: a flow
/// that anyone may start refuses requests that carry one.
pub(super) fn draw(outgoing: Outgoing<'_>, layout: Layout) -> String {
    let fits = |body: &String| within_json(body) <= LARGEST_REQUEST;
    fit::drawing(
        outgoing.content,
        outgoing.envelope,
        |content, envelope| {
            let attachment = json!({
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card::draw(content, envelope, layout),
            });
            json!({ "type": "message", "attachments": [attachment] }).to_string()
        },
        fits,
    )
}

/// The bytes of `body` as a text within JSON: two quotes around it, and a backslash before each quote
/// and backslash. Compact JSON has no other character that would be written otherwise.
fn within_json(body: &str) -> usize {
    2 + body.len() + body.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}
