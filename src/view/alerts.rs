//! Alerts: which of them, with what was told of them, and as JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::scope::tenant_names;
use crate::click::pattern::host_name;
use crate::clock::Tick;
use crate::rules;
use crate::store::{Alert, AlertState, Arrival, Confidence, Snapshot, StoreError, TenantKey};

/// Those of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// Somebody must look at them.
    Open,
    /// Somebody did, or nothing more came.
    Closed,
    /// All of them.
    All,
}

/// Which alerts: what is not given matches anything.
#[derive(Debug, Default)]
pub struct AlertFilter<'a> {
    /// Of this rule.
    pub rule: Option<&'a str>,
    /// About this host, as [`crate::click::pattern::host`] gives it.
    pub host: Option<&'a str>,
    /// Of these tenants.
    pub tenants: Option<Vec<TenantKey>>,
}

impl AlertFilter<'_> {
    /// Whether it is one of them.
    pub fn has(&self, alert: &Alert) -> bool {
        self.rule.is_none_or(|rule| alert.rule == rule)
            && self.tenants.as_ref().is_none_or(|tenants| tenants.contains(&alert.tenant))
            && self.host.is_none_or(|host| host_of(alert).as_deref() == Some(host))
    }
}

/// The host that it is about, or that its URL leads to.
fn host_of(alert: &Alert) -> Option<String> {
    let group = &alert.group;
    group.host.clone().or_else(|| group.url.as_deref().and_then(host_name))
}

impl StateFilter {
    fn has(self, alert: &Alert) -> bool {
        self == Self::All || is_closed(alert) == (self == Self::Closed)
    }
}

fn is_closed(alert: &Alert) -> bool {
    alert.state != AlertState::Open
}

/// At most `most` of the alerts that are meant, the open ones, the worst and the newest first; and how
/// many more there are.
pub fn list(
    snapshot: &Snapshot<'_>,
    state: StateFilter,
    filter: &AlertFilter<'_>,
    most: usize,
) -> Result<(Vec<ListedAlert>, usize), StoreError> {
    let mut alerts = match state {
        StateFilter::Open => snapshot.open_alerts()?,
        StateFilter::Closed | StateFilter::All => snapshot.alerts()?,
    };
    alerts.retain(|alert| state.has(alert) && filter.has(alert));
    alerts.sort_by_key(|alert| (is_closed(alert), Reverse(alert.severity), Reverse(alert.id)));
    let left_out = alerts.len().saturating_sub(most);
    alerts.truncate(most);
    let names = tenant_names(snapshot)?;
    let listed = alerts.into_iter().map(|alert| ListedAlert::of(snapshot, &names, alert));
    Ok((listed.collect::<Result<_, _>>()?, left_out))
}

/// The numbers of the open alerts that are meant.
pub fn open_ids(snapshot: &Snapshot<'_>, filter: &AlertFilter<'_>) -> Result<Vec<i64>, StoreError> {
    let open = snapshot.open_alerts()?;
    Ok(open.iter().filter(|alert| filter.has(alert)).map(|alert| alert.id).collect())
}

/// An alert as it is shown.
pub struct ListedAlert {
    /// What is stored of it.
    pub alert: Alert,
    /// The tenant's name.
    pub tenant: String,
    /// The sinks that were told, how often, and when last.
    pub told: Vec<(String, u32, Tick)>,
}

impl ListedAlert {
    /// With what `snapshot` knows of it.
    pub fn of(
        snapshot: &Snapshot<'_>,
        tenants: &BTreeMap<TenantKey, String>,
        alert: Alert,
    ) -> Result<Self, StoreError> {
        let mut told = snapshot.notified_sinks(alert.id)?;
        told.retain(|(_, count, _)| *count > 0);
        let tenant = tenants.get(&alert.tenant).cloned().unwrap_or_default();
        Ok(Self { alert, tenant, told })
    }

    /// When the last click was made that the rule held at.
    pub const fn last_click(&self) -> Tick {
        self.alert.window.until.plus(-1)
    }
}

/// A list of them.
#[derive(Serialize)]
pub struct AlertsObject<'a> {
    alerts: Vec<AlertObject<'a>>,
}

/// One of them.
#[derive(Serialize)]
pub struct AlertObject<'a> {
    id: i64,
    /// The same in every message of it.
    key: String,
    tenant: &'a str,
    rule: &'a str,
    severity: &'static str,
    possible_false_positive: bool,
    found_late: bool,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    opened: String,
    last_click: String,
    state: &'static str,
    owner: Option<&'a str>,
    closed: Option<String>,
    verdict: Option<&'static str>,
    ticket: Option<&'a str>,
    note: Option<&'a str>,
    previous: Option<i64>,
    messages: Vec<MessagesObject<'a>>,
}

#[derive(Serialize)]
struct MessagesObject<'a> {
    sink: &'a str,
    count: u32,
    last: String,
}

impl<'a> From<&'a [ListedAlert]> for AlertsObject<'a> {
    fn from(listed: &'a [ListedAlert]) -> Self {
        Self { alerts: listed.iter().map(AlertObject::from).collect() }
    }
}

impl<'a> From<&'a ListedAlert> for AlertObject<'a> {
    fn from(listed: &'a ListedAlert) -> Self {
        let ListedAlert { alert, tenant, told } = listed;
        let (state, closed, verdict) = match alert.state {
            AlertState::Open => ("open", None, None),
            AlertState::Closed { at, verdict } => ("closed", Some(at), Some(verdict.name())),
        };
        Self {
            id: alert.id,
            key: rules::key(alert),
            tenant,
            rule: &alert.rule,
            severity: alert.severity.name(),
            possible_false_positive: alert.confidence == Confidence::PossibleFalsePositive,
            found_late: alert.arrival == Arrival::Late,
            url: alert.group.url.as_deref(),
            host: alert.group.host.as_deref(),
            user: alert.group.user.as_deref(),
            opened: alert.opened.to_string(),
            last_click: listed.last_click().to_string(),
            state,
            owner: said(&alert.owner),
            closed: closed.map(|at| at.to_string()),
            verdict,
            ticket: said(&alert.ticket),
            note: said(&alert.note),
            previous: alert.previous,
            messages: told.iter().map(messages).collect(),
        }
    }
}

fn messages((sink, count, last): &(String, u32, Tick)) -> MessagesObject<'_> {
    MessagesObject { sink, count: *count, last: last.to_string() }
}

fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
