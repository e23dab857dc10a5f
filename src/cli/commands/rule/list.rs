//! `clickwarden rule list`: the rules that are in force, and why.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::cli::args::format::ListFormat;
use crate::cli::print::json;
use crate::cli::print::text::{counted, plain};
use crate::cli::{CommandError, Context, Exit};
use crate::condition::Condition;
use crate::config::{Config, Origin, Rule, Switch, format_duration};
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

/// Where the variables of conditions are described.
const VARIABLES: &str =
    "What a condition can ask is described at [[rule]] in config/clickwarden.toml.";

/// How many alerts of each rule are open.
type OpenAlerts = BTreeMap<String, u64>;

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let open = open(&config)?;
    match arguments.format {
        ListFormat::Table => draw(&config.rules, &open)?,
        ListFormat::Json => {
            let rules = config.rules.iter().map(|rule| object(rule, &open)).collect();
            json::print(&Object { rules })?;
        }
    }
    Ok(Exit::Done)
}

fn open(config: &Config) -> Result<OpenAlerts, CommandError> {
    // Nothing was found before there is a store.
    if !config.store.path.exists() {
        return Ok(OpenAlerts::new());
    }
    let store = Store::open_read_only(&config.store.path)?;
    Ok(store.read(|snapshot| {
        let mut open = OpenAlerts::new();
        for alert in snapshot.open_alerts()? {
            *open.entry(alert.rule).or_default() += 1;
        }
        Ok(open)
    })?)
}

fn open_of(rule: &Rule, open: &OpenAlerts) -> u64 {
    open.get(&rule.name).copied().unwrap_or(0)
}

fn draw(rules: &[Rule], open: &OpenAlerts) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for rule in rules {
        let (switch, why) = (on_or_off(rule), why(rule));
        let open = counted(open_of(rule, open), "open alert");
        writeln!(out, "{}: {switch}, {why}; {open}", plain(&rule.name))?;
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
        Origin::Shipped => "as it is shipped".to_owned(),
        Origin::Changed => format!("shipped, and changed by {place}"),
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
    lines.push(("told", told(rule)));
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

fn told(rule: &Rule) -> String {
    if rule.sinks.is_empty() {
        return "nobody: neither the rule nor [alerts] names a sink".to_owned();
    }
    let (sinks, repeat) = (plain(&rule.sinks.join(", ")), format_duration(rule.repeat));
    format!("{sinks}; again after {repeat} while clicks come")
}

#[derive(Serialize)]
struct Object<'a> {
    rules: Vec<RuleObject<'a>>,
}

#[derive(Serialize)]
struct RuleObject<'a> {
    name: &'a str,
    enabled: bool,
    origin: &'static str,
    file: Option<&'a str>,
    section: Option<&'a str>,
    by: Vec<&'static str>,
    over: String,
    when: &'a str,
    medium_when: Option<&'a str>,
    severity: &'static str,
    repeat: String,
    sinks: &'a [String],
    tenants: &'a [String],
    runbook: Option<&'a str>,
    open: u64,
}

fn object<'a>(rule: &'a Rule, open: &OpenAlerts) -> RuleObject<'a> {
    let said = |text: &'a str| (!text.is_empty()).then_some(text);
    RuleObject {
        name: &rule.name,
        enabled: rule.switch == Switch::On,
        origin: rule.origin.name(),
        file: said(&rule.location.file),
        section: said(&rule.location.section),
        by: by(rule),
        over: over(rule),
        when: rule.when.text(),
        medium_when: rule.medium_when.as_ref().map(Condition::text),
        severity: rule.severity.name(),
        repeat: format_duration(rule.repeat),
        sinks: &rule.sinks,
        tenants: &rule.tenants,
        runbook: rule.runbook.as_deref(),
        open: open_of(rule, open),
    }
}
