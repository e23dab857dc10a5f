//! Alerts as data for programs: whole numbers and whole URLs, in the words of the summary.

use serde_json::{Value as Json, json};

use super::super::details::{AffectedUrl, AffectedUser};
use super::alert_key::key;
use super::described::{DescribedAlert, MessageContext, why};
use super::kql;
use crate::click::tally::Tally;
use crate::clock::Tick;
use crate::store::{Arrival, Confidence, NotifyReason};

/// The most people and URLs of an alert.
const MOST_LISTED: usize = 100;

/// All of them.
pub(super) fn draw(
    context: MessageContext<'_>,
    described: &[DescribedAlert<'_>],
    arrival: Arrival,
) -> Json {
    json!({
        "tenant": context.tenant,
        "found_late": arrival == Arrival::Late,
        "alerts": described.iter().map(alert).collect::<Vec<_>>(),
    })
}

fn alert(one: &DescribedAlert<'_>) -> Json {
    let (alert, details) = (one.alert, &one.details);
    let time = |at: Tick| at.to_string();
    json!({
        "Id": alert.id,
        "Key": key(alert),
        "Number": one.pending.map(|pending| pending.notified + 1),
        "Why": why(one.pending.map_or(NotifyReason::Opened, |pending| pending.reason)),
        "Rule": alert.rule,
        "Severity": alert.severity.name(),
        "PossibleFalsePositive": alert.confidence == Confidence::PossibleFalsePositive,
        "Url": alert.group.url,
        "Host": alert.group.host,
        "User": alert.group.user,
        "Opened": time(alert.opened),
        "From": time(alert.window.from),
        "Until": time(alert.window.until),
        "FirstClick": time(details.first),
        "LastClick": time(details.last),
        "Counts": counts(&details.tally),
        "Users": some(&details.people, person),
        "UserCount": details.people.len(),
        "LetThrough": let_through(&details.people),
        "Urls": some(&details.urls, address),
        "UrlCount": details.urls.len(),
        "ThreatTypes": details.threats,
        "Workloads": details.workloads,
        "Chain": one.chain,
        "Runbook": one.rule.and_then(|rule| rule.runbook.clone()),
        "Kql": kql::query(alert),
        "Previous": alert.previous,
    })
}

fn some<T>(list: &[T], draw: impl Fn(&T) -> Json) -> Vec<Json> {
    list.iter().take(MOST_LISTED).map(draw).collect()
}

fn let_through(people: &[AffectedUser]) -> Vec<&str> {
    let through = people.iter().filter(|user| user.was_let_through());
    through.take(MOST_LISTED).map(|user| user.name.as_str()).collect()
}

fn counts(tally: &Tally) -> Json {
    json!({
        "Clicks": tally.rows,
        "Blocked": tally.blocked,
        "Allowed": tally.allowed,
        "PendingVerdict": tally.pending_verdict,
        "Error": tally.error,
        "ClickedThrough": tally.clicked_through,
        "BlockedByTenantPolicy": tally.blocked_by_tenant_policy,
        "Other": tally.other,
    })
}

fn person(user: &AffectedUser) -> Json {
    let mut all = counts(&user.tally);
    if let Some(all) = all.as_object_mut() {
        all.insert("User".to_owned(), json!(user.name));
        all.insert("LastClick".to_owned(), json!(user.last.to_string()));
    }
    all
}

fn address(address: &AffectedUrl) -> Json {
    let mut all = counts(&address.tally);
    if let Some(all) = all.as_object_mut() {
        all.insert("Url".to_owned(), json!(address.url));
    }
    all
}
