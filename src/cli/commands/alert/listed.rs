//! An alert with what was told of it, and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Tick;
use crate::rules;
use crate::store::{Alert, AlertState, Arrival, Confidence, Snapshot, StoreError, TenantKey};

/// An alert as it is shown.
pub(super) struct ListedAlert {
    pub alert: Alert,
    /// The tenant's name.
    pub tenant: String,
    /// The sinks that were told, how often, and when last.
    pub told: Vec<(String, u32, Tick)>,
}

impl ListedAlert {
    /// With what `snapshot` knows of it.
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        tenants: &BTreeMap<TenantKey, String>,
        alert: Alert,
    ) -> Result<Self, StoreError> {
        let mut told = snapshot.notification_log(alert.id)?;
        told.retain(|(_, count, _)| *count > 0);
        let tenant = tenants.get(&alert.tenant).cloned().unwrap_or_default();
        Ok(Self { alert, tenant, told })
    }

    /// When the last click was made that the rule held at.
    pub(super) const fn last_click(&self) -> Tick {
        self.alert.window.until.plus(-1)
    }
}

#[derive(Serialize)]
pub(super) struct AlertObject<'a> {
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

pub(super) fn object(listed: &ListedAlert) -> AlertObject<'_> {
    let ListedAlert { alert, tenant, told } = listed;
    let (state, closed, verdict) = match alert.state {
        AlertState::Open => ("open", None, None),
        AlertState::Closed { at, verdict } => ("closed", Some(at), Some(verdict.name())),
    };
    AlertObject {
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

fn messages((sink, count, last): &(String, u32, Tick)) -> MessagesObject<'_> {
    MessagesObject { sink, count: *count, last: last.to_string() }
}

fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
