//! The tables of a card: as tables, which are new in 1.5, and as lines.

use serde_json::{Value as Json, json};

use super::{rich, run, small, with};
use crate::report::number::grouped;
use crate::report::plain::{listed, more, shown};
use crate::report::{Envelope, Table, Urls, Value};

/// Weights of columns: of URLs, of names, of our words, of numbers.
const URLS: u32 = 16;
const NAMES: u32 = 10;
const WORDS: u32 = 6;
const NUMBERS: u32 = 4;
/// So many characters fit into a column of names.
const LONGEST_RUN: usize = 20;

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
        Value::Url(_) => json!({ "width": URLS }),
        Value::Data(_) => json!({ "width": NAMES }),
        Value::Words(_) => json!({ "width": WORDS }),
        Value::Number(_) => json!({ "width": NUMBERS, "horizontalCellContentAlignment": "Right" }),
    }
}

fn cell(inline: Json) -> Json {
    json!({ "type": "TableCell", "items": [rich(&[inline])] })
}

/// A value in a cell, as a run without a style: written as its text alone, it leaves room for half as
/// many rows again.
fn inline(value: &Value, urls: Urls) -> Json {
    let text = shown(value, urls);
    match value {
        Value::Url(_) | Value::Data(_) => breakable(&text).into(),
        Value::Words(_) | Value::Number(_) => text.into(),
    }
}

/// Text that a narrow column can break: Microsoft's renderer lets a long host run into the next
/// column. What it is broken with does not show; `refang` takes it out again.
fn breakable(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        broken.push(c);
        run = if matches!(c, ' ' | '-') { 0 } else { run + 1 };
        let at_a_part = run >= LONGEST_RUN / 2 && matches!(c, ']' | '/' | '@');
        if at_a_part || run >= LONGEST_RUN && !matches!(c, '[' | '.') {
            broken.push('\u{200b}');
            run = 0;
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
