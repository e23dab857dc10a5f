//! Which sinks are told now of which alerts, and when the next is due. Pure.

use std::collections::BTreeMap;

use crate::clock::{HOUR, Tick, ticks_of};
use crate::config::{Config, Rule, Sink};
use crate::pattern::host_name;
use crate::store::{Alert, Debt, Found, Owed, Silence, TenantKey};

/// The least time between messages of an alert whose rule is configured no more.
const REPEAT: i64 = 24 * HOUR;
/// The most alerts of one message; the rest comes with the next.
const MOST: usize = 1_000;

/// What is known when it is decided.
pub(super) struct Desk<'a> {
    pub config: &'a Config,
    /// The configured tenants that are in the store.
    pub tenants: &'a BTreeMap<TenantKey, String>,
    pub owed: &'a [Owed],
    /// When each sink was last told: by tenant, flow and sink.
    pub flows: &'a BTreeMap<(TenantKey, String, String), Tick>,
    pub silences: &'a [Silence],
    pub now: Tick,
}

/// A message to be.
#[derive(Debug)]
pub(super) struct Due<'a> {
    pub sink: &'a Sink,
    pub tenant: TenantKey,
    pub found: Found,
    /// The worst first.
    pub owed: Vec<&'a Owed>,
}

/// What is due now, and when the next is.
#[derive(Debug, Default)]
pub(super) struct Outlook<'a> {
    pub due: Vec<Due<'a>>,
    pub next: Option<Tick>,
}

impl<'a> Desk<'a> {
    /// Looks at all that is owed.
    pub(super) fn outlook(&self) -> Outlook<'a> {
        let mut due: BTreeMap<(&str, TenantKey, bool), Due<'a>> = BTreeMap::new();
        let mut next: Option<Tick> = None;
        for owed in self.owed {
            let Some((sink, tenant)) = self.hearer(owed) else { continue };
            let at = self.due_at(owed, tenant);
            if at > self.now {
                next = Some(next.map_or(at, |next| next.min(at)));
                continue;
            }
            let (tenant, found) = (owed.alert.tenant, owed.alert.found);
            let new = || Due { sink, tenant, found, owed: Vec::new() };
            let key = (sink.name.as_str(), tenant, found == Found::Late);
            due.entry(key).or_insert_with(new).owed.push(owed);
        }
        let mut due: Vec<Due<'a>> = due.into_values().collect();
        for one in &mut due {
            one.owed.sort_by_key(|owed| (std::cmp::Reverse(owed.alert.severity), owed.alert.id));
            one.owed.truncate(MOST);
        }
        Outlook { due, next }
    }

    /// The sink, if it is there and may hear of the alert, and the tenant's name.
    fn hearer(&self, owed: &Owed) -> Option<(&'a Sink, &'a str)> {
        let sink = self.config.sinks.iter().find(|sink| sink.name == owed.sink)?;
        let tenant = self.tenants.get(&owed.alert.tenant)?;
        let may_hear = sink.audience.may_hear_of(std::slice::from_ref(tenant))
            && owed.alert.severity >= sink.min_severity;
        may_hear.then_some((sink, tenant.as_str()))
    }

    /// When a sink may be told: not while a silence lasts, not too soon after the last message of the
    /// alert, and not too soon after the last of the same flow.
    fn due_at(&self, owed: &Owed, tenant: &str) -> Tick {
        let alert = &owed.alert;
        let silent = silences(self.silences, tenant, alert).filter(|s| s.lasts(self.now));
        let silent = silent.map(|silence| silence.of.until).max();
        let again = again_at(self.config, owed);
        let flow = (alert.tenant, alert.flow().to_owned(), owed.sink.clone());
        let interval = ticks_of(self.config.alerts.group_interval);
        let flow = self.flows.get(&flow).map(|last| last.plus(interval));
        [silent, again, flow].into_iter().flatten().max().unwrap_or(self.now)
    }
}

/// When more clicks of an alert may be told, by the time that its rule leaves between two messages; `None`
/// where something else is owed.
pub(super) fn again_at(config: &Config, owed: &Owed) -> Option<Tick> {
    let rule = config.rules.iter().find(|rule| rule.name == owed.alert.rule);
    let repeat = rule.map_or(REPEAT, |rule: &Rule| ticks_of(rule.repeat));
    (owed.debt == Debt::MoreClicks).then(|| owed.told_at.plus(repeat))
}

/// The silences that are of an alert.
pub fn silences<'s>(
    all: &'s [Silence],
    tenant: &str,
    alert: &Alert,
) -> impl Iterator<Item = &'s Silence> {
    let host = alert.group.url.as_deref().and_then(host_name);
    all.iter().filter(move |silence| silence.matches(tenant, alert, host.as_deref()))
}
