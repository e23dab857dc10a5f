//! `teams`: a card posted by a Power Automate workflow ("When a Teams webhook request is received").

mod card;

use std::path::PathBuf;

use serde_json::json;

use super::http::Http;
use super::{Outcome, Parcel, address, fit};
use crate::report::Envelope;

/// A message may have 28 KB; one of 27.7 KB was seen refused, after the flow had said 202.
const LARGEST: usize = 26 << 10;

/// A workflow.
#[derive(Debug)]
pub struct Teams {
    pub(super) url_file: PathBuf,
    pub(super) http: Http,
}

impl Teams {
    pub(super) async fn deliver(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let url = address::read(&self.url_file)?;
        let body = draw(parcel).into_bytes();
        // No token: a flow that anyone may start refuses requests that carry one.
        let sent = self.http.post(&url, body, |request| {
            request.header("content-type", "application/json; charset=utf-8")
        });
        let answer = sent.await?;
        Ok(match hidden_failure(&answer.text) {
            Some(status) if answer.status.is_success() => {
                let told = format!("said yes, but its text tells of a failure: {status}");
                Outcome::SinkLater { wait: None, told }
            }
            _ => answer.outcome(),
        })
    }
}

/// A failure that stands in the text of an answer that says yes, such as "returned HTTP error 429".
fn hidden_failure(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("HTTP error ")?;
    rest.get(..3).filter(|status| status.starts_with(['4', '5']))
}

/// The body of the request: compact JSON of at most [`LARGEST`] bytes.
fn draw(parcel: Parcel<'_>) -> String {
    let Parcel { content, envelope, .. } = parcel;
    let draw = |rows| {
        let envelope = Envelope { rows, ..envelope.clone() };
        let attachment = json!({
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card::draw(content, &envelope),
        });
        json!({ "type": "message", "attachments": [attachment] }).to_string()
    };
    let most = envelope.rows.min(content.rows());
    fit::largest(most, draw, |body| body.len() <= LARGEST)
}
