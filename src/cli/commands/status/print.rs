//! The status as text and as JSON.

mod alerts;
mod delivery;

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::Status;
use super::tenant::TenantStatus;
use crate::cli::CommandError;
use crate::cli::print::coverage::CoverageObject;
use crate::cli::print::text::{bytes, counted, plain, roughly, time};
use crate::clock::Tick;
use crate::config::Expiring;
use crate::daemon::in_words;
use crate::store::DiskSpace;
use alerts::AlertsObject;
use delivery::SinkObject;

pub(super) fn text(status: &Status<'_>) -> Result<(), CommandError> {
    let mut out = BufWriter::new(io::stdout().lock());
    if let Some(act) = &status.act {
        writeln!(out, "somebody must act: {act}\n")?;
    }
    let few = status.tenants.len() <= MOST_TENANTS_AT_LENGTH;
    let (long, short): (Vec<&TenantStatus>, Vec<&TenantStatus>) =
        status.tenants.iter().partition(|facts| few || !facts.is_in_order());
    for facts in long {
        tenant_text(&mut out, status, facts)?;
    }
    in_order(&mut out, status, &short)?;
    delivery::text(&mut out, &status.sinks, status.now)?;
    alerts::text(&mut out, &status.alerts, status.now)?;
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
    writeln!(out, "store {}: {}", plain(&status.store.path().display().to_string()), size(status))?;
    Ok(out.flush()?)
}

/// So many tenants are told of at length.
const MOST_TENANTS_AT_LENGTH: usize = 5;
/// So many are named although they are in order.
const MOST_TENANTS_NAMED: usize = 20;

fn tenant_text(out: &mut impl Write, status: &Status<'_>, facts: &TenantStatus) -> io::Result<()> {
    let verdict = match (facts.alarms.len(), &facts.progress.last_error) {
        (0, None) => "in order",
        (0, Some(_)) => "in trouble, tried again by itself",
        _ => "somebody must act",
    };
    writeln!(out, "{}: {verdict}", plain(&facts.name))?;
    for alarm in &facts.alarms {
        writeln!(out, "  {:<10} {alarm}", "act")?;
    }
    for (name, words) in lines(status, facts) {
        writeln!(out, "  {name:<10} {words}")?;
    }
    writeln!(out)
}

/// Tenants in order among many: a line each, or one for all.
fn in_order(out: &mut impl Write, status: &Status<'_>, all: &[&TenantStatus]) -> io::Result<()> {
    let ended = |facts: &TenantStatus| Some(facts.progress.pass_ended?.plus(-facts.progress.skew));
    let ago = |at: Tick| roughly(status.now.since(at).max(0));
    if all.len() <= MOST_TENANTS_NAMED {
        for facts in all {
            let pass =
                ended(facts).map_or(String::new(), |at| format!(", last pass {} ago", ago(at)));
            writeln!(out, "{}: in order{pass}", plain(&facts.name))?;
        }
    } else {
        let oldest = all.iter().filter_map(|facts| ended(facts)).min();
        let pass =
            oldest.map_or(String::new(), |at| format!(", the oldest last pass {} ago", ago(at)));
        writeln!(out, "{} in order{pass}", counted(all.len() as u64, "tenant"))?;
    }
    if all.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What is told of a tenant, by name.
fn lines(status: &Status<'_>, facts: &TenantStatus) -> Vec<(&'static str, String)> {
    let progress = &facts.progress;
    // Times of passes are the source's.
    let ours = |at: Tick| at.plus(-progress.skew);
    let mut lines = vec![("coverage", facts.coverage.in_words())];
    for dispute in &facts.coverage.disputes {
        let (from, until) = (time(dispute.span.from), time(dispute.span.until));
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
    if let Some((until, why)) = &facts.gate {
        lines.push(("gate", format!("closed until {} UTC: {}", time(*until), plain(why))));
    }
    let pace = status.collect.calls_per_minute;
    lines.push(("calls", format!("{} of {pace} in the last minute", facts.calls)));
    if let Some((by, _)) = &facts.holder {
        lines.push(("collecting", format!("process {} on {}", by.pid, plain(&by.host))));
    }
    if facts.remaining.calls > 0 {
        lines.push(("to do", in_words(facts.remaining, pace)));
    }
    if let Some(expiry) = facts.expiry {
        let name = match expiry.what {
            Expiring::Secret => "secret",
            Expiring::Certificate => "certificate",
        };
        lines.push((name, format!("expires on {}", expiry.last_day)));
    }
    lines
}

fn when(at: Tick, now: Tick) -> String {
    format!("{} UTC, {} ago", time(at), roughly(now.since(at).max(0)))
}

fn size(status: &Status<'_>) -> String {
    let size = status.size;
    let mut words =
        format!("{}, {}", bytes(size.bytes + size.wal_bytes), counted(size.clicks, "click"));
    if let (Some(oldest), Some(newest)) = (size.oldest, size.newest) {
        words = format!("{words} from {} to {} UTC", time(oldest), time(newest));
    }
    if let Some(a_day) = size.bytes_a_day() {
        words = format!("{words}, about {} a day", bytes(a_day));
    }
    if let Some(disk) = status.disk {
        words = format!("{words}; {} free", bytes(disk.free));
    }
    words
}

#[derive(Serialize)]
struct Object<'a> {
    at: String,
    must_act: bool,
    /// What somebody must do besides, in sentences.
    act: Vec<&'a str>,
    /// Entries of the configuration that can never match.
    unmatchable_entries: u64,
    tenants: Vec<TenantObject<'a>>,
    sinks: Vec<SinkObject<'a>>,
    alerts: AlertsObject<'a>,
    store: StoreObject,
}

#[derive(Serialize)]
struct TenantObject<'a> {
    name: &'a str,
    /// What somebody must do, in sentences.
    act: &'a [String],
    coverage: CoverageObject<'a>,
    coverage_in_words: String,
    last_pass: Option<String>,
    next_pass: String,
    trouble: Option<&'a str>,
    gate: Option<GateObject<'a>>,
    calls_last_minute: u32,
    calls_per_minute: u32,
    collecting: Option<OwnerObject<'a>>,
    remaining: RemainingObject,
    secret_expires: Option<String>,
    certificate_expires: Option<String>,
}

