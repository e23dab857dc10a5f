//! The rules that are shipped.

use std::time::Duration;

use super::super::duration::DAY;
use super::super::location::SectionLocation;
use super::references::RuleReferences;
use super::{By, Origin, Rule, Switch};
use crate::condition::{Condition, GroupBy};
use crate::message::severity::Severity;

/// After how long an alert that goes on is told again, unless told otherwise.
pub(super) const DEFAULT_REPEAT: Duration = DAY;

struct Shipped {
    name: &'static str,
    by: &'static [GroupBy],
    hours: u64,
    when: &'static str,
    medium_when: Option<&'static str>,
    severity: Severity,
    switch: Switch,
}

const DEFAULT_RULE: Shipped = Shipped {
    name: "",
    by: &[GroupBy::Url],
    hours: 24,
    when: "",
    medium_when: None,
    severity: Severity::High,
    switch: Switch::On,
};

const SHIPPED_RULES: [Shipped; 7] = [
    Shipped {
        name: "clicked-past-block",
        by: &[GroupBy::User, GroupBy::Url],
        when: "clicked_past_block > 0",
        ..DEFAULT_RULE
    },
    Shipped { name: "allowed-with-threat", when: "allowed_with_threat > 0", ..DEFAULT_RULE },
    Shipped {
        name: "allowed-then-blocked",
        by: &[GroupBy::Host],
        hours: 48,
        when: "allowed_before_blocked > 0",
        medium_when: Some("age_days > 14 || users_ever > 50"),
        ..DEFAULT_RULE
    },
    Shipped {
        name: "campaign",
        by: &[GroupBy::Host],
        hours: 1,
        when: "affected_users >= 5",
        severity: Severity::Medium,
        ..DEFAULT_RULE
    },
    Shipped {
        name: "repeat-user",
        by: &[GroupBy::User],
        when: "threat_urls >= 3",
        severity: Severity::Medium,
        ..DEFAULT_RULE
    },
    Shipped {
        name: "clicked-through",
        when: "clicked_through > 0",
        switch: Switch::Off,
        ..DEFAULT_RULE
    },
    Shipped {
        name: "new-host-burst",
        by: &[GroupBy::Host],
        when: "age_days < 1 && clickers >= 10",
        severity: Severity::Medium,
        switch: Switch::Off,
        ..DEFAULT_RULE
    },
];

/// All of them, for all tenants, and to the sinks of `[alerts]`.
pub(super) fn shipped(known: &RuleReferences<'_>) -> Vec<Rule> {
    // The test below holds them to it that each can be read.
    SHIPPED_RULES.iter().filter_map(|one| one.rule(known)).collect()
}

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED_RULES.iter().map(|one| one.name)
}

impl Shipped {
    fn rule(&self, known: &RuleReferences<'_>) -> Option<Rule> {
        let condition = |text: &str| Condition::parse(text, self.by).ok();
        let medium_when = match self.medium_when {
            Some(text) => Some(condition(text)?),
            None => None,
        };
        Some(Rule {
            name: self.name.to_owned(),
            by: By::new(self.by)?,
            over: Duration::from_hours(self.hours),
            when: condition(self.when)?,
            medium_when,
            severity: self.severity,
            repeat: DEFAULT_REPEAT,
            sinks: known.alerts.sinks.clone(),
            tenants: known.every(),
            runbook: None,
            switch: self.switch,
            origin: Origin::Shipped,
            location: SectionLocation::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_can_be_read() {
        let alerts = crate::config::Alerts {
            sinks: Vec::new(),
            group_interval: DAY,
            shared_hosts: crate::click::pattern::HostSet::default(),
        };
        let known = RuleReferences { tenants: &[], sinks: &[], alerts: &alerts };
        assert_eq!(shipped(&known).len(), SHIPPED_RULES.len());
    }
}
