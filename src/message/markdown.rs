//! Content as Markdown (GitHub Flavored Markdown), dead wherever it is read.

use super::content::{Block, Content, Envelope, Share, Table, UrlDisplay, Value};
use super::plain::{fact, mark, more, shown};
use crate::text::number::grouped;

/// The whole message.
pub fn markdown(content: &Content, envelope: &Envelope) -> String {
    let mut text = format!("# {}\n", escaped(&content.title));
    for block in &content.blocks {
        text.push('\n');
        text.push_str(&drawn(block, envelope));
    }
    text
}

fn drawn(block: &Block, envelope: &Envelope) -> String {
    let line_of = |text: String| format!("{text}\n");
    match block {
        Block::Heading(heading) => format!("## {}\n", escaped(heading)),
        Block::Line { tone, parts } => {
            let parts = parts.iter().map(|part| value(part, envelope.urls));
            line_of(escaped(mark(*tone)) + &parts.collect::<String>())
        }
        Block::Facts(facts) => {
            lines(facts, |it| format!("- {}: {}", escaped(&it.label), escaped(&fact(it))))
        }
        Block::Bar(shares) => line_of(shares.iter().map(share).collect::<Vec<_>>().join(" · ")),
        Block::Table(it) => table(it, envelope),
        Block::Code(code) => lines(&code.lines().collect::<Vec<_>>(), |line| format!("    {line}")),
        Block::Links(links) => {
            lines(links, |link| format!("- [{}]({})", escaped(&link.label), link.address))
        }
    }
}

fn lines<T>(all: &[T], line: impl Fn(&T) -> String) -> String {
    all.iter().flat_map(|one| [line(one), "\n".to_owned()]).collect()
}

fn share(share: &Share) -> String {
    format!("{}: **{}**", escaped(&share.label), grouped(share.count))
}

fn table(table: &Table, envelope: &Envelope) -> String {
    let (rows, left_out) = table.shown(envelope.rows);
    let rule = |place: usize| match rows.first().and_then(|row| row.get(place)) {
        Some(Value::Number(_)) => "---:".to_owned(),
        _ => "---".to_owned(),
    };
    let mut text = row(table.columns.iter().map(|column| escaped(column)));
    text += &row((0..table.columns.len()).map(rule));
    for cells in rows {
        text += &row(cells.iter().map(|cell| value(cell, envelope.urls)));
    }
    if let Some(more) = more(left_out, table) {
        text.extend(["\n", &more, "\n"]);
    }
    text
}

/// Our own words escaped, what is from outside as code, where nothing is linked or marked up.
fn value(value: &Value, urls: UrlDisplay) -> String {
    let text = shown(value, urls);
    match value {
        Value::Url(url) if !url.is_empty() => code(&text),
        Value::Data(data) if !data.is_empty() => code(&text),
        _ => escaped(&text),
    }
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Text in which nothing is active: a code span, its fence longer than any within.
pub fn code(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    let space = if fence.len() > 1 { " " } else { "" };
    // Within a table a bar ends the cell even in code, and `\\|` may or may not be one.
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\u{7c}"))
}

/// Text with all that Markdown acts on escaped.
pub fn escaped(text: &str) -> String {
    const ACTIVE: &str = "\\`*_[]<>#!|&~@=^$";
    let mut safe = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // A colon may make a link of what is around it, but not before a digit of a time.
        let active = c == ':' && chars.peek() == Some(&'/');
        if active || ACTIVE.contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
