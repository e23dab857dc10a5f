//! How the sinks stand.

use std::io::{self, Write};

use crate::cli::print::text::{counted, plain, roughly, to_second};
use crate::clock::Tick;
use crate::store::Queue;
use crate::view::status::SinkStatus;

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
    match messages(&sink.queue, now) {
        Some(words) => writeln!(out, "  {:<10} {words}", "messages"),
        None => Ok(()),
    }
}

/// What is on its way, in words.
fn messages(queue: &Queue, now: Tick) -> Option<String> {
    let Queue { waiting, sending, oldest, wait, .. } = queue;
    let count = waiting + sending;
    let since = now.since((*oldest)?).max(0);
    let verb = if count == 1 { "waits" } else { "wait" };
    let mut words =
        format!("{} {verb}, the oldest for {}", counted(count, "message"), roughly(since));
    if let Some((until, why)) = wait {
        words = format!("{words}; nothing goes until {} UTC: {}", to_second(*until), plain(why));
    }
    Some(words)
}
