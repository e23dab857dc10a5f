//! Hostile strings through chat, webhook and file: nothing comes out alive, and nothing is lost.

use clickwarden::clock::Clock;
use clickwarden::deliver::Outcome;
use serde_json::{Value, json};

use crate::channel::{self, Line};
use crate::hostile::{assert_dead, messages, strings};
use crate::program::Program;
use crate::support::NOW;
use crate::tenants::file;

/// Where a card's column may be broken.
const BREAK: &str = "\u{200b}";

/// Calls `look` on every object of a document.
fn objects<'v>(value: &'v Value, look: &mut impl FnMut(&'v serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            look(object);
            object.values().for_each(|value| objects(value, look));
        }
        Value::Array(values) => values.iter().for_each(|value| objects(value, look)),
        _ => {}
    }
}

/// The strings that came whole, in order.
fn came(events: &[Value]) -> Vec<String> {
    let strings = |event: &Value| {
        let strings = event["data"]["content"]["strings"].as_array().unwrap().clone();
        strings.into_iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    events.iter().flat_map(strings).collect()
}

/// Fails if text from outside stands anywhere in a card where markup is run; how many rows its tables
/// have, with their headings.
pub fn assert_card_dead(body: &Value) -> usize {
    let mut rows = 0;
    objects(body, &mut |object| {
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        rows += usize::from(kind == "TableRow");
        match kind {
            "TextRun" => assert_dead(object["text"].as_str().unwrap()),
            "RichTextBlock" => {
                let inlines = object["inlines"].as_array().unwrap().iter();
                for text in inlines.filter_map(Value::as_str) {
                    assert_dead(&text.replace(BREAK, ""));
                }
            }
            // These two run Markdown: nothing but our own words.
            "TextBlock" => assert!(object["text"].as_str().unwrap().contains("clickwarden")),
            "FactSet" => panic!("{object:?}"),
            "Action.OpenUrl" => assert_eq!(object["url"], "https://security.microsoft.com"),
            _ => assert!(!object.contains_key("text"), "{object:?}"),
        }
        assert!(!object.contains_key("entities"), "{object:?}");
    });
    rows
}

/// Fails if text from outside stands anywhere in a message for Slack but as plain text; how many rows
/// its table has, with its heading.
pub fn assert_slack_dead(body: &Value) -> usize {
    objects(&body["blocks"], &mut |object| {
        if let Some(text) = object.get("text").and_then(Value::as_str) {
            let kind = object["type"].as_str().unwrap();
            assert!(matches!(kind, "plain_text" | "raw_text" | "text"), "{object:?}");
            assert_dead(text);
        }
        if let Some(url) = object.get("url") {
            assert_eq!(url, "https://security.microsoft.com");
        }
    });
    let blocks = body["blocks"].as_array().unwrap();
    let table = blocks.iter().find(|block| block["type"] == "table").unwrap();
    table["rows"].as_array().unwrap().len()
}

#[test]
fn a_card_shows_hostile_strings_in_plain_runs_only() {
    let line = Line::new("teams", "");
    for message in messages() {
        assert_eq!(assert_card_dead(&line.drawn(&message)), message.rows() as usize + 1);
    }
}

#[test]
fn slack_gets_hostile_strings_as_plain_text_only() {
    let line = Line::new("slack", "");
    for message in messages() {
        let body = line.drawn(&message);
        assert_eq!(body["text"], json!(format!("{}\n{}", message.title, message.preview)));
        assert_eq!(assert_slack_dead(&body), message.rows() as usize + 1);
    }
}

#[test]
fn programs_get_hostile_strings_whole() {
    let line = Line::new("webhook", "");
    let events: Vec<Value> = messages().iter().map(|message| line.drawn(message)).collect();
    assert_eq!(came(&events), strings());
}

#[test]
fn a_template_keeps_hostile_strings_in_their_place() {
    let program = Program::offline();
    let text = r#"{% set content = event.data.content %}{"x": [
        {% if content.strings is defined %}{% for text in content.strings %}{{ text }}, {% endfor %}{% endif %}
        ""], "one": {"y": {{ event.data.title }}, "z": {{ content }}}}"#;
    let template = file(&program.folder, "template", text, 0o600);
    let line = Line::new("webhook", &format!("template_file = {template:?}"));
    for message in messages() {
        let body = line.drawn(&message);
        let mut expected = message.data["strings"].as_array().unwrap().clone();
        expected.push(json!(""));
        assert_eq!(body["x"], json!(expected));
        assert_eq!(body["one"], json!({ "y": message.title, "z": message.data }));
    }
}

#[tokio::test]
async fn a_file_gets_a_line_for_every_message_whatever_stands_in_it() {
    let program = Program::offline();
    let path = program.folder.path().join("messages.jsonl");
    let settings = format!("type = \"file\"\npath = {path:?}");
    let channel = channel::configured(&program, &settings, &Clock::manual(NOW));
    for message in messages() {
        assert_eq!(channel::deliver(&channel, &message, u32::MAX).await, Outcome::Accepted);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(came(&events), strings());
}
