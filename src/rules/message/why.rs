//! Why an alert opened, and what its clicks came to, in sentences.

use super::super::details::AlertDetails;
use super::described::DescribedAlert;
use super::tables::{time, words};
use crate::clock::ticks_of;
use crate::condition::Variable;
use crate::message::{Block, Tone, Value};
use crate::text::number::{counted, grouped};
use crate::text::time::roughly;

/// `Why: 1 click past a block within 24 hours. Rule clicked-past-block: clicked_past_block > 0`.
pub(super) fn line(one: &DescribedAlert<'_>) -> Block {
    let mut parts = vec![words(format!("Why: {}. ", sentence(one)))];
    match one.rule {
        // A condition may name hosts.
        Some(rule) => parts.extend([
            words(format!("Rule {}: ", rule.name)),
            Value::Data(rule.when.text().to_owned()),
        ]),
        None => parts.push(words(format!("Rule {}, which is not configured now", one.alert.rule))),
    }
    Block::Line { tone: Tone::Plain, parts }
}

/// What the rule's condition asks for, counted; in our own words and without a full stop.
pub(super) fn sentence(one: &DescribedAlert<'_>) -> String {
    let Some(rule) = one.rule else { return clicks(&one.details) };
    let of_alert = |variable: &Variable| !variable.is_of_the_whole_store();
    let count = |variable: Variable| {
        let number = *one.details.numbers.get(variable as usize)?;
        noun(variable).filter(|_| number > 0).map(|noun| phrase(number.unsigned_abs(), noun))
    };
    let counts: Vec<String> = rule.when.variables().filter(of_alert).filter_map(count).collect();
    let counts = if counts.is_empty() { clicks(&one.details) } else { counts.join(", ") };
    format!("{counts} within {}", roughly(ticks_of(rule.over)))
}

/// `2 clicks by 1 user`.
fn clicks(details: &AlertDetails) -> String {
    let (clicks, users) = (details.tally.rows, details.people.len() as u64);
    format!("{} by {}", counted(clicks, "click"), counted(users, "user"))
}

fn phrase(count: u64, (one, more): (&str, &str)) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {more}", grouped(count)) }
}

/// What a variable counts: one of them, and more.
const fn noun(variable: Variable) -> Option<(&'static str, &'static str)> {
    Some(match variable {
        Variable::Blocked => ("blocked click", "blocked clicks"),
        Variable::Allowed => ("allowed click", "allowed clicks"),
        Variable::PendingVerdict => ("click that met a scan", "clicks that met a scan"),
        Variable::Error => ("click that met an error page", "clicks that met an error page"),
        Variable::ClickedThrough => ("click past a warning", "clicks past a warning"),
        Variable::BlockedByTenantPolicy => {
            ("click blocked by your own list", "clicks blocked by your own list")
        }
        Variable::Other => ("click with another outcome", "clicks with other outcomes"),
        Variable::Clickers => ("user who clicked", "users who clicked"),
        Variable::AffectedUsers => {
            ("user blocked or past a warning", "users blocked or past a warning")
        }
        Variable::ScanBypassed => ("click past a scan", "clicks past a scan"),
        Variable::ClickedPastBlock => ("click past a block", "clicks past a block"),
        Variable::AllowedWithThreat => {
            ("allowed click on a known threat", "allowed clicks on a known threat")
        }
        Variable::AllowedBeforeBlocked => {
            ("user let through before the first block", "users let through before the first block")
        }
        Variable::ThreatUrls => ("URL with a known threat", "URLs with a known threat"),
        Variable::MinutesSpan => {
            ("minute from the first click to the last", "minutes from the first click to the last")
        }
        Variable::AgeDays
        | Variable::UsersEver
        | Variable::Url
        | Variable::Host
        | Variable::User
        | Variable::Workloads
        | Variable::ThreatTypes => return None,
    })
}

/// Who was let through, how the clicks ended, when, by which way, and what Defender knows of them: without what there was
/// none of.
pub(super) fn outcome(details: &AlertDetails) -> Block {
    let tally = details.tally;
    let ends: Vec<String> = [
        (tally.blocked, "blocked"),
        (tally.allowed, "allowed"),
        (tally.clicked_through, "clicked through"),
        (tally.pending_verdict, "pending verdict"),
        (tally.error, "error"),
        (tally.blocked_by_tenant_policy, "blocked by your own list"),
        (tally.other, "other"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, end)| format!("{} {end}", grouped(count)))
    .collect();
    let (tone, through) = let_through(details);
    let (clicks, ends) = (clicks(details), ends.join(", "));
    let mut parts = vec![words(format!("{through}. {clicks}: {ends}. "))];
    parts.extend(circumstances(details));
    Block::Line { tone, parts }
}

fn circumstances(details: &AlertDetails) -> Vec<Value> {
    let (first, last) = (time(details.first), time(details.last));
    let when = if details.first == details.last {
        format!("At {first}")
    } else {
        format!("First at {first}, last at {last}")
    };
    let mut parts = vec![words(when)];
    for (label, list) in [("; from ", &details.workloads), ("; threat: ", &details.threats)] {
        if !list.is_empty() {
            parts.extend([words(label), Value::Data(list.join(", "))]);
        }
    }
    if details.threats.is_empty() {
        parts.push(words("; no known threat"));
    }
    parts
}

/// Who was let through, as a sentence.
fn let_through(details: &AlertDetails) -> (Tone, String) {
    let through = details.people.iter().filter(|user| user.was_let_through()).count() as u64;
    match through {
        0 => (Tone::Plain, "No user was let through".to_owned()),
        1 => (Tone::Bad, "1 user was let through".to_owned()),
        more => (Tone::Bad, format!("{} users were let through", grouped(more))),
    }
}
