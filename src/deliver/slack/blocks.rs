//! Block Kit ("Reference: Blocks"). Text from outside stands in `plain_text` and `raw_text`, which
//! know neither markup nor mentions.

use serde_json::{Value as Json, json};

use crate::report::number::grouped;
use crate::report::plain::{fact, line, mark, more, shown};
use crate::report::{Block, Content, Envelope, Fact, Link, Share, Table, Tone, Value};

/// The most blocks of a message.
pub(super) const MOST_BLOCKS: usize = 50;
/// The most rows of a table, its headings included.
pub(super) const MOST_ROWS: u32 = 100;
/// The most characters of a heading, and of any other text.
const LONGEST_HEADING: usize = 150;
const LONGEST_TEXT: usize = 3_000;

/// How tables are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// The first as a table, of which a message may have one.
    Table,
    /// As text: for a workspace that refuses tables.
    Text,
}

/// The blocks.
pub(super) fn draw(content: &Content, envelope: &Envelope, layout: Layout) -> Vec<Json> {
    let mut blocks = vec![heading(&content.title)];
    let mut table_left = layout == Layout::Table;
    for block in &content.blocks {
        match block {
            Block::Table(table) if table_left && !table.rows.is_empty() && envelope.rows > 0 => {
                table_left = false;
                blocks.extend(rows(table, envelope));
            }
            block => blocks.extend(element(block, envelope)),
        }
    }
    blocks.truncate(MOST_BLOCKS - 1);
    blocks.push(context(&format!("clickwarden, message {}", envelope.id)));
    blocks
}

fn element(block: &Block, envelope: &Envelope) -> Vec<Json> {
    match block {
        Block::Heading(text) => vec![heading(text)],
        Block::Line { tone, parts } => {
            let sign = match tone {
                Tone::Good | Tone::Plain => "",
                Tone::Warning => "⚠️ ",
                Tone::Bad => "🔴 ",
            };
            vec![section(&format!("{sign}{}{}", mark(*tone), line(parts, envelope.urls)))]
        }
        Block::Facts(facts) => facts.chunks(10).map(fields).collect(),
        Block::Bar(shares) => vec![context(&legend(shares))],
        Block::Table(table) => vec![section(&as_text(table, envelope))],
        Block::Code(code) => vec![preformatted(code)],
        Block::Links(links) => vec![json!({
            "type": "actions", "elements": links.iter().map(button).collect::<Vec<_>>(),
        })],
    }
}

fn plain(text: &str, longest: usize) -> Json {
    // An empty text is refused.
    let text = if text.trim().is_empty() { "–".to_owned() } else { cut(text, longest) };
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest - 1) {
        Some((end, rest)) if end + rest.len_utf8() < text.len() => {
            format!("{}…", text.get(..end).unwrap_or_default())
        }
        _ => text.to_owned(),
    }
}

fn heading(text: &str) -> Json {
    json!({ "type": "header", "text": plain(text, LONGEST_HEADING) })
}

fn section(text: &str) -> Json {
    json!({ "type": "section", "text": plain(text, LONGEST_TEXT) })
}

fn context(text: &str) -> Json {
    json!({ "type": "context", "elements": [plain(text, LONGEST_TEXT)] })
}

fn fields(facts: &[Fact]) -> Json {
    let field = |each: &Fact| plain(&format!("{}\n{}", each.label, fact(each)), 2_000);
    json!({ "type": "section", "fields": facts.iter().map(field).collect::<Vec<_>>() })
}

fn legend(shares: &[Share]) -> String {
    let share = |share: &Share| format!("{} {}", share.label, grouped(share.count));
    shares.iter().map(share).collect::<Vec<_>>().join(" · ")
}

fn preformatted(code: &str) -> Json {
    let text = json!({ "type": "text", "text": cut(code, LONGEST_TEXT) });
    let code = json!({ "type": "rich_text_preformatted", "elements": [text] });
    json!({ "type": "rich_text", "elements": [code] })
}

fn button(link: &Link) -> Json {
    json!({ "type": "button", "text": plain(&link.label, 75), "url": link.address })
}

fn rows(table: &Table, envelope: &Envelope) -> Vec<Json> {
    let (shown_rows, left_out) = table.shown(envelope.rows.min(MOST_ROWS - 1));
    let raw = |text: String| {
        let text = if text.is_empty() { " ".to_owned() } else { text };
        json!({ "type": "raw_text", "text": text })
    };
    let headings: Vec<Json> = table.columns.iter().map(|text| raw(text.clone())).collect();
    let mut rows = vec![Json::Array(headings)];
    for row in shown_rows {
        rows.push(row.iter().map(|value| raw(shown(value, envelope.urls))).collect());
    }
    let settings: Vec<Json> = shown_rows
        .first()
        .into_iter()
        .flatten()
        .map(|value| match value {
            Value::Number(_) => json!({ "align": "right" }),
            _ => json!({ "is_wrapped": true }),
        })
        .collect();
    let mut drawn = vec![json!({ "type": "table", "rows": rows, "column_settings": settings })];
    drawn.extend(more(left_out, table).map(|more| context(&more)));
    drawn
}

/// A table as lines of text: the first cell, then the others with their headings.
fn as_text(table: &Table, envelope: &Envelope) -> String {
    let (shown_rows, left_out) = table.shown(envelope.rows);
    let mut lines: Vec<String> = Vec::new();
    for row in shown_rows {
        let cells: Vec<String> = row.iter().map(|value| shown(value, envelope.urls)).collect();
        let named = cells.iter().zip(&table.columns).skip(1);
        let rest: Vec<String> = named.map(|(cell, name)| format!("{name} {cell}")).collect();
        let first = cells.first().map_or("", String::as_str);
        lines.push(format!("{first}\n    {}", rest.join(" · ")));
    }
    lines.extend(more(left_out, table));
    lines.join("\n")
}
