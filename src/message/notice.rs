//! Notices: that delivery itself needs somebody.

use serde_json::json;

use super::content::{Block, Content, MessageKind, Tone, Value};

/// That a sink takes nothing until somebody mends it.
pub fn paused(sink: &str, why: &str, tenants: &[String]) -> Content {
    let remedy = format!("Fix it, then run: clickwarden sink test {sink}");
    Content {
        kind: MessageKind::Notice,
        tenants: tenants.to_vec(),
        title: "clickwarden: a sink is paused".to_owned(),
        preview: "Its messages wait until it is fixed.".to_owned(),
        blocks: vec![
            line(Tone::Bad, "The sink ", sink, " is paused: it takes no messages. They are kept."),
            line(Tone::Plain, "Its answer: ", why, ""),
            words("Nothing is sent there until a sample gets through."),
            Block::Code(remedy),
        ],
        data: json!({ "sink": sink, "state": "paused", "why": why }),
        attachment: None,
    }
}

/// That a message was given up.
pub fn dead(sink: &str, number: i64, title: &str, why: &str, tenants: &[String]) -> Content {
    Content {
        kind: MessageKind::Notice,
        tenants: tenants.to_vec(),
        title: "clickwarden: a message could not be delivered".to_owned(),
        preview: "It is kept until somebody retries or drops it.".to_owned(),
        blocks: vec![
            line(Tone::Bad, "A message to the sink ", sink, " was given up. It is kept."),
            words(&format!("It was: {title}")),
            line(Tone::Plain, "The answer: ", why, ""),
            words("There may be more, see the list. Retry them, or drop them:"),
            Block::Code(format!(
                "clickwarden outbox list --state dead\nclickwarden outbox retry {number}\n\
                 clickwarden outbox drop {number}"
            )),
        ],
        data: json!({ "sink": sink, "state": "dead", "message": number, "why": why }),
        attachment: None,
    }
}

/// A line with something in it that is not ours: an answer of a server may hold anything.
fn line(tone: Tone, before: &str, data: &str, after: &str) -> Block {
    let words = |text: &str| Value::Words(text.to_owned());
    let parts = vec![words(before), Value::Data(data.to_owned()), words(after)];
    Block::Line { tone, parts }
}

fn words(text: &str) -> Block {
    Block::Line { tone: Tone::Plain, parts: vec![Value::Words(text.to_owned())] }
}
