//! How the clicks on each URL ended: one snapshot's answer, and the same as JSON, row by row.

use serde::Serialize;

use super::coverage::CoverageObject;
use super::timestamp::as_text;
use crate::clock::{Span, Tick};
use crate::coverage::{self, Coverage};
use crate::store::{NamedTenant, Snapshot, StoreError};
use crate::summary::{self, Query, Row, Summary};

/// A window's summary, and how far it can be relied upon.
pub struct WindowSummary {
    /// The window.
    pub span: Span,
    /// The names of the tenants that were asked for.
    pub tenants: Vec<String>,
    /// How far the copy agrees with the source.
    pub coverage: Coverage,
    /// The rows, and what is known of all together.
    pub summary: Summary,
}

/// Reads the summary that `query` asks for, which names the same `tenants`.
pub fn read(
    snapshot: &Snapshot<'_>,
    tenants: &[NamedTenant],
    query: &Query,
) -> Result<WindowSummary, StoreError> {
    Ok(WindowSummary {
        span: query.span,
        coverage: coverage::of(snapshot, tenants, query.span)?,
        summary: summary::summarise(snapshot, query)?,
        tenants: tenants.iter().map(|tenant| tenant.name.clone()).collect(),
    })
}

/// The object but for its rows.
#[derive(Serialize)]
pub struct SummaryHead<'a> {
    #[serde(serialize_with = "as_text")]
    from: Tick,
    #[serde(serialize_with = "as_text")]
    until: Tick,
    tenants: &'a [String],
    coverage: CoverageObject<'a>,
    excluded: u64,
}

/// One of its rows.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummaryRow<'a> {
    url: &'a str,
    blocked: u64,
    allowed: u64,
    pending_verdict: u64,
    error: u64,
    clicked_through: u64,
    blocked_by_tenant_policy: u64,
    other: u64,
    clickers: u64,
    #[serde(serialize_with = "as_text")]
    first_click: Tick,
    #[serde(serialize_with = "as_text")]
    last_click: Tick,
    threat_types: &'a [String],
    workloads: &'a [String],
    tenant: &'a str,
}

impl<'a> From<&'a WindowSummary> for SummaryHead<'a> {
    fn from(answer: &'a WindowSummary) -> Self {
        Self {
            from: answer.span.from,
            until: answer.span.until,
            tenants: &answer.tenants,
            coverage: (&answer.coverage).into(),
            excluded: answer.summary.excluded,
        }
    }
}

impl<'a> From<&'a Row> for SummaryRow<'a> {
    fn from(row: &'a Row) -> Self {
        Self {
            url: &row.url,
            blocked: row.tally.blocked,
            allowed: row.tally.allowed,
            pending_verdict: row.tally.pending_verdict,
            error: row.tally.error,
            clicked_through: row.tally.clicked_through,
            blocked_by_tenant_policy: row.tally.blocked_by_tenant_policy,
            other: row.tally.other,
            clickers: row.clickers,
            first_click: row.first_click,
            last_click: row.last_click,
            threat_types: &row.threat_types,
            workloads: &row.workloads,
            tenant: &row.tenant,
        }
    }
}
