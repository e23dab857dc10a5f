//! What people read of alerts.

use super::described::{DescribedAlert, MessageContext, in_full, why as cause};
use super::tables::{MOST_NAMED, addresses, overview, people, user_named, words};
use super::{next_steps, why};
use crate::message::{Block, Link, Tone, Value};
use crate::store::{Alert, Arrival, Confidence, NotifyReason};

/// All of them: what there is, then the worst in full.
pub(super) fn draw(
    context: MessageContext<'_>,
    described: &[DescribedAlert<'_>],
    arrival: Arrival,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    if arrival == Arrival::Late {
        let words = "These clicks are more than a day old: Defender showed them only now, or \
                     clickwarden could not ask for them before.";
        blocks.push(line(Tone::Warning, words));
    }
    if described.len() > 1 {
        blocks.push(overview(described));
    }
    for one in described.iter().take(in_full(described.len())) {
        blocks.extend(all_time(context, one));
    }
    if described.len() > in_full(described.len()) {
        let words = "The table above has the other alerts; see also: clickwarden alert list";
        blocks.push(line(Tone::Plain, words));
    }
    blocks
}

fn line(tone: Tone, text: impl Into<String>) -> Block {
    Block::Line { tone, parts: vec![words(text)] }
}

/// All of one.
fn all_time(context: MessageContext<'_>, one: &DescribedAlert<'_>) -> Vec<Block> {
    let (alert, details) = (one.alert, &one.details);
    let severity = alert.severity.name();
    let heading = format!("Alert {}: {} ({severity})", alert.id, alert.rule);
    let mut blocks = vec![Block::Heading(heading), subject(alert)];
    blocks.extend(remarks(one));
    blocks.push(why::line(one));
    blocks.push(why::outcome(details));
    blocks.push(people(alert.id, details));
    if alert.group.url.is_none() {
        blocks.push(addresses(alert.id, details));
    }
    blocks.extend(redirects(&one.chain));
    blocks.extend(next_steps::blocks(one));
    blocks.push(Block::Links(links(context, one)));
    blocks
}

fn subject(alert: &Alert) -> Block {
    let group = &alert.group;
    let mut parts = Vec::new();
    if let Some(user) = &group.user {
        parts.extend([words("User "), user_named(user)]);
    }
    let place = match (&group.url, &group.host) {
        (Some(url), _) => Some([words("URL "), Value::Url(url.clone())]),
        (None, Some(host)) => Some([words("host "), Value::Data(host.clone())]),
        (None, None) => None,
    };
    if let Some(place) = place {
        parts.extend((!parts.is_empty()).then(|| words(", ")));
        parts.extend(place);
    }
    Block::Line { tone: Tone::Plain, parts }
}

/// What makes it another alert than most.
fn remarks(one: &DescribedAlert<'_>) -> Vec<Block> {
    let alert = one.alert;
    let mut blocks = Vec::new();
    if alert.confidence == Confidence::PossibleFalsePositive {
        let words = "Possible false positive: many users have clicked this, or for a long time.";
        blocks.push(line(Tone::Warning, words));
    }
    if let Some(pending) = one.pending.filter(|pending| pending.reason != NotifyReason::Opened) {
        let words = format!("Sent again because {}; it is still open.", cause(pending.reason));
        blocks.push(line(Tone::Plain, words));
    }
    if let Some(previous) = alert.previous {
        let words = format!("Follows alert {previous}, which is closed.");
        blocks.push(line(Tone::Plain, words));
    }
    blocks
}

/// Where the link led, if anywhere else.
fn redirects(chain: &[String]) -> Option<Block> {
    if chain.len() < 2 {
        return None;
    }
    let mut parts = vec![words("Redirects: ")];
    for (place, url) in chain.iter().take(MOST_NAMED).enumerate() {
        parts.extend((place > 0).then(|| words(" → ")));
        parts.push(Value::Url(url.clone()));
    }
    parts.extend((chain.len() > MOST_NAMED).then(|| words(" → …")));
    Some(Block::Line { tone: Tone::Plain, parts })
}

/// Addresses of ours and of the portal only.
fn links(context: MessageContext<'_>, one: &DescribedAlert<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(page) = &context.config.web.public_url {
        let page = page.as_str().trim_end_matches('/');
        let address = format!("{page}/alerts/{}", one.alert.id);
        links.push(Link { label: "This alert".to_owned(), address });
    }
    let runbook = one.rule.and_then(|rule| rule.runbook.as_ref());
    if let Some(address) = runbook.filter(|text| text.starts_with("https://")) {
        links.push(Link { label: "Runbook".to_owned(), address: address.clone() });
    }
    if let Some(tenant) = context.tenant() {
        let portal = tenant.cloud.defender_portal();
        // A domain is no id that the portal takes.
        let tid = crate::ids::is_guid(&tenant.tenant_id);
        let tid = if tid { format!("?tid={}", tenant.tenant_id) } else { String::new() };
        let address = format!("{portal}/v2/advanced-hunting{tid}");
        links.push(Link { label: "Advanced hunting in Defender".to_owned(), address });
    }
    links
}
