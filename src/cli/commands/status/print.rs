//! The status as text.

mod alerts;
mod delivery;

use std::io::{self, Write};

use crate::cli::print::text::{bytes, counted, plain, roughly, to_second};
use crate::clock::Tick;
use crate::config::Expiring;
use crate::daemon::in_words;
use crate::view::status::{Status, TenantStatus};

pub(super) fn text(out: &mut impl Write, status: &Status) -> io::Result<()> {
    if let Some(act) = &status.act {
        writeln!(out, "somebody must act: {act}\n")?;
    }
    let few = status.tenants.len() <= MOST_TENANTS_AT_LENGTH;
    let (long, short): (Vec<&TenantStatus>, Vec<&TenantStatus>) =
        status.tenants.iter().partition(|tenant| few || !tenant.is_in_order());
    for tenant in long {
        tenant_text(out, status, tenant)?;
    }
    in_order(out, status, &short)?;
    delivery::text(out, &status.sinks, status.now)?;
    alerts::text(out, &status.alerts, status.now)?;
    if status.unmatchable > 0 {
        let entries = match status.unmatchable {
            1 => "1 entry".to_owned(),
            n => format!("{n} entries"),
        };
        writeln!(
            out,
            "configuration: {entries} can never match, and the program goes on without: see \
             `clickwarden check`"
        )?;
    }
    writeln!(out, "store {}: {}", plain(&status.path.display().to_string()), size(status))
}

/// So many tenants are told of at length.
const MOST_TENANTS_AT_LENGTH: usize = 5;
/// So many are named although they are in order.
const MOST_TENANTS_NAMED: usize = 20;

fn tenant_text(out: &mut impl Write, status: &Status, tenant: &TenantStatus) -> io::Result<()> {
    let verdict = match (tenant.alarms.len(), &tenant.collection.progress.last_error) {
        (0, None) => "in order",
        (0, Some(_)) => "in trouble, tried again by itself",
        _ => "somebody must act",
    };
    writeln!(out, "{}: {verdict}", plain(tenant.name()))?;
    for alarm in &tenant.alarms {
        writeln!(out, "  {:<10} {alarm}", "act")?;
    }
    for (name, words) in lines(status, tenant) {
        writeln!(out, "  {name:<10} {words}")?;
    }
    writeln!(out)
}

/// Tenants in order among many: a line each, or one for all.
fn in_order(out: &mut impl Write, status: &Status, all: &[&TenantStatus]) -> io::Result<()> {
    let ended = |tenant: &TenantStatus| {
        Some(tenant.collection.progress.pass_ended?.plus(-tenant.collection.progress.skew))
    };
    let ago = |at: Tick| roughly(status.now.since(at).max(0));
    if all.len() <= MOST_TENANTS_NAMED {
        for tenant in all {
            let pass =
                ended(tenant).map_or(String::new(), |at| format!(", last pass {} ago", ago(at)));
            writeln!(out, "{}: in order{pass}", plain(tenant.name()))?;
        }
    } else {
        let oldest = all.iter().filter_map(|tenant| ended(tenant)).min();
        let pass =
            oldest.map_or(String::new(), |at| format!(", the oldest last pass {} ago", ago(at)));
        writeln!(out, "{} in order{pass}", counted(all.len() as u64, "tenant"))?;
    }
    if all.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What is told of a tenant, by name.
fn lines(status: &Status, tenant: &TenantStatus) -> Vec<(&'static str, String)> {
    let progress = &tenant.collection.progress;
    // Times of passes are the source's.
    let ours = |at: Tick| at.plus(-progress.skew);
    let mut lines = vec![("coverage", tenant.collection.coverage.in_words())];
    for dispute in &tenant.collection.coverage.disputes {
        let (from, until) = (to_second(dispute.span.from), to_second(dispute.span.until));
        lines.push(("disputed", format!("{from} to {until} UTC: {}", dispute.why)));
    }
    lines.push((
        "last pass",
        match (progress.pass_ended, progress.pass_began) {
            (Some(ended), _) => when(ours(ended), status.now),
            (None, Some(began)) => format!("the first began {}", when(ours(began), status.now)),
            (None, None) => "none yet".to_owned(),
        },
    ));
    if let Some(trouble) = &progress.last_error {
        lines.push(("trouble", plain(trouble)));
    }
    if let Some((until, why)) = &tenant.collection.gate {
        lines.push(("gate", format!("closed until {} UTC: {}", to_second(*until), plain(why))));
    }
    let pace = status.calls_per_minute;
    lines.push(("calls", format!("{} of {pace} in the last minute", tenant.collection.calls)));
    if let Some(by) = &tenant.holder {
        lines.push(("collecting", format!("process {} on {}", by.pid, plain(&by.host))));
    }
    if tenant.remaining.calls > 0 {
        lines.push(("to do", in_words(tenant.remaining, pace)));
    }
    if let Some(expiry) = tenant.collection.expiry {
        let name = match expiry.what {
            Expiring::Secret => "secret",
            Expiring::Certificate => "certificate",
        };
        lines.push((name, format!("expires on {}", expiry.last_day)));
    }
    lines
}

fn when(at: Tick, now: Tick) -> String {
    format!("{} UTC, {} ago", to_second(at), roughly(now.since(at).max(0)))
}

fn size(status: &Status) -> String {
    let size = status.size;
    let mut words =
        format!("{}, {}", bytes(size.bytes + size.wal_bytes), counted(size.clicks, "click"));
    if let (Some(oldest), Some(newest)) = (size.oldest, size.newest) {
        words = format!("{words} from {} to {} UTC", to_second(oldest), to_second(newest));
    }
    if let Some(a_day) = size.bytes_a_day() {
        words = format!("{words}, about {} a day", bytes(a_day));
    }
    if let Some(disk) = status.disk {
        words = format!("{words}; {} free", bytes(disk.free));
    }
    words
}
