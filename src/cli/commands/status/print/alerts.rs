//! How the alerts stand, as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::commands::silence::{self, SilenceObject};
use crate::cli::commands::status::alerts::{Alerts, OfSeverity, Quiet};
use crate::cli::print::alert;
use crate::cli::print::silence::in_words as silence_in_words;
use crate::cli::print::text::{plain, roughly, time};
use crate::clock::Tick;
use crate::message::severity::Severity;

/// So many groups that stay quiet are named.
const MOST_GROUPS_NAMED: usize = 10;

pub(super) fn text(out: &mut impl Write, alerts: &Alerts, now: Tick) -> io::Result<()> {
    match alerts.all() {
        0 => writeln!(out, "alerts: none open")?,
        all => writeln!(out, "alerts: {all} open")?,
    }
    for (name, words) in lines(alerts, now) {
        writeln!(out, "  {name:<10} {words}")?;
    }
    writeln!(out)
}

fn lines(alerts: &Alerts, now: Tick) -> Vec<(&'static str, String)> {
    let mut lines: Vec<_> = alerts.open.iter().filter_map(|of| severity(of, now)).collect();
    if alerts.unowned > 0 {
        let count = alerts.unowned;
        lines.push(("unowned", format!("{count} in nobody's hands: `clickwarden alert ack`")));
    }
    for silence in &alerts.silences {
        let (of, until) = (silence_in_words(&silence.of), time(silence.of.until));
        let (id, reason) = (silence.id, plain(&silence.of.reason));
        lines.push(("silence", format!("{id} until {until} UTC, of {of}: {reason}")));
    }
    lines.extend(
        alerts.quiet.iter().take(MOST_GROUPS_NAMED).map(|quiet| ("quiet", in_words(quiet))),
    );
    if let Some(more @ 1..) = alerts.quiet.len().checked_sub(MOST_GROUPS_NAMED) {
        let all = alerts.quiet.len();
        lines.push(("quiet", format!("… and {more} more, {all} in all")));
    }
    if !alerts.unheard.is_empty() {
        let (rules, since) = (plain(&alerts.unheard.join(", ")), alerts.unheard_since);
        lines.push(("unheard", format!("alerts of {rules} go nowhere: {since}")));
    }
    lines
}

fn severity(of: &OfSeverity, now: Tick) -> Option<(&'static str, String)> {
    let since = roughly(now.since(of.oldest?).max(0));
    let oldest = if of.count == 1 { "opened" } else { "the oldest opened" };
    Some((of.severity.name(), format!("{}, {oldest} {since} ago", of.count)))
}

fn in_words(quiet: &Quiet) -> String {
    let Quiet { alert, tenant, until, verdict } = quiet;
    let (about, until) = (alert::in_words(alert), time(*until));
    let (rule, tenant, verdict) = (plain(&alert.rule), plain(tenant), verdict.name());
    format!("{rule} on {about} in {tenant} until {until} UTC: alert {} was {verdict}", alert.id)
}

#[derive(Serialize)]
pub(super) struct AlertsObject<'a> {
    /// How many of each severity.
    open: OpenObject,
    oldest: Option<String>,
    unowned: u64,
    silences: Vec<SilenceObject<'a>>,
    quiet: usize,
    /// The latest of them.
    quiet_groups: Vec<QuietObject<'a>>,
    rules_without_sink: &'a [String],
}

#[derive(Serialize)]
struct OpenObject {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
}

#[derive(Serialize)]
struct QuietObject<'a> {
    alert: i64,
    tenant: &'a str,
    rule: &'a str,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    verdict: &'static str,
    until: String,
}

pub(super) fn object(alerts: &Alerts) -> AlertsObject<'_> {
    let count = |severity| {
        let of = alerts.open.iter().find(|of| of.severity == severity);
        of.map_or(0, |of| of.count)
    };
    let oldest = alerts.open.iter().filter_map(|of| of.oldest).min();
    AlertsObject {
        open: OpenObject {
            critical: count(Severity::Critical),
            high: count(Severity::High),
            medium: count(Severity::Medium),
            low: count(Severity::Low),
        },
        oldest: oldest.map(|at| at.to_string()),
        unowned: alerts.unowned,
        silences: alerts.silences.iter().map(silence::object).collect(),
        quiet: alerts.quiet.len(),
        quiet_groups: alerts.quiet.iter().take(MOST_GROUPS_NAMED).map(quiet).collect(),
        rules_without_sink: &alerts.unheard,
    }
}

fn quiet(quiet: &Quiet) -> QuietObject<'_> {
    let Quiet { alert, tenant, until, verdict } = quiet;
    QuietObject {
        alert: alert.id,
        tenant,
        rule: &alert.rule,
        url: alert.group.url.as_deref(),
        host: alert.group.host.as_deref(),
        user: alert.group.user.as_deref(),
        verdict: verdict.name(),
        until: until.to_string(),
    }
}
