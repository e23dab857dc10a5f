//! Block Kit ("Reference: Blocks"). Text from outside stands in `plain_text` and `raw_text`, which
//! know neither markup nor mentions.

use serde_json::{Value as Json, json};

use crate::config::Layout;
use crate::message::plain::{fact, line, listed, mark, more, shown};
use crate::message::{Block, Content, Envelope, Fact, Link, Share, Table, Tone, Value};
use crate::text::number::grouped;

/// The most blocks of a message.
const MOST_BLOCKS: usize = 50;
/// The most rows of a table, its headings included, and cells of a row.
const MOST_ROWS: u32 = 100;
const MOST_CELLS: usize = 20;
/// The most characters of all cells of a table together.
const MOST_IN_CELLS: usize = 10_000;
/// The most characters of a heading, of a field, of a button, and of any other text.
const LONGEST_HEADING: usize = 150;
const LONGEST_FIELD: usize = 2_000;
const LONGEST_BUTTON: usize = 75;
const LONGEST_TEXT: usize = 3_000;
/// The most fields of a section, and buttons of a block.
const MOST_FIELDS: usize = 10;
const MOST_BUTTONS: usize = 25;

/// The blocks. The widest table is drawn as one, of which a message may have no more.
pub(super) fn draw(content: &Content, envelope: &Envelope, layout: Layout) -> Vec<Json> {
    let widest = match layout {
        Layout::Table => widest(content),
        Layout::Lines => None,
    };
    let mut blocks = vec![heading(&content.title)];
    for block in &content.blocks {
        match block {
            Block::Table(table) if widest.is_some_and(|widest| std::ptr::eq(widest, table)) => {
                blocks.extend(rows(table, envelope));
            }
            block => blocks.extend(element(block, envelope)),
        }
    }
    blocks.push(context(&format!("clickwarden, message {}", envelope.shown_id())));
    blocks
}

/// Whether Slack takes so many blocks, and so much in a table.
pub(super) fn fit(blocks: &[Json]) -> bool {
    let cells = |block: &Json| -> usize {
        let rows = block.get("rows").and_then(Json::as_array).into_iter().flatten();
        let cells = rows.filter_map(Json::as_array).flatten();
        let texts = cells.filter_map(|cell| cell.get("text").and_then(Json::as_str));
        texts.map(|text| text.chars().count()).sum()
    };
    blocks.len() <= MOST_BLOCKS && blocks.iter().map(cells).sum::<usize>() <= MOST_IN_CELLS
}

/// The table with the most columns, the first of those.
fn widest(content: &Content) -> Option<&Table> {
    let tables = content.blocks.iter().filter_map(|block| match block {
        Block::Table(table) if !table.rows.is_empty() => Some(table),
        _ => None,
    });
    tables.rev().max_by_key(|table| table.columns.len())
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
        Block::Facts(facts) => facts.chunks(MOST_FIELDS).map(fields).collect(),
        Block::Bar(shares) => vec![context(&legend(shares))],
        Block::Table(table) => as_text(table, envelope),
        Block::Code(code) => vec![preformatted(code)],
        Block::Links(links) => links.chunks(MOST_BUTTONS).map(buttons).collect(),
    }
}

fn plain(text: &str, longest: usize) -> Json {
    // An empty text is refused.
    let text = if text.trim().is_empty() { "–".to_owned() } else { cut(text, longest) };
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest - 1) {
        Some((end, last)) if end + last.len_utf8() < text.len() => {
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
    let field = |each: &Fact| plain(&format!("{}\n{}", each.label, fact(each)), LONGEST_FIELD);
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

fn buttons(links: &[Link]) -> Json {
    let button = |link: &Link| {
        let label = plain(&link.label, LONGEST_BUTTON);
        json!({ "type": "button", "text": label, "url": link.address })
    };
    json!({ "type": "actions", "elements": links.iter().map(button).collect::<Vec<_>>() })
}

fn rows(table: &Table, envelope: &Envelope) -> Vec<Json> {
    let (shown_rows, left_out) = table.shown(envelope.rows.min(MOST_ROWS - 1));
    let more = more(left_out, table).map(|more| context(&more));
    let Some(first) = shown_rows.first() else { return more.into_iter().collect() };
    let headings: Vec<Json> = table.columns.iter().take(MOST_CELLS).map(|text| raw(text)).collect();
    let mut rows = vec![Json::Array(headings)];
    for row in shown_rows {
        let cells = row.iter().take(MOST_CELLS);
        rows.push(cells.map(|value| raw(&shown(value, envelope.urls))).collect());
    }
    let settings: Vec<Json> = first.iter().take(MOST_CELLS).map(setting).collect();
    let mut drawn = vec![json!({ "type": "table", "rows": rows, "column_settings": settings })];
    drawn.extend(more);
    drawn
}

fn raw(text: &str) -> Json {
    // An empty cell is refused.
    json!({ "type": "raw_text", "text": if text.is_empty() { " " } else { text } })
}

fn setting(value: &Value) -> Json {
    match value {
        Value::Number(_) => json!({ "align": "right" }),
        _ => json!({ "is_wrapped": true }),
    }
}

/// A table as sections of text, each row whole: what it is about, and below what there is to say.
fn as_text(table: &Table, envelope: &Envelope) -> Vec<Json> {
    let (rows, left_out) = table.shown(envelope.rows);
    let mut texts: Vec<String> = Vec::new();
    for row in rows {
        let (about, rest) = listed(table, row, envelope.urls);
        let row = format!("{about}\n    {rest}");
        match texts.last_mut() {
            Some(text) if text.chars().count() + row.chars().count() < LONGEST_TEXT => {
                text.push('\n');
                text.push_str(&row);
            }
            _ => texts.push(row),
        }
    }
    let mut drawn: Vec<Json> = texts.iter().map(|text| section(text)).collect();
    drawn.extend(more(left_out, table).map(|more| context(&more)));
    drawn
}
