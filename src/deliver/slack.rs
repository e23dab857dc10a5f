//! `slack`: blocks posted to an incoming webhook ("Sending messages using incoming webhooks").

mod blocks;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use url::Url;

use super::http::{Answer, Http};
use super::{Outcome, Parcel, address, fit};
use blocks::Layout;

/// An incoming webhook.
#[derive(Debug)]
pub struct Slack {
    pub(super) url_file: PathBuf,
    pub(super) http: Http,
    /// Set once the workspace refused a table.
    pub(super) refuses_tables: AtomicBool,
}

impl Slack {
    pub(super) async fn deliver(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let url = address::read(&self.url_file)?;
        let refuses_tables = self.refuses_tables.load(Ordering::Relaxed);
        let layout = if refuses_tables { Layout::Text } else { Layout::Table };
        let mut answer = self.post(&url, parcel, layout).await?;
        if layout == Layout::Table && refuses_blocks(&answer) {
            self.refuses_tables.store(true, Ordering::Relaxed);
            answer = self.post(&url, parcel, Layout::Text).await?;
        }
        Ok(outcome(&answer))
    }

    async fn post(&self, url: &Url, parcel: Parcel<'_>, layout: Layout) -> Result<Answer, Outcome> {
        let body = draw(parcel, layout).into_bytes();
        let sent =
            self.http.post(url, body, |request| request.header("content-type", "application/json"));
        sent.await
    }
}

fn refuses_blocks(answer: &Answer) -> bool {
    answer.status == 400
        && ["invalid_blocks", "invalid_attachments"].iter().any(|word| answer.text.contains(word))
}

/// What Slack says in its text counts more than the status, which differs between sources
/// ("Handling errors with incoming webhooks").
fn outcome(answer: &Answer) -> Outcome {
    const GONE: [&str; 10] = [
        "no_service",
        "no_active_hooks",
        "no_team",
        "channel_not_found",
        "channel_is_archived",
        "team_disabled",
        "posting_to_general_channel_denied",
        "action_prohibited",
        "invalid_token",
        "No service",
    ];
    if !answer.status.is_success() && GONE.iter().any(|word| answer.text.contains(word)) {
        return answer
            .broken("make a new webhook for the channel and put its address into url_file");
    }
    answer.outcome()
}

/// The body of the request: compact JSON.
fn draw(parcel: Parcel<'_>, layout: Layout) -> String {
    let blocks = fit::drawing(
        parcel.content,
        parcel.envelope,
        |content, envelope| blocks::draw(content, envelope, layout),
        |blocks| blocks::fit(blocks),
    );
    json!({
        // What a push and a screen reader get: our own words only.
        "text": escape(&parcel.content.preview),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    })
    .to_string()
}

/// The three characters that begin markup and mentions ("Formatting text for app surfaces").
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
