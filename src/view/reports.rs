//! The reports that are configured, when each is due and was sent: as JSON.

use serde_json::{Value, json};

use crate::clock::Tick;
use crate::config::{Config, Report};
use crate::store::{Store, StoreError, StoredDigest};

/// A report as it is listed.
pub struct ReportStatus {
    /// Its settings.
    pub report: Report,
    /// When it is due.
    pub next: Option<Tick>,
    /// The digest that was made last.
    pub last: Option<StoredDigest>,
}

/// Every configured report. Nothing was sent before there is a `store`.
pub fn list(
    store: Option<&Store>,
    config: &Config,
    now: Tick,
) -> Result<Vec<ReportStatus>, StoreError> {
    let last = |report: &Report| -> Result<Option<StoredDigest>, StoreError> {
        let Some(store) = store else { return Ok(None) };
        let digests = store.read(|snapshot| snapshot.digests(&report.name, Tick(0)))?;
        Ok(digests.into_iter().next())
    };
    let status = |report: &Report| {
        let next = report.schedule.next_after(now);
        Ok(ReportStatus { report: report.clone(), next, last: last(report)? })
    };
    config.reports.iter().map(status).collect()
}

/// The list as one object.
pub fn object(reports: &[ReportStatus]) -> Value {
    json!({ "reports": reports.iter().map(report).collect::<Vec<_>>() })
}

fn report(status: &ReportStatus) -> Value {
    let text = |at: Option<Tick>| at.map(|at| at.to_string());
    json!({
        "name": status.report.name,
        "schedule": status.report.schedule.line(),
        "timezone": status.report.schedule.zone().iana_name(),
        "next_due": text(status.next),
        "last_scheduled": text(status.last.map(|last| last.scheduled)),
        "last_sent": text(status.last.map(|last| last.made)),
        "sinks": status.report.sinks,
        "tenants": status.report.tenants,
    })
}
