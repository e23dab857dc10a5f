//! The alerts that are open when a digest is made: the worst first, then the newest.

use serde_json::{Value as Json, json};

use crate::clock::Tick;
use crate::message::{Block, Tone, Value};
use crate::rules::about;
use crate::store::{Alert, Confidence, NamedTenant, Snapshot, StoreError};

use super::content::{heading, words};
use super::figures::Plan;
use super::tables::table;

/// Open alerts of the report's tenants.
pub(super) struct Open {
    /// The first of them, each with its tenant's name.
    pub first: Vec<(Alert, String)>,
    /// How many there are.
    pub all: u64,
}

impl Open {
    /// Those of `tenants`, at most `top` of them.
    pub(super) fn find(
        snapshot: &Snapshot<'_>,
        tenants: &[NamedTenant],
        top: usize,
    ) -> Result<Self, StoreError> {
        let mut open = Self { first: Vec::new(), all: 0 };
        for alert in snapshot.open_alerts()? {
            let Some(name) = NamedTenant::name_of(tenants, alert.tenant) else { continue };
            open.all += 1;
            if open.first.len() < top {
                open.first.push((alert, name.to_owned()));
            }
        }
        Ok(open)
    }
}

/// When the last click was made that the rule held at.
const fn last_click(alert: &Alert) -> Tick {
    alert.window.until.plus(-1)
}

/// For people.
pub(super) fn blocks(plan: &Plan<'_>, open: &Open) -> Vec<Block> {
    let row = |(alert, tenant): &(Alert, String)| {
        let row = vec![
            about(&alert.group),
            Value::Words(format!("#{}", alert.id)),
            Value::Words(alert.rule.clone()),
            Value::Words(alert.severity.name().to_owned()),
            Value::Words(plan.report.schedule.local(last_click(alert))),
        ];
        (row, tenant.clone())
    };
    let told = if open.first.is_empty() {
        words(Tone::Good, "No alert is open.")
    } else {
        let columns = ["About", "Alert", "Rule", "Severity", "Last click"];
        table(plan, &columns, open.first.iter().map(row), open.all, "alerts")
    };
    vec![heading("Open alerts"), told]
}

/// For programs.
pub(super) fn data(open: &Open) -> Vec<Json> {
    open.first.iter().map(|(alert, tenant)| one(alert, tenant)).collect()
}

fn one(alert: &Alert, tenant: &str) -> Json {
    json!({
        "Id": alert.id,
        "Rule": alert.rule,
        "Severity": alert.severity.name(),
        "Url": alert.group.url,
        "Host": alert.group.host,
        "User": alert.group.user,
        "Opened": alert.opened.to_string(),
        "LastClick": last_click(alert).to_string(),
        "Owner": alert.owner,
        "PossibleFalsePositive": alert.confidence == Confidence::PossibleFalsePositive,
        "Tenant": tenant,
    })
}
