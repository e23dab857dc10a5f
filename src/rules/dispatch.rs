//! Which sinks are told now of which alerts, and when the next is due. Pure.

use std::collections::BTreeMap;

use crate::click::pattern::host_name;
use crate::clock::{HOUR, Tick, ticks_of};
use crate::config::{Config, Rule, Sink};
use crate::store::{Alert, Arrival, NotifyReason, PendingNotification, Silence, TenantKey};

/// The least time between messages of an alert whose rule is configured no more.
const REPEAT_OF_UNKNOWN_RULE: i64 = 24 * HOUR;
/// The most alerts of one message; the rest comes with the next.
const MOST_ALERTS_OF_A_MESSAGE: usize = 1_000;

/// What is known when it is decided.
pub(super) struct Dispatcher<'a> {
    pub config: &'a Config,
    /// The configured tenants that are in the store.
    pub tenants: &'a BTreeMap<TenantKey, String>,
    pub pending: &'a [PendingNotification],
    /// When each sink was last notified: by tenant, group of notifications and sink.
    pub last_notified: &'a BTreeMap<(TenantKey, String, String), Tick>,
    pub silences: &'a [Silence],
    pub now: Tick,
}

/// A message to be.
#[derive(Debug)]
pub(super) struct DueMessage<'a> {
    pub sink: &'a Sink,
    pub tenant: TenantKey,
    pub arrival: Arrival,
    /// The worst first.
    pub pending: Vec<&'a PendingNotification>,
}

/// What is due now, and when the next is.
#[derive(Debug, Default)]
pub(super) struct DispatchPlan<'a> {
    pub due: Vec<DueMessage<'a>>,
    pub next: Option<Tick>,
}

impl<'a> Dispatcher<'a> {
    /// Looks at all that is pending.
    pub(super) fn plan(&self) -> DispatchPlan<'a> {
        let mut due: BTreeMap<(&str, TenantKey, bool), DueMessage<'a>> = BTreeMap::new();
        let mut next: Option<Tick> = None;
        for pending in self.pending {
            let Some((sink, tenant)) = self.hearer(pending) else { continue };
            let at = self.due_at(pending, tenant);
            if at > self.now {
                next = Some(next.map_or(at, |next| next.min(at)));
                continue;
            }
            let (tenant, arrival) = (pending.alert.tenant, pending.alert.arrival);
            let new = || DueMessage { sink, tenant, arrival, pending: Vec::new() };
            let key = (sink.name.as_str(), tenant, arrival == Arrival::Late);
            due.entry(key).or_insert_with(new).pending.push(pending);
        }
        let mut due: Vec<DueMessage<'a>> = due.into_values().collect();
        for one in &mut due {
            one.pending.sort_by_key(|pending| {
                (std::cmp::Reverse(pending.alert.severity), pending.alert.id)
            });
            one.pending.truncate(MOST_ALERTS_OF_A_MESSAGE);
        }
        DispatchPlan { due, next }
    }

    /// The sink, if it is there and may hear of the alert, and the tenant's name.
    fn hearer(&self, pending: &PendingNotification) -> Option<(&'a Sink, &'a str)> {
        let sink = self.config.sinks.iter().find(|sink| sink.name == pending.sink)?;
        let tenant = self.tenants.get(&pending.alert.tenant)?;
        let may_hear = sink.audience.may_hear_of(std::slice::from_ref(tenant))
            && pending.alert.severity >= sink.min_severity;
        may_hear.then_some((sink, tenant.as_str()))
    }

    /// When a sink may be told: not while a silence lasts, not too soon after the last message of the
    /// alert, and not too soon after the last of the same group.
    fn due_at(&self, pending: &PendingNotification, tenant: &str) -> Tick {
        let alert = &pending.alert;
        let silent = silences(self.silences, tenant, alert).filter(|s| s.lasts(self.now));
        let silent = silent.map(|silence| silence.of.until).max();
        let again = again_at(self.config, pending);
        let group = (alert.tenant, alert.notification_group().to_owned(), pending.sink.clone());
        let interval = ticks_of(self.config.alerts.group_interval);
        let grouped = self.last_notified.get(&group).map(|last| last.plus(interval));
        [silent, again, grouped].into_iter().flatten().max().unwrap_or(self.now)
    }
}

/// When more clicks of an alert may be told, by the time that its rule leaves between two messages; `None`
/// where something else is pending.
pub(super) fn again_at(config: &Config, pending: &PendingNotification) -> Option<Tick> {
    let rule = config.rules.iter().find(|rule| rule.name == pending.alert.rule);
    let repeat = rule.map_or(REPEAT_OF_UNKNOWN_RULE, |rule: &Rule| ticks_of(rule.repeat));
    (pending.reason == NotifyReason::MoreClicks).then(|| pending.last_notified.plus(repeat))
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
