//! A message as programs get it: a `CloudEvents` 1.0 event, which is a Standard Webhooks payload, too.

use serde_json::{Value as Json, json};

use crate::report::{Content, Envelope};

/// Where events come from.
const SOURCE: &str = "urn:clickwarden";

/// The event: the same bytes for the same message.
pub(super) fn event(content: &Content, envelope: &Envelope) -> Json {
    let time = envelope.written.to_string();
    json!({
        "specversion": "1.0",
        "id": envelope.id,
        "source": SOURCE,
        "type": content.kind.event_type(),
        "time": time,
        "datacontenttype": "application/json",
        // What Standard Webhooks calls the event's time.
        "timestamp": time,
        "data": {
            "title": content.title,
            "preview": content.preview,
            "tenants": content.tenants,
            "content": content.data,
        },
    })
}
