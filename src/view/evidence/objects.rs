//! The shapes that a case's files are made of: an object a line.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::case::{CaseRow, EvidenceCase};
use super::query::query;
use super::row::{self, Row};
use crate::clock::Tick;
use crate::store::{ClickKey, Snapshot, StoreError, StoredAnswer};
use crate::sync_state::hour::Acceptance;
use crate::view::click_row::ClickRow;
use crate::view::coverage::CoverageObject;

/// What the case is about.
pub(crate) fn about(case: &EvidenceCase, now: Tick) -> Value {
    let changes: usize = case.rows.iter().map(|row| row.changed.len()).sum();
    let tenants = case.tenants.iter().map(|tenant| tenant.name.as_str());
    json!({
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
    })
}

/// How far the copy agrees with the source.
pub(crate) fn coverage(case: &EvidenceCase) -> Value {
    let words = case.coverage.in_words();
    json!({ "words": words, "coverage": CoverageObject::from(&case.coverage) })
}

/// What is known of a row beyond its columns.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RowLine<'a> {
    #[serde(flatten)]
    row: ClickRow<'a>,
    replaces: Vec<String>,
    replaced_by: Vec<String>,
    request_ids: Vec<&'a str>,
}

impl<'a> RowLine<'a> {
    /// With what the case knows of it.
    pub(crate) fn of(case: &'a EvidenceCase, known: &CaseRow, row: &'a Row) -> Self {
        Self {
            row: click_row(case, known, row),
            replaces: names(&known.replaces),
            replaced_by: names(&known.replaced_by),
            request_ids: case.requests(known),
        }
    }
}

/// A row's columns.
pub(crate) fn click_row<'a>(case: &'a EvidenceCase, known: &CaseRow, row: &'a Row) -> ClickRow<'a> {
    let CaseRow { first_stored, state, id, .. } = *known;
    let tenant = case.tenant(known.tenant);
    ClickRow { click: row.click(), tenant, first_stored, state, id: Some(id) }
}

/// One change of one row, as texts.
pub(crate) const CHANGE: [&str; 7] =
    ["ClickId", "Tenant", "Timestamp", "ChangedAt", "Column", "Old", "New"];

/// Shows `visit` the cells of every change.
pub(crate) fn each_change<E: From<StoreError>>(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    mut visit: impl FnMut([&str; 7]) -> Result<(), E>,
) -> Result<(), E> {
    row::each(snapshot, case, |known, row| {
        let (id, timestamp) = (known.id.to_string(), known.timestamp.to_string());
        row.changes.iter().try_for_each(|(at, change)| {
            let (at, tenant) = (at.to_string(), case.tenant(known.tenant));
            visit([&id, tenant, &timestamp, &at, &change.column, &change.old, &change.new])
        })
    })
}

/// The cells of a change by their names.
pub(crate) fn change(cells: [&str; 7]) -> Map<String, Value> {
    let pairs = CHANGE.into_iter().zip(cells);
    pairs.map(|(name, cell)| (name.to_owned(), cell.into())).collect()
}

/// When a row was withdrawn, and what stands in its place.
pub(crate) fn withdrawn(case: &EvidenceCase, row: &CaseRow) -> Value {
    json!({
        "ClickId": row.id.to_string(),
        "Tenant": case.tenant(row.tenant),
        "Timestamp": row.timestamp.to_string(),
        "WithdrawnAt": row.withdrawn_at.map(|at| at.to_string()),
        "ReplacedBy": names(&row.replaced_by),
    })
}

/// An answer that brought or changed rows of the tenant.
pub(crate) fn answer(tenant: &str, answer: &StoredAnswer) -> Value {
    json!({
        "Tenant": tenant,
        "From": answer.window.from.to_string(),
        "Until": answer.window.until.to_string(),
        "StoredAt": answer.at.to_string(),
        "Accepted": answer.acceptance == Acceptance::Accept,
        "RequestIds": answer.requests,
    })
}

fn names(ids: &[ClickKey]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
