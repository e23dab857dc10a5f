//! `[[report]]` as TOML.

use toml::{Table, Value};

use super::super::{Report, format_duration};
use super::values::{list, table, text};

/// A report with the settings in effect.
pub(super) fn of(report: &Report) -> Table {
    let zone = report.schedule.zone().iana_name().unwrap_or("UTC");
    table([
        ("name", Some(text(&report.name))),
        ("schedule", Some(text(&report.schedule.line()))),
        ("timezone", Some(text(&zone))),
        ("window", report.window.map(|window| text(&format_duration(window)))),
        ("top", Some(Value::from(report.top))),
        ("sort", Some(text(&report.order.name()))),
        ("sinks", list(&report.sinks)),
        ("tenants", list(&report.tenants)),
        ("attach", Some(text(&report.attach.name()))),
    ])
}
