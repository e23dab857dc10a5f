//! A summary as table, JSON, CSV and document.

use std::io::{BufWriter, Write};

use crate::cli::CommandError;
use crate::cli::print::file::carrier;
use crate::cli::print::json::JsonRows;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, to_second, value};
use crate::summary::document::{self, DocumentSubject};
use crate::summary::{COLUMNS, Row};
use crate::text::csv_cell::{Beginning, Csv};
use crate::view::summary::{SummaryHead, SummaryRow, WindowSummary};

pub(super) fn json(answer: &WindowSummary) -> Result<(), CommandError> {
    let head = SummaryHead::from(answer);
    let mut rows = JsonRows::begin(BufWriter::new(std::io::stdout().lock()), &head)?;
    for row in &answer.summary.rows {
        rows.row(&SummaryRow::from(row))?;
    }
    Ok(rows.end()?)
}

pub(super) fn csv(answer: &WindowSummary, beginning: Beginning) -> Result<(), CommandError> {
    let out = std::io::stdout().lock();
    let mut csv = Csv::begin(out, carrier(), beginning, &COLUMNS)?;
    for row in &answer.summary.rows {
        csv.text(&row.url)?;
        row.write_behind_url(&mut csv)?;
        csv.end_row()?;
    }
    csv.end().map(drop)?;
    Ok(())
}

/// All columns of the table that one summary needs.
fn columns(answer: &WindowSummary) -> Vec<Column<Row>> {
    let mut columns = vec![
        Column::url(|row: &Row| &row.url),
        Column::number("Blocked", |row| row.tally.blocked, 0),
        Column::number("Allowed", |row| row.tally.allowed, 0),
        Column::number("Pending\nverdict", |row| row.tally.pending_verdict, 0),
        Column::number("Error", |row| row.tally.error, 0),
        Column::number("Clicked\nthrough", |row| row.tally.clicked_through, 0),
    ];
    // What the query does not count has a column only where there is something to show.
    if answer.summary.tally.blocked_by_tenant_policy > 0 {
        columns.push(Column::number("Tenant\npolicy", |row| row.tally.blocked_by_tenant_policy, 1));
    }
    if answer.summary.tally.other > 0 {
        columns.push(Column::number("Other", |row| row.tally.other, 1));
    }
    columns.push(Column::number("Clickers", |row| row.clickers, 2));
    columns.push(Column::text("Last click", |row| to_second(row.last_click), 4));
    columns.push(Column::text("Threats", |row| value(&row.threat_types.join(", ")), 3));
    if answer.tenants.len() > 1 {
        columns.push(Column::text("Tenant", |row| plain(&row.tenant), 0));
    }
    columns
}

pub(super) fn table(answer: &WindowSummary) -> Result<(), CommandError> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let summary = &answer.summary;
    if summary.rows.is_empty() {
        writeln!(out, "no clicks")?;
    } else {
        table::draw(&mut out, &columns(answer), &summary.rows, table::stdout_width())?;
    }
    let more = summary.all_rows.saturating_sub(summary.rows.len() as u64);
    if more > 0 {
        writeln!(out, "… and {}", counted(more, "more URL"))?;
    }
    writeln!(out)?;
    for line in notes(answer) {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

pub(super) fn markdown(answer: &WindowSummary) -> Result<(), CommandError> {
    Ok(std::io::stdout().lock().write_all(document::markdown(&about(answer)).as_bytes())?)
}

pub(super) fn html(answer: &WindowSummary) -> Result<(), CommandError> {
    let page = document::html(&about(answer)).map_err(CommandError::failed)?;
    Ok(std::io::stdout().lock().write_all(page.as_bytes())?)
}

fn about(answer: &WindowSummary) -> DocumentSubject<'_> {
    let WindowSummary { span, tenants, coverage, summary, .. } = answer;
    DocumentSubject { from: span.from, until: span.until, tenants, coverage, summary }
}

/// What must be known to read the table.
fn notes(answer: &WindowSummary) -> Vec<String> {
    let (span, tally) = (answer.span, answer.summary.tally);
    let tenants: Vec<String> = answer.tenants.iter().map(|name| plain(name)).collect();
    let mut notes = vec![
        format!(
            "{} to {} UTC, {}: {} on {}; {} went on past a warning",
            to_second(span.from),
            to_second(span.until),
            tenants.join(", "),
            counted(tally.rows, "click"),
            counted(answer.summary.all_rows, "URL"),
            tally.clicked_through,
        ),
        format!("{}.", answer.coverage.in_words()),
        "Clicks that Defender does not record (no Safe Links policy, tracking off) are not counted."
            .to_owned(),
    ];
    if answer.summary.excluded > 0 {
        notes.insert(1, excluded(answer.summary.excluded));
    }
    notes
}

fn excluded(clicks: u64) -> String {
    let are = if clicks == 1 { "is" } else { "are" };
    let clicks = counted(clicks, "click");
    format!(
        "{clicks} {are} left out by [[exclude]] of the configuration; --include-excluded counts all."
    )
}
