//! An Adaptive Card ("Adaptive Cards" schema explorer). `TextBlock` and `FactSet` run Markdown, so
//! all text stands in a `RichTextBlock`, which does not.

use serde_json::{Map, Value as Json, json};

use crate::config::Layout;
use crate::report::number::grouped;
use crate::report::plain::{fact, line, listed, mark, more, parts_of, shown};
use crate::report::{Block, Content, Envelope, Fact, Link, Share, Table, Tone, Urls, Value};

/// Weights of columns: of URLs, of names and words, of numbers.
const WIDE: u32 = 12;
const MEDIUM: u32 = 5;
const NARROW: u32 = 4;

/// The card.
pub(super) fn draw(content: &Content, envelope: &Envelope, layout: Layout) -> Json {
    let mut body =
        vec![rich(&[run(&content.title, json!({ "size": "Large", "weight": "Bolder" }))])];
    for block in &content.blocks {
        body.extend(element(block, envelope, layout));
    }
    let footer = format!("clickwarden, message {}", envelope.id);
    body.push(small(&footer));
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": version(layout),
        "fallbackText": content.preview,
        "msteams": { "width": "Full" },
        "body": body,
    })
}

/// The oldest version that has all that is drawn: a host shows no card of a later one than its own.
const fn version(layout: Layout) -> &'static str {
    match layout {
        Layout::Table => "1.5",
        Layout::Lines => "1.2",
    }
}

fn element(block: &Block, envelope: &Envelope, layout: Layout) -> Vec<Json> {
    match block {
        Block::Heading(heading) => {
            let heading = rich(&[run(heading, json!({ "weight": "Bolder" }))]);
            vec![with(heading, json!({ "spacing": "Large", "separator": true }))]
        }
        Block::Line { tone, parts } => {
            let text = format!("{}{}", mark(*tone), line(parts, envelope.urls));
            vec![rich(&[run(&text, json!({ "color": color(*tone) }))])]
        }
        Block::Facts(facts) => facts.iter().map(fact_line).collect(),
        Block::Bar(shares) => bar(shares),
        Block::Table(table) => match layout {
            Layout::Table => rows(table, envelope),
            Layout::Lines => lines(table, envelope),
        },
        Block::Code(code) => {
            close(code.lines().map(|line| {
                rich(&[run(line, json!({ "fontType": "Monospace", "size": "Small" }))])
            }))
        }
        Block::Links(links) => vec![actions(links)],
    }
}

fn rich(runs: &[Json]) -> Json {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str, style: Json) -> Json {
    with(json!({ "type": "TextRun", "text": text }), style)
}

/// An element with more properties.
fn with(mut element: Json, more: Json) -> Json {
    if let (Some(element), Json::Object(more)) = (element.as_object_mut(), more) {
        element.extend::<Map<String, Json>>(more);
    }
    element
}

fn small(text: &str) -> Json {
    rich(&[run(text, json!({ "size": "Small", "isSubtle": true }))])
}

/// Elements one close below the other.
fn close(elements: impl Iterator<Item = Json>) -> Vec<Json> {
    let none = || json!({ "spacing": "None" });
    let close = |(place, element)| if place == 0 { element } else { with(element, none()) };
    elements.enumerate().map(close).collect()
}

const fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "Good",
        Tone::Plain => "Default",
        Tone::Warning => "Warning",
        Tone::Bad => "Attention",
    }
}

/// The background of a part of the bar.
const fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Plain => "accent",
        Tone::Warning => "warning",
        Tone::Bad => "attention",
    }
}

fn fact_line(each: &Fact) -> Json {
    rich(&[
        run(&format!("{}: ", each.label), json!({ "isSubtle": true })),
        run(&fact(each), json!({ "weight": "Bolder", "color": color(each.tone) })),
    ])
}

/// Columns as wide as what they stand for, and the numbers below in words.
fn bar(shares: &[Share]) -> Vec<Json> {
    let columns: Vec<Json> = shares
        .iter()
        .zip(parts_of(shares, 100))
        .filter(|(_, width)| *width > 0)
        .map(|(share, width)| {
            json!({
                "type": "Column", "width": width, "style": style(share.tone),
                "minHeight": "12px", "spacing": "None", "items": [],
            })
        })
        .collect();
    let legend: Vec<String> =
        shares.iter().map(|share| format!("{} {}", share.label, grouped(share.count))).collect();
    let legend = small(&legend.join(" · "));
    if columns.is_empty() {
        return vec![legend];
    }
    vec![json!({ "type": "ColumnSet", "columns": columns }), legend]
}

fn rows(table: &Table, envelope: &Envelope) -> Vec<Json> {
    let (shown_rows, left_out) = table.shown(envelope.rows);
    let more = more(left_out, table).map(|more| small(&more));
    let Some(first) = shown_rows.first() else { return more.into_iter().collect() };
    let columns: Vec<Json> = first.iter().map(column).collect();
    let headings = table
        .columns
        .iter()
        .map(|text| cell(run(text, json!({ "weight": "Bolder", "size": "Small" }))));
    let headings: Vec<Json> = headings.collect();
    let mut rows = vec![json!({ "type": "TableRow", "style": "accent", "cells": headings })];
    for row in shown_rows {
        let cells: Vec<Json> = row.iter().map(|value| cell(inline(value, envelope.urls))).collect();
        rows.push(json!({ "type": "TableRow", "cells": cells }));
    }
    let mut drawn = vec![json!({
        "type": "Table", "firstRowAsHeader": true, "showGridLines": true, "columns": columns,
        "rows": rows, "fallback": fallback(table),
    })];
    drawn.extend(more);
    drawn
}

/// What hosts before 1.5, which know no table, show instead.
fn fallback(table: &Table) -> Json {
    let all = grouped(table.rows.len() as u64 + table.left_out);
    let text = format!("{all} {}: for them set layout = \"lines\", or run clickwarden", table.noun);
    json!({ "type": "TextBlock", "text": text, "wrap": true })
}

fn column(value: &Value) -> Json {
    match value {
        Value::Url(_) => json!({ "width": WIDE }),
        Value::Data(_) | Value::Words(_) => json!({ "width": MEDIUM }),
        Value::Number(_) => json!({ "width": NARROW, "horizontalCellContentAlignment": "Right" }),
    }
}

fn cell(inline: Json) -> Json {
    json!({ "type": "TableCell", "items": [rich(&[inline])] })
}

/// A value in a cell. A run without a style is written as its text alone: a row then takes a third
/// less of what a message may have.
fn inline(value: &Value, urls: Urls) -> Json {
    let text = shown(value, urls);
    match value {
        Value::Number(_) => text.into(),
        _ => run(&text, json!({ "size": "Small" })),
    }
}

/// A table for hosts that know none, or that are narrow: what a row is about, and below what there
/// is to say of it.
fn lines(table: &Table, envelope: &Envelope) -> Vec<Json> {
    let (rows, left_out) = table.shown(envelope.rows);
    let mut drawn = Vec::new();
    for row in rows {
        let (about, rest) = listed(table, row, envelope.urls);
        drawn.push(rich(&[run(&about, json!({ "size": "Small", "weight": "Bolder" }))]));
        drawn.push(with(small(&rest), json!({ "spacing": "None" })));
    }
    drawn.extend(more(left_out, table).map(|more| small(&more)));
    drawn
}

fn actions(links: &[Link]) -> Json {
    let actions: Vec<Json> = links
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": link.label, "url": link.address }))
        .collect();
    json!({ "type": "ActionSet", "actions": actions })
}
