//! Alerts as data for programs: whole numbers and whole URLs, in the words of the summary.

use serde_json::{Value as Json, json};

use super::super::story::{Address, Somebody};
use super::{DescribedAlert, Scene, key, kql, why};
use crate::clock::Tick;
use crate::store::{Arrival, Confidence, NotifyReason};
use crate::tally::Tally;

/// The most people and URLs of an alert.
const MOST: usize = 100;

/// All of them.
pub(super) fn draw(scene: Scene<'_>, described: &[DescribedAlert<'_>], arrival: Arrival) -> Json {
    json!({
        "tenant": scene.tenant,
        "found_late": arrival == Arrival::Late,
        "alerts": described.iter().map(alert).collect::<Vec<_>>(),
    })
}

fn alert(one: &DescribedAlert<'_>) -> Json {
    let (alert, story) = (one.alert, &one.story);
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
        "FirstClick": time(story.first),
        "LastClick": time(story.last),
        "Counts": counts(&story.tally),
        "Users": some(&story.people, person),
        "UserCount": story.people.len(),
        "LetThrough": let_through(&story.people),
        "Urls": some(&story.urls, address),
        "UrlCount": story.urls.len(),
        "ThreatTypes": story.threats,
        "Workloads": story.workloads,
        "Chain": one.chain,
        "Runbook": one.rule.and_then(|rule| rule.runbook.clone()),
        "Kql": kql::query(alert),
        "Previous": alert.previous,
    })
}

fn some<T>(list: &[T], draw: impl Fn(&T) -> Json) -> Vec<Json> {
    list.iter().take(MOST).map(draw).collect()
}

fn let_through(people: &[Somebody]) -> Vec<&str> {
    let through = people.iter().filter(|somebody| somebody.was_let_through());
    through.take(MOST).map(|somebody| somebody.name.as_str()).collect()
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

fn person(somebody: &Somebody) -> Json {
    let mut all = counts(&somebody.tally);
    if let Some(all) = all.as_object_mut() {
        all.insert("User".to_owned(), json!(somebody.name));
        all.insert("LastClick".to_owned(), json!(somebody.last.to_string()));
    }
    all
}

fn address(address: &Address) -> Json {
    let mut all = counts(&address.tally);
    if let Some(all) = all.as_object_mut() {
        all.insert("Url".to_owned(), json!(address.url));
    }
    all
}
