//! A table for people: fits its width, URLs dead and cut, less wanted columns left out first.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle};
use unicode_width::UnicodeWidthStr as _;

use crate::message::{UrlDisplay, Value, plain};
use crate::text::defang;

/// Columns of text when stdout is no terminal.
const PIPED_WIDTH: usize = 140;
/// A terminal is taken to be at least this wide.
const NARROWEST_TABLE: usize = 60;
/// What the column of URLs has at least before others give way.
const LEAST_URL: usize = 36;
/// Between two columns: one is a padding of ours, one is drawn by the table.
const COLUMN_GAP: usize = 2;
const CELL_PADDING: u16 = 1;
/// What is shown for the empty URL, which is a group of its own.
const EMPTY_CELL: &str = "(empty)";

/// One column over rows of type `R`.
pub(in crate::cli) struct Column<R> {
    /// It may have two lines.
    heading: &'static str,
    content: CellContent<R>,
    /// 0 for one that always stays; of the others the largest goes first.
    drop: u8,
}

/// What a column shows of a row.
enum CellContent<R> {
    Number(fn(&R) -> u64),
    Text(fn(&R) -> String),
    /// Raw; at most one column, or one of what follows.
    Url(fn(&R) -> &str),
    /// Likewise, and without what carries live tokens.
    About(fn(&R) -> &Value),
}

impl<R> Column<R> {
    /// A column of counts.
    pub(in crate::cli) const fn number(
        heading: &'static str,
        count: fn(&R) -> u64,
        drop: u8,
    ) -> Self {
        Self { heading, content: CellContent::Number(count), drop }
    }

    /// A column of texts that are fit for a terminal.
    pub(in crate::cli) const fn text(
        heading: &'static str,
        text: fn(&R) -> String,
        drop: u8,
    ) -> Self {
        Self { heading, content: CellContent::Text(text), drop }
    }

    /// The column of URLs, which are made fit here.
    pub(in crate::cli) const fn url(url: fn(&R) -> &str) -> Self {
        Self { heading: "URL", content: CellContent::Url(url), drop: 0 }
    }

    /// The column of what rows are about, which is made fit here.
    pub(in crate::cli) const fn about(about: fn(&R) -> &Value) -> Self {
        Self { heading: "About", content: CellContent::About(about), drop: 0 }
    }

    fn width(&self, rows: &[R]) -> usize {
        let heading = self.heading.lines().map(str::width).max().unwrap_or(0);
        let cells = rows.iter().map(|row| match &self.content {
            CellContent::Number(number) => number(row).to_string().len(),
            CellContent::Text(text) => text(row).width(),
            CellContent::Url(_) | CellContent::About(_) => LEAST_URL,
        });
        cells.max().unwrap_or(0).max(heading)
    }
}

/// The columns of text that stdout has.
pub(in crate::cli) fn stdout_width() -> usize {
    let width = comfy_table::Table::new().width();
    width.map_or(PIPED_WIDTH, |columns| usize::from(columns).max(NARROWEST_TABLE))
}

/// Writes `rows` as a table of `width` columns of text.
pub(in crate::cli) fn draw<R>(
    out: &mut impl Write,
    columns: &[Column<R>],
    rows: &[R],
    width: usize,
) -> io::Result<()> {
    let (columns, spare) = fitting(columns, rows, width);
    let url_width = LEAST_URL + spare;
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.force_no_tty().set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(columns.iter().map(|column| column.heading));
    for row in rows {
        table.add_row(columns.iter().map(|column| match &column.content {
            CellContent::Number(number) => number(row).to_string(),
            CellContent::Text(text) => text(row),
            CellContent::Url(url) => shown(url(row), url_width),
            CellContent::About(about) => shown_about(about(row), url_width),
        }));
    }
    for (place, column) in columns.iter().enumerate() {
        let Some(drawn) = table.column_mut(place) else { continue };
        let last = place + 1 == columns.len();
        drawn.set_padding((0, if last { 0 } else { CELL_PADDING }));
        if matches!(column.content, CellContent::Number(_)) {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn shown(url: &str, width: usize) -> String {
    if url.is_empty() { EMPTY_CELL.to_owned() } else { defang::within(url, width) }
}

fn shown_about(about: &Value, width: usize) -> String {
    match about {
        Value::Url(url) if !url.is_empty() => defang::without_tokens(url, width),
        other => plain::shown(other, UrlDisplay::Cut),
    }
}

/// The columns that have room, and what is left over for the URL.
fn fitting<'c, R>(
    columns: &'c [Column<R>],
    rows: &[R],
    width: usize,
) -> (Vec<&'c Column<R>>, usize) {
    let mut fitting: Vec<(&Column<R>, usize)> =
        columns.iter().map(|column| (column, column.width(rows) + COLUMN_GAP)).collect();
    loop {
        let needed =
            fitting.iter().map(|(_, width)| width).sum::<usize>().saturating_sub(COLUMN_GAP);
        let worst = fitting.iter().enumerate().max_by_key(|(_, (column, _))| column.drop);
        let worst = worst.filter(|(_, (column, _))| needed > width && column.drop > 0);
        let Some((place, _)) = worst else {
            let spare = width.saturating_sub(needed);
            return (fitting.into_iter().map(|(column, _)| column).collect(), spare);
        };
        fitting.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct TableLine {
        url: String,
        count: u64,
        note: String,
    }

    fn drawn(url: &str, width: usize) -> String {
        let line = |count| TableLine { url: url.to_owned(), count, note: "a note".to_owned() };
        let columns = [
            Column::url(|line: &TableLine| &line.url),
            Column::number("Counted\ntwice", |line| line.count, 0),
            Column::text("First to go", |line| line.note.clone(), 2),
            Column::text("Next to go", |line| line.note.clone(), 1),
        ];
        let mut out = Vec::new();
        draw(&mut out, &columns, &[line(7), line(12_345)], width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_fits_its_width_and_loses_columns_for_it() {
        let url = format!("https://a.example/{}", "long/".repeat(40));
        for (width, first, next) in [
            (120, true, true),
            (72, true, true),
            (65, false, true),
            (60, false, true),
            (50, false, false),
        ] {
            let text = drawn(&url, width);
            assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            assert_eq!(text.lines().count(), 5, "{width}\n{text}");
            assert_eq!(
                (text.contains("First"), text.contains("Next")),
                (first, next),
                "{width}\n{text}"
            );
        }
    }

    #[test]
    fn counts_stand_at_the_right() {
        let text = drawn("https://a.example/", 70);
        let ends: Vec<_> =
            text.lines().filter_map(|line| line.find("7 ").or(line.find("5 "))).collect();
        assert_eq!(ends.len(), 2, "{text}");
        assert_eq!(ends[0], ends[1], "{text}");
    }

    #[test]
    fn a_host_that_needs_more_is_shown_nonetheless() {
        let host = format!("{}.example", "a".repeat(60));
        let text = drawn(&format!("https://{host}/"), 50);
        let whole: String =
            text.lines().map(|line| line.split("  ").next().unwrap_or("")).collect();
        assert!(whole.contains("a[.]example"), "{text}");
    }
}
