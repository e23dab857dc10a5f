//! A Teams card as text, drawn from the JSON that arrived.

use serde_json::Value as Json;

use super::card_json::{all, text_of};
use super::frame::{FrameLine, boxed, cut, inside, wrapped};
use super::grid;
use crate::cli::print::text::plain;
use crate::demo::Posted;
use crate::text::number::grouped;

/// The card in a box of `width` columns, and what came with it.
pub(super) fn draw(posted: &Posted, width: usize) -> Vec<String> {
    let card = posted.json.pointer("/attachments/0/content").unwrap_or(&Json::Null);
    let room = inside(width);
    let lines: Vec<FrameLine> =
        all(card, "body").iter().flat_map(|element| drawn(element, room)).collect();
    let mut all = vec![String::new()];
    all.extend(boxed("Teams card", &lines, width));
    let version = plain(card.get("version").and_then(Json::as_str).unwrap_or_default());
    let bytes = grouped(posted.body.len() as u64);
    all.push(format!("Adaptive Card {version}, {bytes} bytes of JSON."));
    all
}

fn drawn(element: &Json, width: usize) -> Vec<FrameLine> {
    let kind = element.get("type").and_then(Json::as_str).unwrap_or_default();
    let text = match kind {
        // A heading: ours are short.
        "RichTextBlock" if element.get("separator").is_some() => {
            return vec![FrameLine::Rule(cut(&text_of(element), width.saturating_sub(2)))];
        }
        "RichTextBlock" => wrapped(&text_of(element), width),
        "Table" => grid::draw(element, width),
        "ColumnSet" => vec![bar(element, width)],
        "ActionSet" => vec![buttons(element)],
        // Nothing else is in our cards.
        _ => Vec::new(),
    };
    text.into_iter().map(FrameLine::Text).collect()
}

/// Areas whose colours a terminal may not have; none is too small to be seen.
fn bar(set: &Json, width: usize) -> String {
    let columns = all(set, "columns");
    let spare = width.saturating_sub(columns.len());
    let weight = |column: &Json| column.get("width").and_then(Json::as_u64).unwrap_or(0) as usize;
    let whole = columns.iter().map(weight).sum::<usize>().max(1);
    let area = |column: &Json| {
        let ink = match column.get("style").and_then(Json::as_str) {
            Some("good") => "█",
            Some("attention") => "▓",
            Some("warning") => "▒",
            _ => "░",
        };
        ink.repeat(1 + weight(column) * spare / whole)
    };
    columns.iter().map(area).collect()
}

fn buttons(set: &Json) -> String {
    let title = |action: &Json| {
        let title = action.get("title").and_then(Json::as_str).unwrap_or_default();
        format!("[ {} ]", plain(title))
    };
    all(set, "actions").iter().map(title).collect::<Vec<_>>().join(" ")
}
