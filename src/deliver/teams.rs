//! `teams`: a card posted by a Power Automate workflow ("When a Teams webhook request is received").

mod card;

use std::path::PathBuf;

use reqwest::StatusCode;
use serde_json::json;

use super::http::{Answer, Http};
use super::{Outcome, Parcel, address, fit};
use crate::config::Layout;

/// A message may have 28 KB; one of 27.7 KB was seen refused, after the flow had said 202.
const LARGEST: usize = 26 << 10;

/// A workflow.
#[derive(Debug)]
pub struct Teams {
    pub(super) url_file: PathBuf,
    pub(super) layout: Layout,
    pub(super) http: Http,
}

impl Teams {
    pub(super) async fn deliver(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let url = address::read(&self.url_file)?;
        let body = draw(parcel, self.layout).into_bytes();
        // No token: a flow that anyone may start refuses requests that carry one.
        let sent = self.http.post(&url, body, |request| {
            request.header("content-type", "application/json; charset=utf-8")
        });
        Ok(outcome(sent.await?))
    }
}

/// What the answer means. That the flow took the message does not say that it posted the card.
fn outcome(mut answer: Answer) -> Outcome {
    if answer.status.is_success() {
        answer.status = hidden_failure(&answer.text).unwrap_or(answer.status);
    }
    let lacks_query = answer.text.contains("MissingApiVersionParameter");
    match answer.status.as_u16() {
        400 if lacks_query => answer.broken("copy the workflow's address again, whole"),
        401 | 403 => answer.broken(
            "copy the workflow's address again, whole, and let anyone who has it start the flow",
        ),
        404 | 410 => answer.broken(
            "the workflow is off or gone: turn it on, or make a new one and put its address into \
             url_file",
        ),
        _ => answer.outcome(),
    }
}

/// A failure that stands in the text of an answer that says yes, such as "returned HTTP error 429".
fn hidden_failure(text: &str) -> Option<StatusCode> {
    let (_, rest) = text.split_once("HTTP error ")?;
    let status: StatusCode = rest.get(..3)?.parse().ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// The body of the request: compact JSON of at most [`LARGEST`] bytes.
fn draw(parcel: Parcel<'_>, layout: Layout) -> String {
    let fits = |body: &String| body.len() <= LARGEST;
    fit::drawing(
        parcel.content,
        parcel.envelope,
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
