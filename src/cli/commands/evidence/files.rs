//! The files of a case.

use std::io::{Seek, Write};

use serde::Serialize;

use super::bundle::Bundle;
use crate::cli::CommandError;
use crate::cli::print::json as lines;
use crate::clock::Tick;
use crate::kql;
use crate::store::{RowState, Snapshot};
use crate::text::csv_cell::{Beginning, Carrier, Csv, CsvError};
use crate::view::alerts::AlertObject;
use crate::view::click_row::headings_with_id;
use crate::view::evidence::case::{CaseRow, EvidenceCase};
use crate::view::evidence::objects::{self, CHANGE, RowLine, click_row, each_change};
use crate::view::evidence::row;

/// Where a file goes.
type Out<'a> = &'a mut dyn Write;

/// Writes every file, in the order in which the README tells of them.
pub(super) fn write(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    now: Tick,
    to: impl Write + Seek,
) -> Result<(), CommandError> {
    let mut zip = Bundle::begin(to, most(case));
    zip.file("README.txt", |out| Ok(out.write_all(include_bytes!("README.txt"))?))?;
    zip.file("case.json", |out| line(out, &objects::about(case, now)))?;
    if let Some(alert) = &case.alert {
        zip.file("alert.json", |out| line(out, &AlertObject::from(alert)))?;
    }
    zip.file("rows.csv", |out| rows_csv(snapshot, case, out))?;
    zip.file("rows.jsonl", |out| rows(snapshot, case, out))?;
    zip.file("changes.csv", |out| changes_csv(snapshot, case, out))?;
    zip.file("changes.jsonl", |out| changes(snapshot, case, out))?;
    zip.file("withdrawn.jsonl", |out| withdrawn(case, out))?;
    zip.file("answers.jsonl", |out| answers(case, out))?;
    zip.file("coverage.json", |out| line(out, &objects::coverage(case)))?;
    zip.file("query.kql", |out| {
        Ok(out.write_all(kql::portal_query(case.span, &case.selection).as_bytes())?)
    })?;
    zip.end()
}

/// More bytes than any file has: a character becomes six of JSON at most, and what stands around the
/// texts of a row and its changes is short.
fn most(case: &EvidenceCase) -> u64 {
    let row = |row: &CaseRow| 6 * row.bytes + 4_096 * (1 + row.changed.len() as u64);
    case.rows.iter().map(row).sum()
}

fn rows(snapshot: &Snapshot<'_>, case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    row::each(snapshot, case, |known, row| line(out, &RowLine::of(case, known, row)))
}

/// A file that people open in a spreadsheet.
fn begin<'a>(out: Out<'a>, headings: &[&str]) -> Result<Csv<Out<'a>>, CsvError> {
    Csv::begin(out, Carrier::Program, Beginning::Marked, headings)
}

fn rows_csv(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    out: Out<'_>,
) -> Result<(), CommandError> {
    let mut csv = begin(out, &headings_with_id())?;
    row::each(snapshot, case, |known, row| {
        Ok::<_, CommandError>(click_row(case, known, row).write_csv(&mut csv)?)
    })?;
    Ok(csv.end().map(drop)?)
}

fn changes(snapshot: &Snapshot<'_>, case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    each_change(snapshot, case, |cells| line(out, &objects::change(cells)))
}

fn changes_csv(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    out: Out<'_>,
) -> Result<(), CommandError> {
    let mut csv = begin(out, &CHANGE)?;
    each_change(snapshot, case, |cells| {
        cells.iter().try_for_each(|cell| csv.text(cell))?;
        Ok::<_, CommandError>(csv.end_row()?)
    })?;
    Ok(csv.end().map(drop)?)
}

fn withdrawn(case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    let mut gone = case.rows.iter().filter(|row| row.state == RowState::Withdrawn);
    gone.try_for_each(|row| line(out, &objects::withdrawn(case, row)))
}

fn answers(case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    let mut answers = case.answers.iter();
    answers.try_for_each(|(tenant, it)| line(out, &objects::answer(case.tenant(*tenant), it)))
}

/// Writes a value, on a line.
fn line(mut out: Out<'_>, value: &impl Serialize) -> Result<(), CommandError> {
    lines::write(&mut out, value)?;
    Ok(out.write_all(b"\n")?)
}
