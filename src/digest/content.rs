//! A digest as content: what people read, in its order. Titles hold our words and numbers only.

use std::collections::BTreeSet;

use crate::message::title::users_named;
use crate::message::{Attachment, Block, Content, Fact, MessageKind, Tone};
use crate::text::number::{counted, grouped};

use super::blocks::{heading, line};
use super::data;
use super::figures::{DigestPlan, Figures};
use super::measure::DigestTotals;
use super::tables::{at_risk, corrections, open_alerts, repeated, urls};
use super::words::{PAST_TOLD_BY_TIME, change, clicks_are};

/// The whole message.
pub(super) fn draw(plan: &DigestPlan<'_>, figures: &Figures, csv: Option<String>) -> Content {
    let name = &plan.report.name;
    Content {
        kind: MessageKind::Digest,
        tenants: plan.report.tenants.clone(),
        title: format!("clickwarden {name}: {}", headline(figures)),
        preview: preview(plan, figures),
        blocks: blocks(plan, figures),
        data: data::draw(plan, figures),
        attachment: csv.map(|csv| Attachment { name: file_name(plan), csv }),
    }
}

/// `ann and bob at risk; 2 of 14 clicks blocked`.
fn headline(figures: &Figures) -> String {
    let DigestTotals { tally, users_at_risk, .. } = figures.totals;
    let first: BTreeSet<&str> =
        figures.at_risk.first.iter().map(|user| user.name.as_str()).collect();
    let at_risk = match users_at_risk {
        0 => "no user".to_owned(),
        users if users == first.len() as u64 => users_named(&first),
        users => counted(users, "user"),
    };
    let blocked = match (tally.rows, tally.blocked) {
        (0, _) => "no clicks".to_owned(),
        (1, 1) => "1 click, blocked".to_owned(),
        (clicks, 0) => format!("{}, none blocked", counted(clicks, "click")),
        (clicks, blocked) => {
            format!("{} of {} blocked", grouped(blocked), counted(clicks, "click"))
        }
    };
    format!("{at_risk} at risk; {blocked}")
}

fn preview(plan: &DigestPlan<'_>, figures: &Figures) -> String {
    let DigestTotals { past_block, allowed_with_threat, .. } = figures.totals;
    let copy =
        if is_whole(plan, figures) { "the copy is complete" } else { "clicks may be missing" };
    let (past, allowed) =
        (counted(past_block, "click"), counted(allowed_with_threat, "allowed click"));
    format!("{past} past a block, {allowed} on a known threat. {}; {copy}.", period(plan))
}

/// Whether nothing is missing from what is told.
fn is_whole(plan: &DigestPlan<'_>, figures: &Figures) -> bool {
    let coverage = &figures.coverage;
    plan.window.missing.is_empty() && coverage.missing() == 0 && coverage.disputed == 0
}

/// The window in the report's time zone.
fn period(plan: &DigestPlan<'_>) -> String {
    let schedule = &plan.report.schedule;
    let span = plan.window.span;
    format!("{} to {}", schedule.local(span.from), schedule.local(span.until))
}

/// `daily-2026-11-23.csv`, in letters that every mail program takes.
fn file_name(plan: &DigestPlan<'_>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = plan.report.name.chars().map(plain).collect();
    let day: String = plan.report.schedule.local(plan.window.scheduled).chars().take(10).collect();
    format!("{name}-{day}.csv")
}

fn blocks(plan: &DigestPlan<'_>, figures: &Figures) -> Vec<Block> {
    let mut blocks = coverage(plan, figures);
    blocks.extend(numbers(plan, figures));
    blocks.extend(open_alerts(plan, &figures.open_alerts));
    blocks.extend(at_risk(plan, &figures.at_risk));
    blocks.extend(urls(plan, figures));
    blocks.extend(repeated(plan, &figures.repeated));
    blocks.extend(corrections(plan, figures));
    blocks.push(line(
        Tone::Plain,
        "Clicks that Defender does not record (no Safe Links policy, tracking off) are not counted.",
    ));
    blocks
}

/// How far the copy agrees with Defender; never hidden.
fn coverage(plan: &DigestPlan<'_>, figures: &Figures) -> Vec<Block> {
    let tenants = plan.report.tenants.join(", ");
    let mut blocks = vec![line(Tone::Plain, format!("{}, {tenants}", period(plan)))];
    let tone = if is_whole(plan, figures) { Tone::Good } else { Tone::Warning };
    let mut said = figures.coverage.in_words();
    said.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    blocks.push(line(tone, format!("{said}.")));
    if !plan.window.missing.is_empty() {
        let missing = plan.window.missing.join(", ");
        let at = plan.report.schedule.local(plan.window.scheduled);
        blocks.push(line(
            Tone::Warning,
            format!("{missing}: no pass has ended since {at}; clicks that Defender shows late may be missing."),
        ));
    }
    if figures.totals.excluded > 0 {
        let are = clicks_are(figures.totals.excluded);
        blocks.push(line(Tone::Plain, format!("{are} excluded by [[exclude]].")));
    }
    blocks
}

fn numbers(plan: &DigestPlan<'_>, figures: &Figures) -> Vec<Block> {
    let ticks = plan.window.span.ticks();
    let (now, before) = (&figures.totals, figures.before.as_ref());
    let fact = |label: &str, tone, value: fn(&DigestTotals) -> u64| Fact {
        label: label.to_owned(),
        value: value(now),
        change: before.map(|before| change(value(now), value(before), ticks)),
        tone: if value(now) > 0 { tone } else { Tone::Plain },
    };
    let mut facts = vec![
        fact("Users at risk", Tone::Bad, |t| t.users_at_risk),
        fact("Clicked past a block", Tone::Bad, |t| t.past_block),
        fact("Allowed with a threat", Tone::Bad, |t| t.allowed_with_threat),
        fact("Clicked past a scan", Tone::Warning, |t| t.past_scan),
        fact("Blocked", Tone::Plain, |t| t.tally.blocked),
        fact("Clicks", Tone::Plain, |t| t.tally.rows),
        fact("URLs", Tone::Plain, |t| t.urls),
    ];
    if now.tally.blocked_by_tenant_policy > 0 {
        facts.push(fact("Blocked by your own list", Tone::Plain, |t| {
            t.tally.blocked_by_tenant_policy
        }));
    }
    if now.tally.other > 0 {
        facts.push(fact("Other actions", Tone::Plain, |t| t.tally.other));
    }
    let mut blocks = vec![heading("In numbers"), Block::Facts(facts)];
    if now.past_block + now.past_scan > 0 {
        blocks.push(line(Tone::Plain, PAST_TOLD_BY_TIME));
    }
    if before.is_none() {
        let why =
            "No comparison: the copy of the previous period of the same length is incomplete.";
        blocks.push(line(Tone::Plain, why));
    }
    blocks
}
