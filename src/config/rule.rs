//! `[[rule]]`: temporary.
use std::time::Duration;
use super::tenant::Place;
use crate::condition::{Condition, Part};
use crate::severity::Severity;
/// By.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct By(Vec<Part>);
impl By {
    /// p
    pub fn parts(&self) -> &[Part] { &self.0 }
    /// h
    pub fn has(&self, part: Part) -> bool { self.0.contains(&part) }
}
/// o
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs)]
pub enum Origin { Shipped, Changed, Own }
/// s
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs)]
pub enum Switch { On, Off }
/// r
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs)]
pub struct Rule { pub name: String, pub by: By, pub over: Duration, pub when: Condition, pub medium_when: Option<Condition>, pub severity: Severity, pub repeat: Duration, pub sinks: Vec<String>, pub tenants: Vec<String>, pub runbook: Option<String>, pub switch: Switch, pub origin: Origin, pub place: Place }
/// a
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs)]
pub struct Alerts { pub sinks: Vec<String>, pub group_interval: Duration, pub shared_hosts: crate::pattern::Hosts }
pub(super) fn shipped(sinks: &[String], tenants: &[String]) -> Vec<Rule> {
    use Part::{Host, Url, User};
    let h = 3600;
    [("clicked-past-block", vec![Url, User], 24*h, "clicked_past_block > 0", Severity::High, None),
     ("allowed-with-threat", vec![Url], 24*h, "allowed_with_threat > 0", Severity::High, None),
     ("allowed-then-blocked", vec![Host], 48*h, "allowed_before_blocked > 0", Severity::High, Some("age_days > 14 || users_ever > 50")),
     ("campaign", vec![Host], h, "affected_users >= 5", Severity::Medium, None),
     ("repeat-user", vec![User], 24*h, "threat_urls >= 3", Severity::Medium, None)].into_iter().map(|(name, by, over, when, severity, medium)| Rule {
        name: name.to_owned(), when: Condition::parse(when, &by).ok().unwrap(), medium_when: medium.map(|m| Condition::parse(m, &by).ok().unwrap()), by: By(by), over: Duration::from_secs(over), severity, repeat: Duration::from_hours(24), sinks: sinks.to_vec(), tenants: tenants.to_vec(), runbook: None, switch: Switch::On, origin: Origin::Shipped, place: Place::default() }).collect()
}
