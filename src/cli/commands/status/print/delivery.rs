//! How the sinks stand, as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::commands::status::sink::SinkStatus;
use crate::cli::print::text::{counted, plain};
use crate::clock::Tick;

/// So many sinks are told of although they are in order.
const MOST_SINKS_SHOWN: usize = 5;

pub(super) fn text(out: &mut impl Write, sinks: &[SinkStatus], now: Tick) -> io::Result<()> {
    let (quiet, told): (Vec<&SinkStatus>, Vec<&SinkStatus>) =
        sinks.iter().partition(|sink| sink.is_in_order() && sinks.len() > MOST_SINKS_SHOWN);
    for sink in told {
        one(out, sink, now)?;
    }
    if !quiet.is_empty() {
        writeln!(out, "{} in order", counted(quiet.len() as u64, "sink"))?;
    }
    if sinks.is_empty() { Ok(()) } else { writeln!(out) }
}

fn one(out: &mut impl Write, sink: &SinkStatus, now: Tick) -> io::Result<()> {
    let verdict = match (sink.alarms.is_empty(), &sink.queue.wait) {
        (true, None) => "in order",
        (true, Some(_)) => "in trouble, tried again by itself",
        (false, _) => "somebody must act",
    };
    let kind = sink.kind.unwrap_or("configured no more");
    writeln!(out, "sink {} ({kind}): {verdict}", plain(&sink.name))?;
    for alarm in &sink.alarms {
        writeln!(out, "  {:<10} {alarm}", "act")?;
    }
    match sink.messages(now) {
        Some(words) => writeln!(out, "  {:<10} {words}", "messages"),
        None => Ok(()),
    }
}

#[derive(Serialize)]
pub(super) struct SinkObject<'a> {
    name: &'a str,
    /// `null` of one that is configured no more.
    r#type: Option<&'a str>,
    /// What somebody must do, in sentences.
    act: &'a [String],
    waiting: u64,
    sending: u64,
    dead: u64,
    oldest: Option<String>,
    paused: Option<PausedObject<'a>>,
    wait: Option<WaitObject<'a>>,
}

#[derive(Serialize)]
struct PausedObject<'a> {
    since: String,
    why: &'a str,
}

#[derive(Serialize)]
struct WaitObject<'a> {
    until: String,
    why: &'a str,
}

pub(super) fn object(sink: &SinkStatus) -> SinkObject<'_> {
    let queue = &sink.queue;
    let paused = queue.paused.as_ref();
    SinkObject {
        name: &sink.name,
        r#type: sink.kind,
        act: &sink.alarms,
        waiting: queue.waiting,
        sending: queue.sending,
        dead: queue.dead,
        oldest: queue.oldest.map(|oldest| oldest.to_string()),
        paused: paused
            .map(|paused| PausedObject { since: paused.since.to_string(), why: &paused.why }),
        wait: queue.wait.as_ref().map(|(until, why)| WaitObject { until: until.to_string(), why }),
    }
}