#[derive(Serialize)]
struct GateObject<'a> {
    until: String,
    why: &'a str,
}

#[derive(Serialize)]
struct OwnerObject<'a> {
    host: &'a str,
    pid: u32,
}

#[derive(Serialize)]
struct RemainingObject {
    hours: u64,
    rows: u64,
    calls: u64,
}

#[derive(Serialize)]
struct StoreObject {
    path: String,
    bytes: u64,
    wal_bytes: u64,
    clicks: u64,
    oldest: Option<String>,
    newest: Option<String>,
    bytes_a_day: Option<u64>,
    disk_free: Option<u64>,
    disk_full: bool,
}

pub(super) fn json(status: &Status<'_>) -> Result<(), CommandError> {
    let size = status.size;
    let text = |at: Tick| at.to_string();
    let object = Object {
        at: status.now.to_string(),
        must_act: status.must_act(),
        act: status.act.as_deref().into_iter().collect(),
        unmatchable_entries: status.unmatchable,
        tenants: status.tenants.iter().map(|facts| tenant(status, facts)).collect(),
        sinks: status.sinks.iter().map(delivery::object).collect(),
        alerts: alerts::object(&status.alerts),
        store: StoreObject {
            path: status.store.path().display().to_string(),
            bytes: size.bytes,
            wal_bytes: size.wal_bytes,
            clicks: size.clicks,
            oldest: size.oldest.map(text),
            newest: size.newest.map(text),
            bytes_a_day: size.bytes_a_day(),
            disk_free: status.disk.map(|disk| disk.free),
            disk_full: status.disk.is_some_and(DiskSpace::is_full),
        },
    };
    let mut out = BufWriter::new(io::stdout().lock());
    crate::cli::print::json::write(&mut out, &object)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

fn expires(facts: &TenantStatus, what: Expiring) -> Option<String> {
    facts.expiry.filter(|expiry| expiry.what == what).map(|expiry| expiry.last_day.to_string())
}

fn tenant<'a>(status: &Status<'_>, facts: &'a TenantStatus) -> TenantObject<'a> {
    let progress = &facts.progress;
    let ours = |at: Tick| at.plus(-progress.skew).to_string();
    let remaining = facts.remaining;
    TenantObject {
        name: &facts.name,
        act: &facts.alarms,
        coverage: (&facts.coverage).into(),
        coverage_in_words: facts.coverage.in_words(),
        last_pass: progress.pass_ended.map(ours),
        next_pass: ours(progress.next_pass),
        trouble: progress.last_error.as_deref(),
        gate: facts.gate.as_ref().map(|(until, why)| GateObject { until: until.to_string(), why }),
        calls_last_minute: facts.calls,
        calls_per_minute: status.collect.calls_per_minute,
        collecting: facts
            .holder
            .as_ref()
            .map(|(by, _)| OwnerObject { host: &by.host, pid: by.pid }),
        remaining: RemainingObject {
            hours: remaining.hours,
            rows: remaining.rows,
            calls: remaining.calls,
        },
        secret_expires: expires(facts, Expiring::Secret),
        certificate_expires: expires(facts, Expiring::Certificate),
    }
}
