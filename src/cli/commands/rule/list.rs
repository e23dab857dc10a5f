//! `clickwarden rule list`: the rules that are in force, and why.

use std::io::{self, BufWriter, Write};

use crate::cli::args::format::ListFormat;
use crate::cli::print::json;
use crate::cli::print::text::{counted, plain};
use crate::cli::{CommandError, Context, Exit};
use crate::config::{Config, Origin, Rule, Switch, format_duration};
use crate::store::Store;
use crate::view::rules::{OpenAlerts, RulesObject, open_alerts};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

/// Where the variables of conditions are described.
const VARIABLES: &str =
    "What a condition can ask is described at [[rule]] in config/clickwarden.toml.";

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let open = open(&config)?;
    match arguments.format {
        ListFormat::Table => draw(&config.rules, &open)?,
        ListFormat::Json => json::print(&RulesObject::of(&config.rules, &open))?,
    }
    Ok(Exit::Done)
}

fn open(config: &Config) -> Result<OpenAlerts, CommandError> {
    // Nothing was found before there is a store.
    if !config.store.path.exists() {
        return Ok(OpenAlerts::new());
    }
    let store = Store::open_read_only(&config.store.path)?;
    Ok(store.read(open_alerts)?)
}

fn open_of(rule: &Rule, open: &OpenAlerts) -> u64 {
    open.get(&rule.name).copied().unwrap_or(0)
}

fn draw(rules: &[Rule], open: &OpenAlerts) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for rule in rules {
        let (switch, why) = (on_or_off(rule), why(rule));
        let open = counted(open_of(rule, open), "open alert");
        writeln!(out, "{}: {switch} ({why}); {open}", plain(&rule.name))?;
        for (name, words) in lines(rule) {
            writeln!(out, "  {name:<10} {words}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{VARIABLES}")?;
    out.flush()
}

const fn on_or_off(rule: &Rule) -> &'static str {
    match rule.switch {
        Switch::On => "on",
        Switch::Off => "off",
    }
}

/// Where it comes from.
fn why(rule: &Rule) -> String {
    let place = format!("[{}] in {}", plain(&rule.location.section), plain(&rule.location.file));
    match rule.origin {
        Origin::Shipped => "default".to_owned(),
        Origin::Changed => format!("default changed by {place}"),
        Origin::Own => format!("your own, {place}"),
    }
}

fn lines(rule: &Rule) -> Vec<(&'static str, String)> {
    let mut lines = vec![("when", plain(rule.when.text()))];
    if let Some(condition) = &rule.medium_when {
        lines.push(("medium", format!("when also {}", plain(condition.text()))));
    }
    lines.push(("clicks", format!("by {} over {}", by(rule).join(" and "), over(rule))));
    lines.push(("severity", rule.severity.name().to_owned()));
    lines.push(("notifies", notifies(rule)));
    lines.push(("tenants", plain(&rule.tenants.join(", "))));
    if let Some(runbook) = &rule.runbook {
        lines.push(("runbook", plain(runbook)));
    }
    lines
}

fn by(rule: &Rule) -> Vec<&'static str> {
    rule.by.parts().iter().map(|part| part.name()).collect()
}

fn over(rule: &Rule) -> String {
    format_duration(rule.over)
}

fn notifies(rule: &Rule) -> String {
    if rule.sinks.is_empty() {
        return "nobody: name a sink in [alerts] or in the rule".to_owned();
    }
    let (sinks, repeat) = (plain(&rule.sinks.join(", ")), format_duration(rule.repeat));
    format!("{sinks}; repeated after {repeat} while clicks come")
}
