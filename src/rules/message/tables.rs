//! The tables of alerts, and what stands in their cells.

use super::super::details::{AffectedUrl, AffectedUser, AlertDetails};
use super::described::DescribedAlert;
use crate::clock::Tick;
use crate::message::{Block, Table, Value};
use crate::store::GroupName;
use crate::text::time::to_second;

/// How many people and URLs of an alert are named.
pub(super) const MOST_NAMED: usize = 10;

/// A time as people read it.
pub(super) fn time(at: Tick) -> String {
    format!("{} UTC", to_second(at))
}

pub(super) fn words(text: impl Into<String>) -> Value {
    Value::Words(text.into())
}

fn table(
    columns: &[&str],
    rows: Vec<Vec<Value>>,
    (all, noun): (usize, &str),
    lister: Option<String>,
) -> Block {
    let left_out = all.saturating_sub(rows.len()) as u64;
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    Block::Table(Table { columns, rows, left_out, noun: noun.to_owned(), lister })
}

/// What an alert is about.
pub fn about(group: &GroupName) -> Value {
    match (&group.url, &group.host, &group.user) {
        (Some(url), ..) => Value::Url(url.clone()),
        (_, Some(host), _) => Value::Data(host.clone()),
        (_, _, Some(user)) => user_named(user),
        (None, None, None) => words("all clicks"),
    }
}

pub(super) fn user_named(user: &str) -> Value {
    if user.is_empty() { words("(unknown)") } else { Value::Data(user.to_owned()) }
}

/// A row for each alert.
pub(super) fn overview(described: &[DescribedAlert<'_>]) -> Block {
    let columns = ["About", "Alert", "Rule", "Severity", "Users", "Clicks", "Last click"];
    let row = |one: &DescribedAlert<'_>| {
        vec![
            about(&one.alert.group),
            words(format!("#{}", one.alert.id)),
            words(one.alert.rule.clone()),
            words(one.alert.severity.name()),
            Value::Number(one.details.people.len() as u64),
            Value::Number(one.details.tally.rows),
            words(time(one.details.last)),
        ]
    };
    let rows = described.iter().map(row).collect();
    table(&columns, rows, (described.len(), "alerts"), Some("clickwarden alert list".to_owned()))
}

/// The command that names more of an alert.
fn lister(id: i64) -> String {
    format!("clickwarden alert show {id} --format json")
}

pub(super) fn people(id: i64, details: &AlertDetails) -> Block {
    let columns = ["User", "Let through", "Blocked", "Allowed", "Clicked through", "Last click"];
    let row = |user: &AffectedUser| {
        let tally = user.tally;
        vec![
            user_named(&user.name),
            words(if user.was_let_through() { "yes" } else { "no" }),
            Value::Number(tally.blocked),
            Value::Number(tally.allowed),
            Value::Number(tally.clicked_through),
            words(time(user.last)),
        ]
    };
    let rows = details.people.iter().take(MOST_NAMED).map(row).collect();
    table(&columns, rows, (details.people.len(), "users"), Some(lister(id)))
}

pub(super) fn addresses(id: i64, details: &AlertDetails) -> Block {
    let columns = ["URL", "Clicks", "Blocked", "Allowed", "Clicked through"];
    let row = |address: &AffectedUrl| {
        let tally = address.tally;
        let counts = [tally.rows, tally.blocked, tally.allowed, tally.clicked_through];
        let url = std::iter::once(Value::Url(address.url.clone()));
        url.chain(counts.map(Value::Number)).collect()
    };
    let rows = details.urls.iter().take(MOST_NAMED).map(row).collect();
    table(&columns, rows, (details.urls.len(), "URLs"), Some(lister(id)))
}
