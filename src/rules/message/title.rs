//! The title of a message of alerts: `High: jane[.]doe clicked past a block on login-portal[.]example`.

use std::collections::BTreeSet;

use super::described::{DescribedAlert, MessageContext};
use super::incident::Incident;
use crate::message::severity::Severity;
use crate::message::title::{hosts_named, users_named};
use crate::store::Arrival;
use crate::text::number::counted;

/// The title of all of them; the first is the worst.
pub(super) fn title(
    context: MessageContext<'_>,
    described: &[DescribedAlert<'_>],
    arrival: Arrival,
) -> String {
    let worst = described.iter().map(|one| one.alert.severity).max().unwrap_or(Severity::Low);
    let late = if arrival == Arrival::Late { ", found late" } else { "" };
    let tenant = match context.config.tenants.len() {
        0 | 1 => String::new(),
        _ => format!(" ({})", context.tenant),
    };
    let (severity, what) = (capitalised(worst.name()), sentence(described));
    format!("{severity}{late}: {what}{tenant}")
}

/// What happened, without a full stop: all that is like the first alert in one clause.
fn sentence(described: &[DescribedAlert<'_>]) -> String {
    let Some(incident) = described.first().map(Incident::of) else { return "no alert".to_owned() };
    let alike = || described.iter().filter(|one| Incident::of(one) == incident);
    let users: BTreeSet<&str> = alike().flat_map(|one| incident.users(one)).collect();
    let hosts: BTreeSet<String> = alike().flat_map(|one| incident.hosts(one)).collect();
    let (verb, ending) = (incident.verb(users.len()), incident.ending(hosts.len()));
    let what = format!("{} {verb} {}{ending}", users_named(&users), hosts_named(&hosts));
    let others = described.len() - alike().count();
    match others {
        0 => what,
        others => format!("{what}, and {}", counted(others as u64, "other alert")),
    }
}

fn capitalised(word: &str) -> String {
    let mut word = word.to_owned();
    word.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    word
}
