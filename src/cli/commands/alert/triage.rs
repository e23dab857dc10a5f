//! How an alert stands: its state, its owner, and who was notified.

use crate::cli::print::text::to_second;
use crate::clock::Tick;
use crate::message::{Block, Tone, Value};
use crate::store::{Alert, AlertState, Silence, Verdict};
use crate::text::number::counted;
use crate::view::alerts::ListedAlert;

/// Its state, its owner, who was notified, and the silences that match it.
pub(super) fn blocks(listed: &ListedAlert, silences: &[Silence]) -> Vec<Block> {
    let mut lines = vec![state(&listed.alert)];
    lines.extend(listed.told.iter().map(told));
    if listed.told.is_empty() {
        lines.push(vec![words("No sink was notified.")]);
    }
    lines.extend(silences.iter().map(silence));
    lines.into_iter().map(|parts| Block::Line { tone: Tone::Plain, parts }).collect()
}

fn words(text: impl Into<String>) -> Value {
    Value::Words(text.into())
}

fn state(alert: &Alert) -> Vec<Value> {
    let Alert { owner, ticket, note, .. } = alert;
    let mut parts = match alert.state {
        AlertState::Open => vec![words(format!("Open since {} UTC", to_second(alert.opened)))],
        AlertState::Closed { at, verdict } => {
            vec![words(format!("Closed on {} UTC: {}", to_second(at), in_words(verdict)))]
        }
    };
    if owner.is_empty() && alert.state == AlertState::Open {
        parts.push(words(" · unassigned"));
    }
    for (label, text) in [(" · owner: ", owner), (" · ticket: ", ticket), (" · note: ", note)] {
        if !text.is_empty() {
            parts.extend([words(label), Value::Data(text.clone())]);
        }
    }
    parts
}

const fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::TruePositive => "a true positive",
        Verdict::FalsePositive => "a false positive",
        Verdict::Benign => "benign",
        Verdict::Expired => "expired, 30 days after its last click",
    }
}

fn told((sink, count, last): &(String, u32, Tick)) -> Vec<Value> {
    let messages = counted((*count).into(), "message");
    vec![words(format!("Sink {sink}: {messages}, last on {} UTC", to_second(*last)))]
}

fn silence(silence: &Silence) -> Vec<Value> {
    let until = to_second(silence.of.until);
    let words =
        words(format!("Silence {} suppresses its notifications until {until} UTC: ", silence.id));
    vec![words, Value::Data(silence.of.reason.clone())]
}
