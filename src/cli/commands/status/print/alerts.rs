//! How the alerts stand.

use std::io::{self, Write};

use crate::cli::print::alert;
use crate::cli::print::silence::in_words as silence_in_words;
use crate::cli::print::text::{plain, roughly, to_second};
use crate::clock::Tick;
use crate::view::status::{AlertsStatus, OpenOfSeverity, QuietGroup};

/// So many groups that stay quiet are named.
const MOST_GROUPS_NAMED: usize = 10;

pub(super) fn text(out: &mut impl Write, alerts: &AlertsStatus, now: Tick) -> io::Result<()> {
    match alerts.open.all() {
        0 => writeln!(out, "alerts: none open")?,
        all => writeln!(out, "alerts: {all} open")?,
    }
    for (name, words) in lines(alerts, now) {
        writeln!(out, "  {name:<10} {words}")?;
    }
    writeln!(out)
}

fn lines(alerts: &AlertsStatus, now: Tick) -> Vec<(&'static str, String)> {
    let mut lines: Vec<_> =
        alerts.open.by_severity.iter().filter_map(|of| severity(of, now)).collect();
    if alerts.open.unowned > 0 {
        let count = alerts.open.unowned;
        lines.push(("unowned", format!("{count} in nobody's hands: `clickwarden alert ack`")));
    }
    for silence in &alerts.open.silences {
        let (of, until) = (silence_in_words(&silence.of), to_second(silence.of.until));
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

fn severity(of: &OpenOfSeverity, now: Tick) -> Option<(&'static str, String)> {
    let since = roughly(now.since(of.oldest?).max(0));
    let oldest = if of.count == 1 { "opened" } else { "the oldest opened" };
    Some((of.severity.name(), format!("{}, {oldest} {since} ago", of.count)))
}

fn in_words(quiet: &QuietGroup) -> String {
    let QuietGroup { alert, tenant, until, verdict } = quiet;
    let (about, until) = (alert::in_words(alert), to_second(*until));
    let (rule, tenant, verdict) = (plain(&alert.rule), plain(tenant), verdict.name());
    format!("{rule} on {about} in {tenant} until {until} UTC: alert {} was {verdict}", alert.id)
}
