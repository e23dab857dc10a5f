//! A rule, a report or a sink that is named on the command line.

use crate::cli::{CommandError, Exit};
use crate::config::{Config, Report, Rule, Sink};
use crate::text::escape::one_line;

/// The rule with this name, on or off.
pub(in crate::cli) fn rule<'c>(config: &'c Config, name: &str) -> Result<&'c Rule, CommandError> {
    config.rules.iter().find(|rule| rule.name == name).ok_or_else(|| {
        let known: Vec<&str> = config.rules.iter().map(|rule| rule.name.as_str()).collect();
        let (name, known) = (one_line(name), known.join(", "));
        CommandError::Said(
            Exit::BadConfig,
            format!("no rule is named {name:?}; there are: {known}"),
        )
    })
}

/// The report with this name.
pub(in crate::cli) fn report<'c>(
    config: &'c Config,
    name: &str,
) -> Result<&'c Report, CommandError> {
    config.reports.iter().find(|report| report.name == name).ok_or_else(|| {
        unknown(
            "report",
            name,
            &config.reports.iter().map(|report| report.name.as_str()).collect::<Vec<_>>(),
        )
    })
}

/// The sink with this name.
pub(in crate::cli) fn sink<'c>(config: &'c Config, name: &str) -> Result<&'c Sink, CommandError> {
    config.sinks.iter().find(|sink| sink.name == name).ok_or_else(|| {
        unknown(
            "sink",
            name,
            &config.sinks.iter().map(|sink| sink.name.as_str()).collect::<Vec<_>>(),
        )
    })
}

/// What is said of a name that no section of this kind has.
fn unknown(kind: &str, name: &str, known: &[&str]) -> CommandError {
    let known = if known.is_empty() {
        format!("none is configured: add a [[{kind}]] section")
    } else {
        format!("configured are: {}", known.join(", "))
    };
    let name = one_line(name);
    CommandError::Said(Exit::BadConfig, format!("no {kind} is named {name:?}; {known}"))
}
