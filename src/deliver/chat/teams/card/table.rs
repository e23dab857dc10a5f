//! The tables of a card: as tables, which are new in 1.5, and as lines.

use serde_json::{Value as Json, json};

use super::text_run::{rich, run, small, with};
use crate::message::plain::{listed, more, shown};
use crate::message::{Envelope, Table, UrlDisplay, Value};
use crate::text::number::grouped;

/// Weights of columns: of URLs, of names, of our words, of numbers.
const URL_WEIGHT: u32 = 16;
const NAME_WEIGHT: u32 = 10;
const WORDS_WEIGHT: u32 = 6;
const NUMBER_WEIGHT: u32 = 4;
/// So many characters fit into a column of names, and of URLs.
const LONGEST_NAME: usize = 20;
const LONGEST_URL: usize = 32;

/// As a table.
pub(super) fn rows(table: &Table, envelope: &Envelope) -> Vec<Json> {
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
        Value::Url(_) => json!({ "width": URL_WEIGHT }),
        Value::Data(_) => json!({ "width": NAME_WEIGHT }),
        Value::Words(_) => json!({ "width": WORDS_WEIGHT }),
        Value::Number(_) => {
            json!({ "width": NUMBER_WEIGHT, "horizontalCellContentAlignment": "Right" })
        }
    }
}

fn cell(inline: Json) -> Json {
    json!({ "type": "TableCell", "items": [rich(&[inline])] })
}

/// A value in a cell, as a run without a style: written as its text alone, it leaves room for half as
/// many rows again.
fn inline(value: &Value, urls: UrlDisplay) -> Json {
    let text = shown(value, urls);
    match value {
        Value::Url(_) => breakable(&text, LONGEST_URL).into(),
        Value::Data(_) => breakable(&text, LONGEST_NAME).into(),
        Value::Words(_) | Value::Number(_) => text.into(),
    }
}

/// Text that a column of `width` can break, where it has a longer run that nothing breaks: Microsoft's
/// renderer lets a long host run into the next column. What it is broken with does not show, but stays
/// in what is copied: `refang` takes it out again, other programs do not.
fn breakable(text: &str, width: usize) -> String {
    let runs = text.split_inclusive([' ', '-']);
    runs.map(|run| if run.chars().count() > width { broken(run, width) } else { run.to_owned() })
        .collect()
}

/// A long run with breaks: behind a part of it where that can be.
fn broken(run: &str, width: usize) -> String {
    let mut broken = String::with_capacity(run.len());
    let mut count = 0;
    for c in run.chars() {
        broken.push(c);
        count += 1;
        let at_a_part = count >= width / 2 && matches!(c, ']' | '/');
        if at_a_part || count >= width && !matches!(c, '[' | '.' | ':' | '@') {
            broken.push('\u{200b}');
            count = 0;
        }
    }
    broken
}

/// A table for hosts that know none, or that are narrow: what a row is about, and below what there
/// is to say of it.
pub(super) fn lines(table: &Table, envelope: &Envelope) -> Vec<Json> {
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
