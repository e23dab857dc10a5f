//! An Adaptive Card ("Adaptive Cards" schema explorer). `TextBlock` and `FactSet` run Markdown, so
//! all text stands in a `RichTextBlock`, which does not.

mod table;
mod text_run;

use serde_json::{Value as Json, json};

use crate::config::Layout;
use crate::message::plain::{fact, line, mark, parts_of};
use crate::message::{Block, Content, Envelope, Fact, Link, Share, Tone};
use crate::text::number::grouped;
use text_run::{rich, run, small, with};

/// The card.
pub(super) fn draw(content: &Content, envelope: &Envelope, layout: Layout) -> Json {
    let mut body =
        vec![rich(&[run(&content.title, json!({ "size": "Large", "weight": "Bolder" }))])];
    for block in &content.blocks {
        body.extend(element(block, envelope, layout));
    }
    let footer = format!("clickwarden, message {}", envelope.shown_id());
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
            Layout::Table => table::rows(table, envelope),
            Layout::Lines => table::lines(table, envelope),
        },
        Block::Code(code) => {
            close(code.lines().map(|line| {
                rich(&[run(line, json!({ "fontType": "Monospace", "size": "Small" }))])
            }))
        }
        Block::Links(links) => vec![actions(links)],
    }
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

fn actions(links: &[Link]) -> Json {
    let actions: Vec<Json> = links
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": link.label, "url": link.address }))
        .collect();
    json!({ "type": "ActionSet", "actions": actions })
}
