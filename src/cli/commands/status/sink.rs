//! What is known of each sink, and what somebody must do about it.

use std::collections::BTreeMap;

use crate::cli::print::text::{counted, plain, roughly, time};
use crate::clock::{HOUR, Tick};
use crate::config;
use crate::store::Queue;

/// A message that waits for so long should have gone.
const LONG_WAIT: i64 = 2 * HOUR;

/// One sink's status.
pub(super) struct SinkStatus {
    pub name: String,
    /// Its type; `None` of one that is configured no more.
    pub kind: Option<&'static str>,
    pub queue: Queue,
    /// What somebody must act on, in sentences.
    pub alarms: Vec<String>,
}

/// Every sink that is configured, and those that are not but have messages, the worst first.
pub(super) fn all(
    configured: &[config::Sink],
    mut queues: BTreeMap<String, Queue>,
    now: Tick,
) -> Vec<SinkStatus> {
    let mut all: Vec<SinkStatus> = Vec::new();
    for sink in configured {
        let queue = queues.remove(&sink.name).unwrap_or_default();
        all.push(SinkStatus::of(sink.name.clone(), Some(sink.kind.name()), queue, now));
    }
    for (name, queue) in queues {
        if queue.waiting + queue.sending + queue.dead > 0 {
            all.push(SinkStatus::of(name, None, queue, now));
        }
    }
    all.sort_by(|a, b| b.alarms.len().cmp(&a.alarms.len()).then_with(|| a.name.cmp(&b.name)));
    all
}

impl SinkStatus {
    fn of(name: String, kind: Option<&'static str>, queue: Queue, now: Tick) -> Self {
        let alarms = alarms(&name, kind, &queue, now);
        Self { name, kind, queue, alarms }
    }

    /// Whether there is nothing to tell but that.
    pub(super) fn is_in_order(&self) -> bool {
        let Queue { waiting, sending, .. } = self.queue;
        self.alarms.is_empty() && waiting + sending == 0
    }

    /// What is on its way, in words.
    pub(super) fn messages(&self, now: Tick) -> Option<String> {
        let Queue { waiting, sending, oldest, wait, .. } = &self.queue;
        let count = waiting + sending;
        let since = now.since((*oldest)?).max(0);
        let verb = if count == 1 { "waits" } else { "wait" };
        let mut words =
            format!("{} {verb}, the oldest for {}", counted(count, "message"), roughly(since));
        if let Some((until, why)) = wait {
            words = format!("{words}; nothing goes until {} UTC: {}", time(*until), plain(why));
        }
        Some(words)
    }
}

fn alarms(name: &str, kind: Option<&str>, queue: &Queue, now: Tick) -> Vec<String> {
    let Queue { waiting, sending, dead, oldest, paused, wait } = queue;
    let (mut alarms, shown, on_its_way) = (Vec::new(), plain(name), waiting + sending);
    if let Some(paused) = paused.as_ref().filter(|_| kind.is_some()) {
        alarms.push(format!(
            "paused since {} UTC: {}; put it right, then run `clickwarden sink test {shown}`",
            time(paused.since),
            plain(&paused.why)
        ));
    }
    if *dead > 0 {
        alarms.push(format!(
            "{} given up: `clickwarden outbox list --state dead` shows why; then retry or drop",
            counted_were(*dead)
        ));
    }
    if kind.is_none() && on_its_way > 0 {
        alarms.push(format!(
            "{} for a sink that is configured no more: configure it again, or drop what \
             `clickwarden outbox list --sink {shown}` shows",
            if on_its_way == 1 {
                "1 message waits".to_owned()
            } else {
                format!("{on_its_way} messages wait")
            }
        ));
    }
    let long = oldest.map(|oldest| now.since(oldest)).filter(|since| *since > LONG_WAIT);
    if let (Some(since), None, Some(_)) = (long, paused, kind) {
        let why = wait.as_ref().map_or_else(
            || "is `clickwarden run` running, and what does it log?".to_owned(),
            |(_, why)| plain(why),
        );
        alarms.push(format!("a message waits for {}: {why}", roughly(since)));
    }
    alarms
}

fn counted_were(count: u64) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(count, "message"))
}
