//! Who is notified: rules that notify nobody, and sinks that nothing is sent to.

use super::line::{CheckLine, CheckStatus};
use crate::config::{Config, Rule, Sink, Switch, Unheard};

/// A line for each thing that goes nowhere. A report names a sink, or is refused.
pub(super) fn check(config: &Config) -> Vec<CheckLine> {
    let on: Vec<&Rule> = config.rules.iter().filter(|rule| rule.switch == Switch::On).collect();
    let mut lines = silent(&config.unheard());
    let unused = config.sinks.iter().filter(|sink| !is_used(sink, config, &on));
    let unused: Vec<&str> = unused.map(|sink| sink.name.as_str()).collect();
    if !unused.is_empty() {
        let words = format!(
            "no report and no rule that is on goes to {}: name it in a [[report]], in [alerts] or in a \
             [[rule]]",
            unused.join(", ")
        );
        lines.push(CheckLine::new("sinks", CheckStatus::Warning, words));
    }
    lines
}

/// The rules that notify nobody about some tenant, or about any.
fn silent(unheard: &Unheard) -> Vec<CheckLine> {
    let mut lines = Vec::new();
    if !unheard.everywhere.is_empty() {
        let words = format!("notify nobody: {}; {REMEDY}", unheard.everywhere.join(", "));
        lines.push(CheckLine::new("rules", CheckStatus::Warning, words));
    }
    lines.extend(unheard.in_part.iter().map(|(rule, tenants)| {
        let words = format!("notifies nobody about {}: {REMEDY}", tenants.join(", "));
        CheckLine::new(format!("rule {rule}"), CheckStatus::Warning, words)
    }));
    lines
}

const REMEDY: &str = "name a sink for that tenant in [alerts] or in the rule; until then only \
                      `clickwarden alert list` and the digests show what they find";

fn is_used(sink: &Sink, config: &Config, on: &[&Rule]) -> bool {
    on.iter().any(|rule| rule.sinks.contains(&sink.name))
        || config.reports.iter().any(|report| report.sinks.contains(&sink.name))
}
