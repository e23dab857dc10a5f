//! A message as programs get it: a `CloudEvents` 1.0 event, which is a Standard Webhooks payload, too.

use serde_json::{Map, Value as Json, json};

use crate::message::{Content, Envelope};

/// Where events come from.
const EVENT_SOURCE: &str = "urn:clickwarden";

/// The event: the same bytes for the same message.
pub(super) fn event(content: &Content, envelope: &Envelope) -> Json {
    let time = envelope.written.to_string();
    let (data, left_out) = shrunk(&content.data, envelope.rows);
    json!({
        "specversion": "1.0",
        "id": envelope.id,
        "source": EVENT_SOURCE,
        "type": content.kind.event_type(),
        "time": time,
        "datacontenttype": "application/json",
        // What Standard Webhooks calls the event's time.
        "timestamp": time,
        "data": {
            "title": content.title,
            "preview": content.preview,
            "tenants": content.tenants,
            "content": data,
            "left_out": left_out,
        },
    })
}

/// The content with at most `rows` rows in each of its tables, and how many that leaves out: none
/// unless a receiver refused the message as too big.
fn shrunk(data: &Json, rows: u32) -> (Json, usize) {
    let Json::Object(all) = data else { return (data.clone(), 0) };
    let mut left_out = 0;
    let shrink = |value: &Json| match value {
        Json::Array(list) if list.iter().all(Json::is_object) => {
            let kept: Vec<Json> = list.iter().take(rows as usize).cloned().collect();
            left_out += list.len() - kept.len();
            Json::Array(kept)
        }
        other => other.clone(),
    };
    let values: Vec<Json> = all.values().map(shrink).collect();
    let kept: Map<String, Json> = all.keys().cloned().zip(values).collect();
    (Json::Object(kept), left_out)
}
