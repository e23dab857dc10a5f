//! A message as HTML that mail programs draw alike: nested tables, styles in place, no picture, no
//! script. Every text goes through the template's escaping; only links of ours are links.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr as _;

use crate::message::plain::{line, mark, more, parts_of, shown};
use crate::message::{Block, Content, Envelope, Fact, Share, Table, Tone, Value};
use crate::text::number::grouped;

/// Columns of a text that takes no more room than a number.
const SHORT_WIDTH: usize = 8;
const TEMPLATE_NAME: &str = "mail.html";
const TEMPLATE: &str = include_str!("mail.html");

/// The HTML.
pub(super) fn draw(content: &Content, envelope: &Envelope) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let blocks: Vec<Json> = content.blocks.iter().map(|block| of(block, envelope)).collect();
    let context = json!({
        "title": content.title, "preview": content.preview, "id": envelope.shown_id(), "blocks": blocks,
    });
    let drawn = environment.render_named_str(TEMPLATE_NAME, TEMPLATE, Serde(context));
    // The template is fixed and tested with every kind of block.
    drawn.unwrap_or_default()
}

fn of(block: &Block, envelope: &Envelope) -> Json {
    match block {
        Block::Heading(text) => json!({ "kind": "heading", "text": text }),
        Block::Line { tone, parts } => {
            let text = format!("{}{}", mark(*tone), line(parts, envelope.urls));
            json!({ "kind": "line", "text": text, "tone": name(*tone), "color": ink(*tone) })
        }
        Block::Facts(facts) => {
            json!({ "kind": "facts", "facts": facts.iter().map(fact).collect::<Vec<_>>() })
        }
        Block::Bar(shares) => {
            let filled = shares.iter().any(|share| share.count > 0);
            json!({ "kind": "bar", "filled": filled, "shares": bar(shares) })
        }
        Block::Table(shown) => table(shown, envelope),
        Block::Code(text) => json!({ "kind": "code", "text": text }),
        Block::Links(links) => {
            let links: Vec<Json> = links
                .iter()
                .filter(|link| link.address.starts_with("https://"))
                .map(|link| json!({ "label": link.label, "address": link.address }))
                .collect();
            json!({ "kind": "links", "links": links })
        }
    }
}

const fn name(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Plain => "plain",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    }
}

/// The colour of text, where it has one of its own: readable on white (WCAG AA).
const fn ink(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Good => Some("#1e6b2e"),
        Tone::Plain => None,
        Tone::Warning => Some("#8a5300"),
        Tone::Bad => Some("#b3261e"),
    }
}

/// The colour of an area: seen on white and on black.
const fn paint(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "#3c9a50",
        Tone::Plain => "#6b7f99",
        Tone::Warning => "#d98a1f",
        Tone::Bad => "#d1453b",
    }
}

fn fact(fact: &Fact) -> Json {
    json!({
        "label": fact.label, "value": grouped(fact.value), "change": fact.change,
        "tone": name(fact.tone), "color": ink(fact.tone),
    })
}

fn bar(shares: &[Share]) -> Vec<Json> {
    let share = |(share, width): (&Share, usize)| {
        json!({
            "label": share.label, "count": grouped(share.count), "width": width,
            "color": paint(share.tone),
        })
    };
    shares.iter().zip(parts_of(shares, 100)).map(share).collect()
}

/// A table whose rows become paragraphs on a phone: each cell with its column's title, which a style
/// adds there and only there, but for the first, which is what the row is about.
fn table(table: &Table, envelope: &Envelope) -> Json {
    let (rows, left_out) = table.shown(envelope.rows);
    let columns: Vec<Json> = (0..)
        .zip(&table.columns)
        .map(|(place, title)| {
            let cells = || rows.iter().filter_map(|row| row.get(place));
            let counts = matches!(cells().next(), Some(Value::Number(_)));
            let longest = cells().map(|cell| shown(cell, envelope.urls).width()).max();
            let width = width(counts, longest.unwrap_or(0));
            json!({ "title": title, "align": align(counts), "width": width })
        })
        .collect();
    let cell = |(place, value): (usize, &Value)| {
        let counts = matches!(value, Value::Number(_));
        json!({
            "text": shown(value, envelope.urls), "align": align(counts),
            "beside": counts || matches!(value, Value::Words(words) if words.width() <= SHORT_WIDTH),
            "long": matches!(value, Value::Url(_) | Value::Data(_)),
            "nothing": *value == Value::Number(0),
            "tag": if place == 0 { None } else { table.columns.get(place) },
        })
    };
    let rows: Vec<Json> =
        rows.iter().map(|row| (0..).zip(row).map(cell).collect::<Vec<_>>().into()).collect();
    json!({ "kind": "table", "columns": columns, "rows": rows, "more": more(left_out, table) })
}

const fn align(counts: bool) -> &'static str {
    if counts { "right" } else { "left" }
}

/// The pixels that a column takes; the long ones share what is left.
const fn width(counts: bool, longest: usize) -> Option<u32> {
    match (counts, longest) {
        (true, _) | (false, ..=SHORT_WIDTH) => Some(52),
        (false, ..=24) => Some(96),
        (false, _) => None,
    }
}
