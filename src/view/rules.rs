//! The rules that are in force, and what one would have fired on: as JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::scope::Scope;
use crate::clock::Span;
use crate::condition::Condition;
use crate::config::{Config, Rule, Switch, format_duration};
use crate::rules::{Firing, backtest};
use crate::store::{NamedTenant, Snapshot, Store, StoreError};

/// How many alerts of each rule are open.
pub type OpenAlerts = BTreeMap<String, u64>;

/// Counts the open alerts.
pub fn open_alerts(snapshot: &Snapshot<'_>) -> Result<OpenAlerts, StoreError> {
    let mut open = OpenAlerts::new();
    for alert in snapshot.open_alerts()? {
        *open.entry(alert.rule).or_default() += 1;
    }
    Ok(open)
}

/// A list of rules.
#[derive(Serialize)]
pub struct RulesObject<'a> {
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

impl<'a> RulesObject<'a> {
    /// With how many alerts of each are open.
    pub fn of(rules: &'a [Rule], open: &OpenAlerts) -> Self {
        Self { rules: rules.iter().map(|rule| object(rule, open)).collect() }
    }
}

fn object<'a>(rule: &'a Rule, open: &OpenAlerts) -> RuleObject<'a> {
    let said = |text: &'a str| (!text.is_empty()).then_some(text);
    RuleObject {
        name: &rule.name,
        enabled: rule.switch == Switch::On,
        origin: rule.origin.name(),
        file: said(&rule.location.file),
        section: said(&rule.location.section),
        by: rule.by.parts().iter().map(|part| part.name()).collect(),
        over: format_duration(rule.over),
        when: rule.when.text(),
        medium_when: rule.medium_when.as_ref().map(Condition::text),
        severity: rule.severity.name(),
        repeat: format_duration(rule.repeat),
        sinks: &rule.sinks,
        tenants: &rule.tenants,
        runbook: rule.runbook.as_deref(),
        open: open.get(&rule.name).copied().unwrap_or(0),
    }
}

/// What a rule would have fired on.
pub struct Backtest<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The clicks of this time.
    pub span: Span,
    /// How many groups it holds for.
    pub all: usize,
    /// Of how many it could not be evaluated.
    pub failed: u64,
    /// The groups, the latest to fire first, at most so many as were asked for.
    pub firings: Vec<Firing>,
}

/// Tries `rule` on the clicks of `scope`, one tenant's snapshot after the other.
pub fn test<'a>(
    store: &Store,
    config: &Config,
    rule: &'a Rule,
    scope: &Scope,
    most: usize,
) -> Result<Backtest<'a>, StoreError> {
    let mut tried = Backtest { rule, span: scope.span, all: 0, failed: 0, firings: Vec::new() };
    for NamedTenant { name, key } in &scope.tenants {
        let Some(key) = key.filter(|_| rule.tenants.contains(name)) else { continue };
        let of_tenant = store
            .read(|snapshot| backtest(snapshot, config, (key, name.as_str()), rule, scope.span))?;
        tried.firings.extend(of_tenant.firings);
        tried.failed += of_tenant.failed;
    }
    tried.firings.sort_by_key(|firing| Reverse(firing.last));
    tried.all = tried.firings.len();
    tried.firings.truncate(most);
    Ok(tried)
}

/// The same as JSON.
#[derive(Serialize)]
pub struct BacktestObject<'a> {
    rule: &'a str,
    when: &'a str,
    from: String,
    until: String,
    groups: usize,
    /// Of which it could not be evaluated.
    failed_groups: u64,
    firings: Vec<FiringObject<'a>>,
}

#[derive(Serialize)]
struct FiringObject<'a> {
    tenant: &'a str,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    first: String,
    last: String,
    times: u64,
}

impl<'a> From<&'a Backtest<'a>> for BacktestObject<'a> {
    fn from(tried: &'a Backtest<'a>) -> Self {
        Self {
            rule: &tried.rule.name,
            when: tried.rule.when.text(),
            from: tried.span.from.to_string(),
            until: tried.span.until.to_string(),
            groups: tried.all,
            failed_groups: tried.failed,
            firings: tried.firings.iter().map(FiringObject::from).collect(),
        }
    }
}

impl<'a> From<&'a Firing> for FiringObject<'a> {
    fn from(firing: &'a Firing) -> Self {
        Self {
            tenant: &firing.tenant,
            url: firing.group.url.as_deref(),
            host: firing.group.host.as_deref(),
            user: firing.group.user.as_deref(),
            first: firing.first.to_string(),
            last: firing.last.to_string(),
            times: firing.points,
        }
    }
}
