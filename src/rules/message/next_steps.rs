//! What to do about an alert: the runbook, who takes it, whose password to reset, where to look, how to
//! close it.

use super::described::DescribedAlert;
use super::incident::Incident;
use super::kql;
use super::tables::{user_named, words};
use crate::message::{Block, Tone, Value};
use crate::store::AlertState;
use crate::text::number::counted;

/// How many people are named whose password may be known to somebody.
const MOST_RESETS_NAMED: usize = 3;

/// The steps. Of an alert that is closed only how to look further.
pub(super) fn blocks(one: &DescribedAlert<'_>) -> Vec<Block> {
    let alert = one.alert;
    if alert.state != AlertState::Open {
        return vec![Block::Code(kql::query(alert))];
    }
    let mut blocks: Vec<Block> = runbook(one).into_iter().collect();
    let id = alert.id;
    let (take, ack) = if alert.owner.is_empty() {
        ("Next: assign the alert to yourself. ", format!("clickwarden alert ack {id}\n"))
    } else {
        ("Next: ", String::new())
    };
    let mut parts = vec![words(take)];
    parts.extend(reset(one));
    parts.push(words("Look for more with the query, then close it with a verdict."));
    blocks.push(line(parts));
    blocks.push(Block::Code(format!("{ack}clickwarden alert close {id} --verdict tp|fp|benign")));
    blocks.push(Block::Code(kql::query(alert)));
    blocks
}

const fn line(parts: Vec<Value>) -> Block {
    Block::Line { tone: Tone::Plain, parts }
}

/// As the operator wrote it; an address stands among the links.
fn runbook(one: &DescribedAlert<'_>) -> Option<Block> {
    let runbook = one.rule?.runbook.as_ref().filter(|text| !text.starts_with("https://"))?;
    Some(line(vec![words(format!("Runbook: {runbook}"))]))
}

/// Whose password may be known to somebody.
fn reset(one: &DescribedAlert<'_>) -> Vec<Value> {
    let incident = Incident::of(one);
    let reached = one.details.people.iter().filter(|user| incident.reached(user));
    let reached: Vec<&str> =
        reached.map(|user| user.name.as_str()).filter(|name| !name.is_empty()).collect();
    if reached.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![words("If a password was entered, reset it and revoke the sessions of ")];
    for (place, name) in reached.iter().take(MOST_RESETS_NAMED).enumerate() {
        parts.extend((place > 0).then(|| words(", ")));
        parts.push(user_named(name));
    }
    if let Some(more @ 1..) = reached.len().checked_sub(MOST_RESETS_NAMED) {
        parts.push(words(format!(" and {}", counted(more as u64, "other user"))));
    }
    parts.push(words(". "));
    parts
}
