//! `clickwarden report list`.

use std::io::{BufWriter, Write};

use serde_json::json;

use crate::cli::args::format::ListFormat;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::plain;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::config::{Config, Report};
use crate::store::{Store, StoredDigest};

/// A report as it is listed.
struct ReportLine {
    report: Report,
    next: Option<Tick>,
    last: Option<StoredDigest>,
}

pub(super) fn run(context: &Context, format: ListFormat) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let lines = lines(&config, context.clock.now())?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        ListFormat::Json => {
            let reports: Vec<_> = lines.iter().map(object).collect();
            writeln!(out, "{}", json!({ "reports": reports }))?;
        }
        ListFormat::Table if lines.is_empty() => {
            writeln!(out, "no report is configured: add a [[report]] section")?;
        }
        ListFormat::Table => table::draw(&mut out, &columns(), &lines, table::stdout_width())?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn lines(config: &Config, now: Tick) -> Result<Vec<ReportLine>, CommandError> {
    // Nothing was sent before there is a store.
    let store = config.store.path.exists().then(|| Store::open_read_only(&config.store.path));
    let store = store.transpose()?;
    let last = |report: &Report| -> Result<Option<StoredDigest>, CommandError> {
        let Some(store) = &store else { return Ok(None) };
        let digests = store.read(|snapshot| snapshot.digests(&report.name, Tick(0)))?;
        Ok(digests.into_iter().next())
    };
    let line = |report: &Report| {
        let next = report.schedule.next_after(now);
        Ok(ReportLine { report: report.clone(), next, last: last(report)? })
    };
    config.reports.iter().map(line).collect()
}

fn columns() -> Vec<Column<ReportLine>> {
    vec![
        Column::text("Report", |line: &ReportLine| plain(&line.report.name), 0),
        Column::text("Schedule", |line| plain(&line.report.schedule.to_string()), 0),
        Column::text("Next due", |line| time(line, line.next), 0),
        Column::text("Last sent", |line| time(line, line.last.map(|last| last.made)), 0),
        Column::text("Sinks", |line| plain(&line.report.sinks.join(", ")), 0),
    ]
}

/// In the report's own time zone.
fn time(line: &ReportLine, at: Option<Tick>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| line.report.schedule.local(at))
}

fn object(line: &ReportLine) -> serde_json::Value {
    let text = |at: Option<Tick>| at.map(|at| at.to_string());
    json!({
        "name": line.report.name,
        "schedule": line.report.schedule.line(),
        "timezone": line.report.schedule.zone().iana_name(),
        "next_due": text(line.next),
        "last_scheduled": text(line.last.map(|last| last.scheduled)),
        "last_sent": text(line.last.map(|last| last.made)),
        "sinks": line.report.sinks,
        "tenants": line.report.tenants,
    })
}
