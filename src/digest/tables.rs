//! The tables of a digest: open alerts, who is at risk, which URLs, what is corrected.

use crate::clock::Tick;
use crate::message::{Block, Tone, Value};
use crate::rules::about;
use crate::store::Alert;
use crate::text::number::counted;

use super::blocks::{bar, heading, line, table};
use super::figures::{DigestPlan, Figures};
use super::open_alerts::{OpenAlerts, last_click};
use super::people::{RankedUser, RankedUsers};
use super::url_table;
use super::words::correction;

pub(super) fn open_alerts(plan: &DigestPlan<'_>, found: &OpenAlerts) -> Vec<Block> {
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
    let told = if found.first.is_empty() {
        line(Tone::Good, "No alert is open.")
    } else {
        let columns = ["About", "Alert", "Rule", "Severity", "Last click"];
        let lister = format!("clickwarden alert list --limit {}", found.all);
        table(plan, &columns, found.first.iter().map(row), (found.all, "alerts"), Some(lister))
    };
    vec![heading("Open alerts"), told]
}

fn people(
    plan: &DigestPlan<'_>,
    people: &RankedUsers,
    columns: &[&str],
    row: impl Fn(&RankedUser) -> Vec<u32>,
) -> Block {
    let rows = people.first.iter().map(|person| {
        let name = std::iter::once(Value::Data(person.name.clone()));
        let numbers = row(person).into_iter().map(|count| Value::Number(count.into()));
        (name.chain(numbers).collect(), person.tenant.clone())
    });
    table(plan, columns, rows, (people.all, "users"), None)
}

pub(super) fn at_risk(plan: &DigestPlan<'_>, found: &RankedUsers) -> Vec<Block> {
    let columns = ["User", "Past a block", "Allowed with a threat", "Past a scan", "Threat URLs"];
    let row = |person: &RankedUser| {
        let risk = person.risk;
        vec![risk.past_block, risk.allowed, risk.past_scan, risk.threat_urls]
    };
    let told = if found.first.is_empty() {
        let nobody = "No user clicked past a warning, and no click on a known threat was allowed.";
        line(Tone::Good, nobody)
    } else {
        people(plan, found, &columns, row)
    };
    vec![heading("Users at risk"), told]
}

pub(super) fn urls(plan: &DigestPlan<'_>, figures: &Figures) -> Vec<Block> {
    let totals = &figures.totals;
    let mut blocks = vec![heading("URLs")];
    if figures.urls.is_empty() {
        blocks.push(line(Tone::Good, "No click was blocked or went past a warning."));
    } else {
        blocks.push(url_table::draw(plan, figures));
    }
    if totals.clean_urls > 0 {
        let (urls, clicks) =
            (counted(totals.clean_urls, "clean URL"), counted(totals.clean_clicks, "click"));
        blocks.push(line(Tone::Plain, format!("Not listed: {urls} with {clicks}.")));
    }
    blocks.push(bar(totals));
    blocks
}

pub(super) fn repeated(plan: &DigestPlan<'_>, found: &RankedUsers) -> Vec<Block> {
    let columns = ["User", "Threat URLs", "Clicks on them", "Past a block"];
    let row = |person: &RankedUser| {
        let risk = person.risk;
        vec![risk.threat_urls, risk.threats, risk.past_block]
    };
    let told = if found.first.is_empty() {
        line(Tone::Good, "No user clicked on three or more URLs with a known threat.")
    } else {
        people(plan, found, &columns, row)
    };
    vec![heading("Repeat users"), told]
}

pub(super) fn corrections(plan: &DigestPlan<'_>, figures: &Figures) -> Vec<Block> {
    let found = &figures.corrections;
    let local = |at: Tick| Value::Words(plan.report.schedule.local(at));
    let rows = found.list.iter().take(plan.report.top as usize).map(|one| {
        let told = Value::Words(correction(&one.before, &one.now));
        (vec![Value::Url(one.url.clone()), told, local(one.scheduled)], one.tenant.to_string())
    });
    let told = if found.digests == 0 {
        line(Tone::Plain, "There is no earlier digest to correct.")
    } else if found.list.is_empty() {
        line(Tone::Good, "The digests of the last 30 days need no correction.")
    } else {
        let all = found.list.len() as u64;
        let columns = ["URL", "Reported → now", "Digest of"];
        table(plan, &columns, rows, (all, "corrections"), None)
    };
    vec![heading("Corrections"), told]
}
