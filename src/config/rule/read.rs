//! Reads `[[rule]]`: a shipped rule's section says what differs, one's own says all that is needed.

use std::time::Duration;

use super::super::duration::DAY;
use super::super::keys::SectionKeys;
use super::super::named::one_of;
use super::super::tenant::check_name;
use super::references::RuleReferences;
use super::shipped::{DEFAULT_REPEAT, shipped};
use super::{Origin, Rule, parts};
use crate::message::severity::Severity;

const MINUTE: Duration = Duration::from_mins(1);
const MONTH: Duration = Duration::from_hours(24 * 30);

/// The shipped rules, each as its section changes it, then the others.
pub(in crate::config) fn all(root: &mut SectionKeys<'_>, known: &RuleReferences<'_>) -> Vec<Rule> {
    let mut rules = shipped(known);
    let mut names: Vec<String> = Vec::new();
    let given = root.each("rule", |keys| {
        let name = name(keys, &mut names);
        let base = rules.iter().find(|rule| Some(&rule.name) == name.as_ref());
        let rule = of(keys, name.as_deref(), base, known);
        keys.refuse_unknown();
        rule
    });
    for rule in given {
        match rules.iter_mut().find(|shipped| shipped.name == rule.name) {
            Some(shipped) => *shipped = rule,
            None => rules.push(rule),
        }
    }
    rules
}

fn name(keys: &mut SectionKeys<'_>, names: &mut Vec<String>) -> Option<String> {
    let name = keys.required("name", "name it: alerts and commands call it by this name")?;
    if names.contains(&name) {
        let problem = "another [[rule]] has this name, too".to_owned();
        keys.report("name", problem, "give each a name of its own, or make one of both");
    }
    names.push(name.clone());
    check_name(keys, &name).then_some(name)
}

fn of(
    keys: &mut SectionKeys<'_>,
    name: Option<&str>,
    base: Option<&Rule>,
    known: &RuleReferences<'_>,
) -> Option<Rule> {
    let by = parts::by(keys, base);
    let when = parts::when(keys, by.as_ref(), base, name.unwrap_or_default());
    let medium_when = parts::medium_when(keys, by.as_ref(), base);
    let over = keys.duration("over", MINUTE..=MONTH);
    let severity = severity(keys, base);
    let repeat = keys.duration("repeat", 5 * MINUTE..=MONTH);
    let tenants = parts::tenants(keys, known);
    let sinks = parts::sinks(keys, known, tenants.as_deref().unwrap_or_default());
    let runbook = parts::runbook(keys);
    let switch = parts::switch(keys, base);
    let rule = Rule {
        name: name?.to_owned(),
        by: by?,
        over: over.or(base.map(|base| base.over)).unwrap_or(DAY),
        when: when?,
        medium_when,
        severity: severity?,
        repeat: repeat.or(base.map(|base| base.repeat)).unwrap_or(DEFAULT_REPEAT),
        sinks: sinks?,
        tenants: tenants?,
        runbook,
        switch,
        origin: Origin::Own,
        location: keys.here(),
    };
    let origin = base.map_or(Origin::Own, |base| origin(&rule, base));
    Some(Rule { origin, ..rule })
}

fn severity(keys: &mut SectionKeys<'_>, base: Option<&Rule>) -> Option<Severity> {
    let usual = base.map_or(Severity::Medium, |base| base.severity);
    one_of(keys, "severity", Severity::ALL, Severity::name, usual)
}

/// A section that says what is shipped changes nothing.
fn origin(rule: &Rule, base: &Rule) -> Origin {
    let Rule { origin, location, .. } = base;
    let is_same = Rule { origin: *origin, location: location.clone(), ..rule.clone() } == *base;
    if is_same { Origin::Shipped } else { Origin::Changed }
}
