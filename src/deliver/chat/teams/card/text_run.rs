//! Text on a card: runs in a `RichTextBlock`, which runs no Markdown.

use serde_json::{Map, Value as Json, json};

pub(super) fn rich(runs: &[Json]) -> Json {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

pub(super) fn run(text: &str, style: Json) -> Json {
    with(json!({ "type": "TextRun", "text": text }), style)
}

/// An element with more properties.
pub(super) fn with(mut element: Json, more: Json) -> Json {
    if let (Some(element), Json::Object(more)) = (element.as_object_mut(), more) {
        element.extend::<Map<String, Json>>(more);
    }
    element
}

pub(super) fn small(text: &str) -> Json {
    rich(&[run(text, json!({ "size": "Small", "isSubtle": true }))])
}
