//! The files of a case.

use std::io::{Seek, Write};

use serde::Serialize;
use serde_json::json;

use super::bundle::Bundle;
use super::case::{CaseRow, EvidenceCase};
use super::query::query;
use super::row::{self, Row};
use crate::cli::CommandError;
use crate::cli::print::click_row::{ClickRow, headings_with_id};
use crate::cli::print::coverage::CoverageObject;
use crate::cli::print::json as lines;
use crate::clock::Tick;
use crate::kql;
use crate::store::{ClickKey, RowState, Snapshot};
use crate::sync_state::hour::Acceptance;
use crate::text::csv_cell::{Beginning, Carrier, Csv, CsvError};

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
    zip.file("case.json", |out| about(case, now, out))?;
    zip.file("rows.csv", |out| rows_csv(snapshot, case, out))?;
    zip.file("rows.jsonl", |out| rows(snapshot, case, out))?;
    zip.file("changes.csv", |out| changes_csv(snapshot, case, out))?;
    zip.file("changes.jsonl", |out| changes(snapshot, case, out))?;
    zip.file("withdrawn.jsonl", |out| withdrawn(case, out))?;
    zip.file("answers.jsonl", |out| answers(case, out))?;
    zip.file("coverage.json", |out| coverage(case, out))?;
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

fn about(case: &EvidenceCase, now: Tick, out: Out<'_>) -> Result<(), CommandError> {
    let changes: usize = case.rows.iter().map(|row| row.changed.len()).sum();
    let tenants = case.tenants.iter().map(|(_, name)| name.as_str());
    line(
        out,
        &json!({
            "tool": format!("clickwarden {}", env!("CARGO_PKG_VERSION")),
            "made": now.to_string(),
            "tenants": tenants.collect::<Vec<_>>(),
            "from": case.span.from.to_string(),
            "until": case.span.until.to_string(),
            "asked": query(&case.selection),
            "rows": case.rows.len(),
            "withdrawn": case.withdrawn(),
            "changes": changes,
            "coverage": case.coverage.in_words(),
        }),
    )
}

fn coverage(case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    let words = case.coverage.in_words();
    line(out, &json!({ "words": words, "coverage": CoverageObject::from(&case.coverage) }))
}

/// What is known of a row beyond its columns.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RowLine<'a> {
    #[serde(flatten)]
    row: ClickRow<'a>,
    replaces: Vec<String>,
    replaced_by: Vec<String>,
    request_ids: Vec<&'a str>,
}

fn click_row<'a>(case: &'a EvidenceCase, known: &CaseRow, row: &'a Row) -> ClickRow<'a> {
    let CaseRow { first_stored, state, id, .. } = *known;
    let tenant = case.tenant(known.tenant);
    ClickRow { click: row.click(), tenant, first_stored, state, id: Some(id) }
}

fn rows(snapshot: &Snapshot<'_>, case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    row::each(snapshot, case, |known, row| {
        let all = RowLine {
            row: click_row(case, known, row),
            replaces: names(&known.replaces),
            replaced_by: names(&known.replaced_by),
            request_ids: case.requests(known),
        };
        line(out, &all)
    })
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
    row::each(snapshot, case, |known, row| click_row(case, known, row).write_csv(&mut csv))?;
    Ok(csv.end().map(drop)?)
}

/// One change of one row, as texts.
const CHANGE: [&str; 7] = ["ClickId", "Tenant", "Timestamp", "ChangedAt", "Column", "Old", "New"];

fn each_change(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    mut visit: impl FnMut([&str; 7]) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    row::each(snapshot, case, |known, row| {
        let (id, timestamp) = (known.id.to_string(), known.timestamp.to_string());
        row.changes.iter().try_for_each(|(at, change)| {
            let (at, tenant) = (at.to_string(), case.tenant(known.tenant));
            visit([&id, tenant, &timestamp, &at, &change.column, &change.old, &change.new])
        })
    })
}

fn changes(snapshot: &Snapshot<'_>, case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    each_change(snapshot, case, |cells| {
        let pairs = CHANGE.into_iter().zip(cells);
        line(
            out,
            &pairs
                .map(|(name, cell)| (name.to_owned(), cell.into()))
                .collect::<serde_json::Map<_, _>>(),
        )
    })
}

fn changes_csv(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    out: Out<'_>,
) -> Result<(), CommandError> {
    let mut csv = begin(out, &CHANGE)?;
    each_change(snapshot, case, |cells| {
        cells.iter().try_for_each(|cell| csv.text(cell))?;
        Ok(csv.end_row()?)
    })?;
    Ok(csv.end().map(drop)?)
}

fn withdrawn(case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    let mut gone = case.rows.iter().filter(|row| row.state == RowState::Withdrawn);
    gone.try_for_each(|row| {
        line(
            out,
            &json!({
                "ClickId": row.id.to_string(),
                "Tenant": case.tenant(row.tenant),
                "Timestamp": row.timestamp.to_string(),
                "WithdrawnAt": row.withdrawn_at.map(|at| at.to_string()),
                "ReplacedBy": names(&row.replaced_by),
            }),
        )
    })
}

fn answers(case: &EvidenceCase, out: Out<'_>) -> Result<(), CommandError> {
    case.answers.iter().try_for_each(|(tenant, answer)| {
        line(
            out,
            &json!({
                "Tenant": case.tenant(*tenant),
                "From": answer.window.from.to_string(),
                "Until": answer.window.until.to_string(),
                "StoredAt": answer.at.to_string(),
                "Accepted": answer.acceptance == Acceptance::Accept,
                "RequestIds": answer.requests,
            }),
        )
    })
}

fn names(ids: &[ClickKey]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Writes a value, on a line.
fn line(mut out: Out<'_>, value: &impl Serialize) -> Result<(), CommandError> {
    lines::write(&mut out, value)?;
    Ok(out.write_all(b"\n")?)
}
