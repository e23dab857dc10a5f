//! Rules that are on and notify nobody: what they find is listed, and reaches no sink.

use super::load::Config;
use super::rule::{Rule, Switch};
use super::sink::Sink;

/// Rules that notify nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unheard {
    /// About no tenant at all.
    pub everywhere: Vec<String>,
    /// About some of their tenants: the rule, and those.
    pub in_part: Vec<(String, Vec<String>)>,
}

impl Config {
    /// The rules that are on and notify nobody.
    pub fn unheard(&self) -> Unheard {
        let mut unheard = Unheard::default();
        for rule in self.rules.iter().filter(|rule| rule.switch == Switch::On) {
            let is_unheard = |tenant: &&String| !self.sinks.iter().any(|s| hears(s, rule, tenant));
            let tenants: Vec<String> = rule.tenants.iter().filter(is_unheard).cloned().collect();
            if tenants.len() == rule.tenants.len() {
                unheard.everywhere.push(rule.name.clone());
            } else if !tenants.is_empty() {
                unheard.in_part.push((rule.name.clone(), tenants));
            }
        }
        unheard
    }
}

/// Whether a sink is notified of what a rule finds in a tenant.
fn hears(sink: &Sink, rule: &Rule, tenant: &String) -> bool {
    rule.sinks.contains(&sink.name)
        && sink.audience.may_hear_of(std::slice::from_ref(tenant))
        && rule.severity >= sink.min_severity
}
