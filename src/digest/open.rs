//! The alerts that are open when a digest is made: the worst first, then the newest.

use serde_json::{Value as Json, json};

use crate::clock::Tick;
use crate::report::{Block, Tone, Value};
use crate::rules::about;
use crate::store::{Case, Doubt, Snapshot, StoreError, TenantKey};

use super::content::{heading, words};
use super::figures::Plan;
use super::tables::table;

/// Open alerts of the report's tenants.
pub(super) struct Open {
    /// The first of them, each with its tenant's name.
    pub first: Vec<(Case, String)>,
    /// How many there are.
    pub all: u64,
}

impl Open {
    /// Those of `tenants`, at most `top` of them.
    pub(super) fn find(
        snapshot: &Snapshot<'_>,
        tenants: &[(TenantKey, String)],
        top: usize,
    ) -> Result<Self, StoreError> {
        let mut open = Self { first: Vec::new(), all: 0 };
        for case in snapshot.open_cases()? {
            let Some((_, name)) = tenants.iter().find(|(key, _)| *key == case.tenant) else {
                continue;
            };
            open.all += 1;
            if open.first.len() < top {
                open.first.push((case, name.clone()));
            }
        }
        Ok(open)
    }
}

/// When the last click was made that the rule held at.
const fn last_click(case: &Case) -> Tick {
    case.window.until.plus(-1)
}

/// For people.
pub(super) fn blocks(plan: &Plan<'_>, open: &Open) -> Vec<Block> {
    let row = |(case, tenant): &(Case, String)| {
        let row = vec![
            about(&case.group),
            Value::Words(format!("#{}", case.id)),
            Value::Words(case.rule.clone()),
            Value::Words(case.severity.name().to_owned()),
            Value::Words(plan.report.schedule.local(last_click(case))),
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
    open.first.iter().map(|(case, tenant)| one(case, tenant)).collect()
}

fn one(case: &Case, tenant: &str) -> Json {
    json!({
        "Id": case.id,
        "Rule": case.rule,
        "Severity": case.severity.name(),
        "Url": case.group.url,
        "Host": case.group.host,
        "User": case.group.user,
        "Opened": case.opened.to_string(),
        "LastClick": last_click(case).to_string(),
        "Owner": case.owner,
        "PossibleFalsePositive": case.doubt == Doubt::PossibleFalsePositive,
        "Tenant": tenant,
    })
}
