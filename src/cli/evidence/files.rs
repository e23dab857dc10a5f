//! The files of a case.

use serde::Serialize;
use serde_json::json;

use super::asked::asked;
use super::bundle::File;
use super::case::{Case, Row};
use crate::cli::coverage::CoverageObject;
use crate::cli::shown::{Shown, headings_with_id};
use crate::cli::{Failure, json as lines};
use crate::clock::Tick;
use crate::hour::Verdict;
use crate::kql;
use crate::report::spreadsheet::{Beginning, Carrier, Csv, CsvError};
use crate::store::{ClickKey, State};

/// Every file, in the order in which the README tells of them.
pub(super) fn all(case: &Case, now: Tick) -> Result<Vec<File>, Failure> {
    Ok(vec![
        ("README.txt", include_bytes!("README.txt").to_vec()),
        ("case.json", about(case, now)?),
        ("rows.csv", rows_csv(case)?),
        ("rows.jsonl", rows(case)?),
        ("changes.csv", changes_csv(case)?),
        ("changes.jsonl", changes(case)?),
        ("withdrawn.jsonl", withdrawn(case)?),
        ("answers.jsonl", answers(case)?),
        ("coverage.json", coverage(case)?),
        ("query.kql", kql::case(case.span, &case.selection).into_bytes()),
    ])
}

fn about(case: &Case, now: Tick) -> Result<Vec<u8>, Failure> {
    let changes: usize = case.rows.iter().map(|row| row.changes.len()).sum();
    one(&json!({
        "tool": format!("clickwarden {}", env!("CARGO_PKG_VERSION")),
        "made": now.to_string(),
        "tenants": case.tenants,
        "from": case.span.from.to_string(),
        "until": case.span.until.to_string(),
        "asked": asked(&case.selection),
        "rows": case.rows.len(),
        "withdrawn": case.rows.iter().filter(|row| row.state == State::Withdrawn).count(),
        "changes": changes,
        "coverage": case.coverage.in_words(),
    }))
}

fn coverage(case: &Case) -> Result<Vec<u8>, Failure> {
    let words = case.coverage.in_words();
    one(&json!({ "words": words, "coverage": CoverageObject::from(&case.coverage) }))
}

/// What is known of a row beyond its columns.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    #[serde(flatten)]
    row: Shown<'a>,
    replaces: Vec<String>,
    replaced_by: Vec<String>,
    request_ids: &'a [String],
}

fn shown(row: &Row) -> Shown<'_> {
    let Row { tenant, first_stored, state, id, .. } = row;
    let (first_stored, state, id) = (*first_stored, *state, Some(*id));
    Shown { click: row.click(), tenant, first_stored, state, id }
}

fn rows(case: &Case) -> Result<Vec<u8>, Failure> {
    let line = |row| Line {
        row: shown(row),
        replaces: names(&row.replaces),
        replaced_by: names(&row.replaced_by),
        request_ids: &row.requests,
    };
    many(case.rows.iter().map(line))
}

/// A file that people open in a spreadsheet.
fn begin(headings: &[&str]) -> Result<Csv<Vec<u8>>, CsvError> {
    Csv::begin(Vec::new(), Carrier::Program, Beginning::Marked, headings)
}

fn rows_csv(case: &Case) -> Result<Vec<u8>, Failure> {
    let mut csv = begin(&headings_with_id())?;
    case.rows.iter().try_for_each(|row| shown(row).write_csv(&mut csv))?;
    Ok(csv.end()?)
}

/// One change of one row, as texts.
const CHANGE: [&str; 7] = ["ClickId", "Tenant", "Timestamp", "ChangedAt", "Column", "Old", "New"];

fn each_change(case: &Case) -> impl Iterator<Item = [String; 7]> {
    case.rows.iter().flat_map(|row| {
        row.changes.iter().map(|(at, change)| {
            [
                row.id.to_string(),
                row.tenant.clone(),
                row.timestamp.to_string(),
                at.to_string(),
                change.column.clone(),
                change.old.clone(),
                change.new.clone(),
            ]
        })
    })
}

fn changes(case: &Case) -> Result<Vec<u8>, Failure> {
    many(each_change(case).map(|cells| -> serde_json::Map<_, _> {
        CHANGE.into_iter().map(str::to_owned).zip(cells.map(serde_json::Value::from)).collect()
    }))
}

fn changes_csv(case: &Case) -> Result<Vec<u8>, Failure> {
    let mut csv = begin(&CHANGE)?;
    for cells in each_change(case) {
        cells.iter().try_for_each(|cell| csv.text(cell))?;
        csv.end_row()?;
    }
    Ok(csv.end()?)
}

fn withdrawn(case: &Case) -> Result<Vec<u8>, Failure> {
    let gone = case.rows.iter().filter(|row| row.state == State::Withdrawn);
    many(gone.map(|row| {
        json!({
            "ClickId": row.id.to_string(),
            "Tenant": row.tenant,
            "Timestamp": row.timestamp.to_string(),
            "WithdrawnAt": row.withdrawn_at().map(|at| at.to_string()),
            "ReplacedBy": names(&row.replaced_by),
        })
    }))
}

fn answers(case: &Case) -> Result<Vec<u8>, Failure> {
    many(case.answers.iter().map(|(tenant, answer)| {
        json!({
            "Tenant": tenant,
            "From": answer.window.from.to_string(),
            "Until": answer.window.until.to_string(),
            "StoredAt": answer.at.to_string(),
            "Accepted": answer.verdict == Verdict::Accept,
            "RequestIds": answer.requests,
        })
    }))
}

fn names(ids: &[ClickKey]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn one(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    many([value].into_iter())
}

/// A value a line.
fn many(values: impl Iterator<Item = impl Serialize>) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for value in values {
        lines::write(&mut bytes, &value)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}
