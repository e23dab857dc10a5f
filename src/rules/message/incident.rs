//! What happened, as an alert's title says it: who did what, and where.

use std::collections::BTreeSet;

use super::super::details::{AffectedUrl, AffectedUser};
use super::described::DescribedAlert;
use crate::click::pattern::host_name;
use crate::condition::Variable;

/// What happened, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Incident {
    PastBlock,
    ThreatAllowed,
    AllowedThenBlocked,
    PastScan,
    PastWarning,
    ThreatsClicked,
    Affected,
    Blocked,
    Clicked,
}

/// What a rule asks for says what it found, if it found any; of a rule that asks for several things,
/// the first of these that happened.
const ASKED: [(Variable, Incident); 9] = [
    (Variable::ClickedPastBlock, Incident::PastBlock),
    (Variable::AllowedWithThreat, Incident::ThreatAllowed),
    (Variable::AllowedBeforeBlocked, Incident::AllowedThenBlocked),
    (Variable::ScanBypassed, Incident::PastScan),
    (Variable::ClickedThrough, Incident::PastWarning),
    (Variable::ThreatUrls, Incident::ThreatsClicked),
    (Variable::AffectedUsers, Incident::Affected),
    (Variable::Clickers, Incident::Clicked),
    (Variable::Blocked, Incident::Blocked),
];

/// Of any other rule, the worst that happened.
const WORST_FIRST: [Incident; 5] = [
    Incident::PastBlock,
    Incident::ThreatAllowed,
    Incident::PastScan,
    Incident::Blocked,
    Incident::Clicked,
];

impl Incident {
    pub(super) fn of(one: &DescribedAlert<'_>) -> Self {
        let has_users =
            |incident: &Self| one.details.people.iter().any(|user| incident.concerns(user));
        let asks = |variable| one.rule.is_some_and(|rule| rule.when.uses(variable));
        let asked = ASKED.into_iter().filter(|(variable, _)| asks(*variable));
        let asked = asked.map(|(_, incident)| incident);
        asked.chain(WORST_FIRST).find(has_users).unwrap_or(Self::Clicked)
    }

    /// Whether it happened to this user.
    fn concerns(self, user: &AffectedUser) -> bool {
        let tally = &user.tally;
        match self {
            Self::PastBlock => user.past_block > 0,
            Self::ThreatAllowed => user.threats_allowed > 0,
            Self::AllowedThenBlocked => user.was_let_through(),
            Self::PastScan => user.past_scan > 0,
            Self::PastWarning => tally.clicked_through > 0,
            Self::Affected => tally.blocked > 0 || tally.clicked_through > 0,
            Self::Blocked => tally.blocked > 0,
            Self::ThreatsClicked | Self::Clicked => true,
        }
    }

    /// Whether something reached this user that may ask for a password.
    pub(super) const fn reached(self, user: &AffectedUser) -> bool {
        let is_late = matches!(self, Self::AllowedThenBlocked) && user.was_let_through();
        user.tally.clicked_through > 0 || user.threats_allowed > 0 || is_late
    }

    /// Whether it happened on this URL.
    const fn is_on(self, url: &AffectedUrl) -> bool {
        let tally = &url.tally;
        match self {
            Self::PastBlock | Self::PastScan | Self::PastWarning => tally.clicked_through > 0,
            Self::ThreatAllowed => url.is_threat && tally.allowed > 0,
            Self::ThreatsClicked => url.is_threat,
            Self::Affected => tally.blocked > 0 || tally.clicked_through > 0,
            Self::Blocked => tally.blocked > 0,
            Self::AllowedThenBlocked | Self::Clicked => true,
        }
    }

    /// The users that it happened to.
    pub(super) fn users<'d>(self, one: &'d DescribedAlert<'_>) -> impl Iterator<Item = &'d str> {
        let concerned = one.details.people.iter().filter(move |user| self.concerns(user));
        concerned.map(|user| user.name.as_str())
    }

    /// The hosts that it happened on; empty where a URL names none.
    pub(super) fn hosts(self, one: &DescribedAlert<'_>) -> BTreeSet<String> {
        let host = |url: &str| host_name(url).unwrap_or_default();
        match (&one.alert.group.host, &one.alert.group.url) {
            (Some(name), _) => BTreeSet::from([name.clone()]),
            (None, Some(url)) => BTreeSet::from([host(url)]),
            (None, None) => {
                let urls = one.details.urls.iter().filter(|url| self.is_on(url));
                urls.map(|url| host(&url.url)).collect()
            }
        }
    }

    /// What stands between the users and the hosts, of one user or more.
    pub(super) const fn verb(self, users: usize) -> &'static str {
        match (self, users) {
            (Self::PastBlock, _) => "clicked past a block on",
            (Self::ThreatAllowed, _) => "reached a known threat on",
            (Self::AllowedThenBlocked, _) => "reached",
            (Self::PastScan, _) => "clicked past a scan on",
            (Self::PastWarning, _) => "clicked past a warning on",
            (Self::ThreatsClicked, _) => "clicked known threats on",
            (Self::Affected, 1) => "was blocked or clicked past a warning on",
            (Self::Affected, _) => "were blocked or clicked past a warning on",
            (Self::Blocked, 1) => "was blocked on",
            (Self::Blocked, _) => "were blocked on",
            (Self::Clicked, _) => "clicked on",
        }
    }

    /// What stands behind the hosts, of one or more.
    pub(super) const fn ending(self, hosts: usize) -> &'static str {
        match (self, hosts) {
            (Self::AllowedThenBlocked, 1) => " before it was blocked",
            (Self::AllowedThenBlocked, _) => " before they were blocked",
            _ => "",
        }
    }
}
