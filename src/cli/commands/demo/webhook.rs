//! A signed webhook as text, from the request that arrived.

use serde_json::{Map, Value as Json, json};

use super::frame::{FrameLine, boxed, cut, inside};
use super::setup::KEY;
use crate::cli::print::text::plain;
use crate::clock::Tick;
use crate::demo::Posted;
use crate::text::number::{counted, grouped};

/// What Standard Webhooks sends beside the body.
const HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];
/// What is shown of a digest's totals.
const HEADLINES: [&str; 5] = ["Clicks", "Urls", "Blocked", "ClickedPastBlock", "UsersAtRisk"];

/// The request in a box of `width` columns. The receiver refuses one whose signature is not good, so
/// whatever is here has been verified.
pub(super) fn draw(posted: &Posted, now: Tick, width: usize) -> Vec<String> {
    let room = inside(width);
    let text = |line: &str| FrameLine::Text(cut(&plain(line), room));
    let header = |name: &&str| text(&format!("{name}: {}", posted.header(name)));
    let mut lines = vec![text(&format!("POST {}/…", posted.path))];
    lines.extend(HEADERS.iter().map(header));
    lines.push(FrameLine::Rule(String::new()));
    lines.extend(format!("{:#}", excerpt(&posted.json)).lines().map(text));
    let mut all = vec![String::new()];
    all.extend(boxed("Webhook", &lines, width));
    all.extend(remarks(posted, now));
    all
}

fn remarks(posted: &Posted, now: Tick) -> [String; 2] {
    let sent: i64 = posted.header("webhook-timestamp").parse().unwrap_or_default();
    let old = counted(now.unix_seconds().abs_diff(sent), "second");
    let content = posted.json.pointer("/data/content");
    let count = |list: &str| {
        let list = content.and_then(|content| content.get(list)?.as_array());
        list.map_or(0, Vec::len) as u64
    };
    let (urls, users) = (counted(count("rows"), "URL"), counted(count("users_at_risk"), "user"));
    let bytes = grouped(posted.body.len() as u64);
    [
        format!("Signature: good (HMAC-SHA256, verified with the key in {KEY}; sent {old} ago)."),
        format!("The whole body has {bytes} bytes: {urls}, uncut, and {users} at risk are in it."),
    ]
}

/// The headline numbers of the event, in its own shape.
fn excerpt(event: &Json) -> Json {
    let at = |pointer: &str| event.pointer(pointer).cloned().unwrap_or_default();
    let totals: Map<String, Json> = HEADLINES
        .iter()
        .map(|name| ((*name).to_owned(), at(&format!("/data/content/totals/{name}"))))
        .collect();
    json!({
        "id": at("/id"),
        "type": at("/type"),
        "data": {
            "content": {
                "from": at("/data/content/from"),
                "until": at("/data/content/until"),
                "totals": totals,
            },
        },
    })
}
