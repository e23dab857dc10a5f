//! A card's table as text: a line for each row, its first cell cut to what room there is; two lines
//! where that is too little.

use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr as _;

use super::card_json::{all, text_of};
use super::frame::{cut, padded, wrapped};
use crate::cli::print::text::counted;

/// The rows that are shown.
const MOST_ROWS: usize = 5;
/// Between two columns.
const COLUMN_GAP: usize = 2;
/// What the first column has at least; with less, its cells stand on lines of their own.
const LEAST: usize = 24;
/// What a column beside the first has at most.
const WIDEST_COLUMN: usize = 32;

/// The lines of a `Table`, none wider than `width`.
pub(super) fn draw(table: &Json, width: usize) -> Vec<String> {
    let mut rows = all(table, "rows").iter().map(cells);
    let headings = rows.next().unwrap_or_default();
    let mut rows: Vec<Vec<String>> = rows.collect();
    let hidden = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    let headings: Vec<Vec<String>> =
        headings.iter().map(|text| heading(text, width / headings.len())).collect();
    let grid = Grid::of(table, &headings, &rows, width);
    let high = headings.iter().map(Vec::len).max().unwrap_or(0);
    let of_line = |line: usize| {
        headings.iter().map(move |lines| lines.get(line).cloned().unwrap_or_default())
    };
    let mut lines: Vec<String> = (0..high).map(|line| grid.line(of_line(line))).collect();
    lines.extend(rows.into_iter().flat_map(|row| grid.row(row)));
    if hidden > 0 {
        lines.push(format!("… {} in the card", counted(hidden as u64, "more row")));
    }
    lines
}

/// A heading in lines of about `room`; a word stays whole. The first column has more room than others.
fn heading(text: &str, room: usize) -> Vec<String> {
    let longest = text.split(' ').map(str::width).max().unwrap_or(0);
    wrapped(text, longest.max(room * 2 / 3))
}

fn cells(row: &Json) -> Vec<String> {
    all(row, "cells").iter().map(|cell| all(cell, "items").iter().map(text_of).collect()).collect()
}

/// Where the columns stand.
struct Grid {
    /// Of all columns together.
    width: usize,
    gap: usize,
    widths: Vec<usize>,
    /// Whether each stands at the right.
    right: Vec<bool>,
}

impl Grid {
    fn of(table: &Json, headings: &[Vec<String>], rows: &[Vec<String>], width: usize) -> Self {
        let columns = all(table, "columns").iter();
        let right = columns.map(|column| column.get("horizontalCellContentAlignment").is_some());
        let mut widths: Vec<usize> = (0..headings.len())
            .map(|place| {
                let heading = headings.get(place).into_iter().flatten();
                let cells = rows.iter().filter_map(|row| row.get(place));
                heading.chain(cells).map(|text| text.width()).max().unwrap_or(0).min(WIDEST_COLUMN)
            })
            .collect();
        let rest = |gap: usize| widths.iter().skip(1).map(|width| width + gap).sum::<usize>();
        let gap = if rest(COLUMN_GAP) + LEAST > width { 1 } else { COLUMN_GAP };
        let room = width.saturating_sub(rest(gap));
        if let Some(first) = widths.first_mut() {
            *first = room;
        }
        Self { width, gap, widths, right: right.collect() }
    }

    /// A row: what it is about goes before the rest of it, where there is no room beside it.
    fn row(&self, mut cells: Vec<String>) -> Vec<String> {
        let is_narrow = self.widths.first().is_some_and(|room| *room < LEAST);
        let about = cells.first_mut().filter(|cell| is_narrow && !cell.is_empty());
        let about = about.map(|cell| cut(&std::mem::take(cell), self.width));
        about.into_iter().chain([self.line(cells.into_iter())]).collect()
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        let placed = cells.zip(&self.widths).zip(&self.right);
        let placed = placed.map(|((cell, width), right)| {
            let cell = cut(&cell, *width);
            if *right {
                format!("{}{cell}", " ".repeat(width.saturating_sub(cell.width())))
            } else {
                padded(&cell, *width)
            }
        });
        placed.collect::<Vec<_>>().join(&" ".repeat(self.gap)).trim_end().to_owned()
    }
}
