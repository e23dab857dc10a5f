//! An Adaptive Card 1.5 ("Adaptive Cards" schema explorer). `TextBlock` and `FactSet` run Markdown,
//! so all text stands in a `RichTextBlock`, which does not.

use serde_json::{Value as Json, json};

use crate::report::number::grouped;
use crate::report::plain::{fact, line, mark, more, parts_of, shown};
use crate::report::{Block, Content, Envelope, Fact, Link, Share, Table, Tone, Value};

/// Weight of a column of URLs or names beside one of numbers.
const WIDE: u32 = 6;
const MEDIUM: u32 = 2;

/// The card.
pub(super) fn draw(content: &Content, envelope: &Envelope) -> Json {
    let mut body = vec![rich(&[
        json!({ "type": "TextRun", "text": content.title, "size": "Large", "weight": "Bolder" }),
    ])];
    for block in &content.blocks {
        body.extend(element(block, envelope));
    }
    let footer = format!("clickwarden, message {}", envelope.id);
    body.push(rich(&[
        json!({ "type": "TextRun", "text": footer, "size": "Small", "isSubtle": true }),
    ]));
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": content.preview,
        "msteams": { "width": "Full" },
        "body": body,
    })
}

fn element(block: &Block, envelope: &Envelope) -> Vec<Json> {
    match block {
        Block::Heading(heading) => {
            let run = json!({ "type": "TextRun", "text": heading, "weight": "Bolder" });
            let mut heading = rich(&[run]);
            if let Some(heading) = heading.as_object_mut() {
                heading.insert("spacing".to_owned(), "Large".into());
                heading.insert("separator".to_owned(), true.into());
            }
            vec![heading]
        }
        Block::Line { tone, parts } => {
            let text = format!("{}{}", mark(*tone), line(parts, envelope.urls));
            vec![rich(&[json!({ "type": "TextRun", "text": text, "color": color(*tone) })])]
        }
        Block::Facts(facts) => facts.iter().map(fact_line).collect(),
        Block::Bar(shares) => bar(shares),
        Block::Table(table) => rows(table, envelope),
        Block::Code(code) => vec![rich(&[
            json!({ "type": "TextRun", "text": code, "fontType": "Monospace", "size": "Small" }),
        ])],
        Block::Links(links) => vec![actions(links)],
    }
}

fn rich(runs: &[Json]) -> Json {
    json!({ "type": "RichTextBlock", "inlines": runs })
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
        json!({ "type": "TextRun", "text": format!("{}: ", each.label), "isSubtle": true }),
        json!({
            "type": "TextRun", "text": fact(each), "weight": "Bolder", "color": color(each.tone),
        }),
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
    let legend = rich(&[json!({
        "type": "TextRun", "text": legend.join(" · "), "size": "Small", "isSubtle": true,
    })]);
    if columns.is_empty() {
        return vec![legend];
    }
    vec![json!({ "type": "ColumnSet", "columns": columns }), legend]
}

fn rows(table: &Table, envelope: &Envelope) -> Vec<Json> {
    let (shown_rows, left_out) = table.shown(envelope.rows);
    let widths: Vec<Json> = (0..table.columns.len())
        .map(|place| json!({ "width": width(shown_rows.first().and_then(|row| row.get(place))) }))
        .collect();
    let headings: Vec<Json> = table.columns.iter().map(|text| cell(text, "Bolder")).collect();
    let mut rows = vec![json!({ "type": "TableRow", "style": "accent", "cells": headings })];
    for row in shown_rows {
        let cells: Vec<Json> =
            row.iter().map(|value| cell(&shown(value, envelope.urls), "Default")).collect();
        rows.push(json!({ "type": "TableRow", "cells": cells }));
    }
    // Hosts before 1.5 know no table: they show this instead.
    let of = grouped(shown_rows.len() as u64 + left_out);
    let fallback = format!("{of} {}: see the mail, or run clickwarden summary", table.noun);
    let fallback = json!({ "type": "TextBlock", "text": fallback, "wrap": true });
    let mut drawn = vec![json!({
        "type": "Table", "firstRowAsHeader": true, "showGridLines": true, "columns": widths,
        "rows": rows, "fallback": fallback,
    })];
    let more = more(left_out, table);
    drawn.extend(more.map(|more| {
        rich(&[json!({ "type": "TextRun", "text": more, "size": "Small", "isSubtle": true })])
    }));
    drawn
}

const fn width(value: Option<&Value>) -> u32 {
    match value {
        Some(Value::Url(_)) => WIDE,
        Some(Value::Data(_) | Value::Words(_)) => MEDIUM,
        Some(Value::Number(_)) | None => 1,
    }
}

fn cell(text: &str, weight: &str) -> Json {
    json!({
        "type": "TableCell",
        "items": [rich(&[json!({ "type": "TextRun", "text": text, "weight": weight, "size": "Small" })])],
    })
}

fn actions(links: &[Link]) -> Json {
    let actions: Vec<Json> = links
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": link.label, "url": link.address }))
        .collect();
    json!({ "type": "ActionSet", "actions": actions })
}
