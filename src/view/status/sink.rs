//! What is known of each sink, and what somebody must do about it.

use std::collections::BTreeMap;

use crate::clock::{HOUR, SECOND, Tick};
use crate::config;
use crate::store::Queue;
use crate::text::escape::visible;
use crate::text::number::counted;
use crate::text::time::{roughly, to_second};

/// A message that waits for so long should have gone.
const LONG_WAIT: i64 = 2 * HOUR;

/// One sink's status.
#[derive(Clone, Debug)]
pub struct SinkStatus {
    /// What the configuration calls it.
    pub name: String,
    /// Its type; `None` of one that is configured no more.
    pub kind: Option<&'static str>,
    /// Its messages.
    pub queue: Queue,
    /// What somebody must act on, in sentences.
    pub alarms: Vec<String>,
}

/// Every sink that is configured, in the order of the configuration; takes their queues out.
pub fn configured(
    sinks: &[config::Sink],
    queues: &mut BTreeMap<String, Queue>,
    now: Tick,
) -> Vec<SinkStatus> {
    let of_sink = |sink: &config::Sink| {
        let queue = queues.remove(&sink.name).unwrap_or_default();
        SinkStatus::of(sink.name.clone(), Some(sink.kind.name()), queue, now)
    };
    sinks.iter().map(of_sink).collect()
}

/// The same and those that are configured no more but have messages, the worst first.
pub(super) fn all(
    sinks: &[config::Sink],
    mut queues: BTreeMap<String, Queue>,
    now: Tick,
) -> Vec<SinkStatus> {
    let mut all = configured(sinks, &mut queues, now);
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
    pub fn is_in_order(&self) -> bool {
        let Queue { waiting, sending, .. } = self.queue;
        self.alarms.is_empty() && waiting + sending == 0
    }

    /// Seconds since the oldest message was written that is not delivered yet.
    pub fn oldest_age(&self, now: Tick) -> Option<i64> {
        self.queue.oldest.map(|oldest| now.since(oldest).max(0) / SECOND)
    }
}

fn alarms(name: &str, kind: Option<&str>, queue: &Queue, now: Tick) -> Vec<String> {
    let Queue { waiting, sending, dead, oldest, paused, wait } = queue;
    let (mut alarms, shown, on_its_way) = (Vec::new(), visible(name), waiting + sending);
    if let Some(paused) = paused.as_ref().filter(|_| kind.is_some()) {
        alarms.push(format!(
            "paused since {} UTC: {}; put it right, then run `clickwarden sink test {shown}`",
            to_second(paused.since),
            visible(&paused.why)
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
            |(_, why)| visible(why),
        );
        alarms.push(format!("a message waits for {}: {why}", roughly(since)));
    }
    alarms
}

fn counted_were(count: u64) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(count, "message"))
}
