//! The status as text and as JSON.

use std::io::{BufWriter, Write};

use serde::Serialize;

use super::Status;
use super::facts::Facts;
use crate::cli::Failure;
use crate::cli::coverage::CoverageObject;
use crate::cli::text::{bytes, counted, plain, roughly, time};
use crate::clock::Tick;
use crate::daemon::in_words;

pub(super) fn text(status: &Status<'_>) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for facts in &status.tenants {
        let verdict = match (facts.alarms.len(), &facts.progress.trouble) {
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
        writeln!(out)?;
    }
    writeln!(out, "store {}: {}", plain(&status.store.path().display().to_string()), size(status))?;
    Ok(out.flush()?)
}

/// What is told of a tenant, by name.
fn lines(status: &Status<'_>, facts: &Facts) -> Vec<(&'static str, String)> {
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
    if let Some(trouble) = &progress.trouble {
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
    if let Some(expires) = facts.secret_expires {
        lines.push(("secret", format!("expires on {expires}")));
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
    words
}

#[derive(Serialize)]
struct Object<'a> {
    at: String,
    must_act: bool,
    tenants: Vec<TenantObject<'a>>,
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
}

pub(super) fn json(status: &Status<'_>) -> Result<(), Failure> {
    let size = status.size;
    let text = |at: Tick| at.to_string();
    let object = Object {
        at: status.now.to_string(),
        must_act: status.tenants.iter().any(|facts| !facts.alarms.is_empty()),
        tenants: status.tenants.iter().map(|facts| tenant(status, facts)).collect(),
        store: StoreObject {
            path: status.store.path().display().to_string(),
            bytes: size.bytes,
            wal_bytes: size.wal_bytes,
            clicks: size.clicks,
            oldest: size.oldest.map(text),
            newest: size.newest.map(text),
        },
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    crate::cli::json::write(&mut out, &object)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

fn tenant<'a>(status: &Status<'_>, facts: &'a Facts) -> TenantObject<'a> {
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
        trouble: progress.trouble.as_deref(),
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
        secret_expires: facts.secret_expires.map(|date| date.to_string()),
    }
}
