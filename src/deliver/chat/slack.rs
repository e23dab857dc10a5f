//! `slack`: blocks posted to an incoming webhook ("Sending messages using incoming webhooks").

mod blocks;

use serde_json::json;
use url::Url;

use super::super::fit;
use super::super::http::HttpResponse;
use super::super::outcome::{Outcome, Outgoing};
use super::reply::ChatReply;
use crate::config::Layout;

/// Whether the address is that of a workflow, which takes no messages but its own variables.
pub(super) fn object(url: &Url) -> Option<&'static str> {
    let is_slack = url.host_str().is_some_and(|host| host.starts_with("hooks.slack"));
    let is_workflow = ["/workflows/", "/triggers/"].iter().any(|path| url.path().starts_with(path));
    (is_slack && is_workflow).then_some(
        "this is the address of a Slack workflow; add an incoming webhook to the channel and put \
         its address into the file",
    )
}

/// What the answer means.
pub(super) fn interpret(response: &HttpResponse) -> ChatReply {
    let refuses = |word: &&str| response.text.contains(word);
    if response.status == 400 && ["invalid_blocks", "invalid_attachments"].iter().any(refuses) {
        return ChatReply::NoTables;
    }
    ChatReply::Settled(outcome(response))
}

/// What Slack says in its text counts more than the status, which differs between sources
/// ("Handling errors with incoming webhooks").
fn outcome(response: &HttpResponse) -> Outcome {
    const GONE_ERRORS: [&str; 10] = [
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
    if !response.status.is_success() && GONE_ERRORS.iter().any(|word| response.text.contains(word))
    {
        return response
            .broken("make a new webhook for the channel and put its address into url_file");
    }
    response.outcome()
}

/// The body of the request: compact JSON.
pub(super) fn draw(outgoing: Outgoing<'_>, layout: Layout) -> String {
    let blocks = fit::drawing(
        outgoing.content,
        outgoing.envelope,
        |content, envelope| blocks::draw(content, envelope, layout),
        |blocks| blocks::fit(blocks),
    );
    json!({
        // What a push and a screen reader get.
        "text": escape(&format!("{}\n{}", outgoing.content.title, outgoing.content.preview)),
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
