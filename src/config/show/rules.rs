//! `[alerts]` and `[[rule]]` as TOML.

use toml::{Table, Value};

use super::super::{Alerts, Rule, Switch, format_duration};
use super::values::{table, text, texts};

/// The section with the settings in effect.
pub(super) fn of_alerts(alerts: &Alerts) -> Table {
    table([
        ("sinks", Some(texts(&alerts.sinks))),
        ("group_interval", Some(text(&format_duration(alerts.group_interval)))),
        ("shared_hosts", Some(texts(&alerts.shared_hosts.texts()))),
    ])
}

/// A rule with the settings in effect.
pub(super) fn of(rule: &Rule) -> Table {
    let by: Vec<&str> = rule.by.parts().iter().map(|part| part.name()).collect();
    table([
        ("name", Some(text(&rule.name))),
        ("enabled", Some(Value::Boolean(rule.switch == Switch::On))),
        ("by", Some(texts(&by))),
        ("over", Some(text(&format_duration(rule.over)))),
        ("when", Some(text(&rule.when.text()))),
        ("medium_when", rule.medium_when.as_ref().map(|condition| text(&condition.text()))),
        ("severity", Some(text(&rule.severity.name()))),
        ("repeat", Some(text(&format_duration(rule.repeat)))),
        // None is said: without it those of [alerts] are meant.
        ("sinks", Some(texts(&rule.sinks))),
        ("tenants", Some(texts(&rule.tenants))),
        ("runbook", rule.runbook.as_ref().map(text)),
    ])
}
