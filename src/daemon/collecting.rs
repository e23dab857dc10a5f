//! A tenant's stage: its collector, step after step, and what the log and the counters hear of it.

use super::counters::Counters;
use super::stage_handle::StageContext;
use crate::clock::{Clock, SECOND, Tick};
use crate::collect::{CollectError, CollectStep, CollectTotals, Collector, Idle, Remaining};
use crate::daemon::disk_pause::DiskPause;
use crate::stage;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::StoreError;

/// How often room is looked for while the disk is full.
const LOOK_FOR_ROOM: i64 = 5 * SECOND;
/// How long a stage rests after the store failed.
pub(super) const STORE_REST: i64 = 30 * SECOND;

/// One tenant's stage, until `stop`.
pub async fn collect(collector: Collector, pause: DiskPause, context: StageContext) {
    let mut stage_loop = context.stage_loop();
    let StageContext { clock, counters, heartbeat, .. } = context;
    let collector = collector.with_heartbeat(heartbeat);
    let mut stage = Collecting::new(collector, clock, counters, pause);
    while !stage.broken && stage_loop.next(stage.step()).await.is_some() {}
    if let Err(error) = stage.collector.end().await {
        tracing::warn!(tenant = %stage.log.name, "the lease was not given back: {error}");
    }
}

/// A collector with its log.
pub struct Collecting {
    collector: Collector,
    log: CollectionLog,
    clock: Clock,
    pause: DiskPause,
    /// Set when the store failed in a way that no retry mends: the daemon then ends, so that
    /// somebody sees it.
    broken: bool,
}

impl Collecting {
    /// The stage, which nobody runs yet.
    pub fn new(collector: Collector, clock: Clock, counters: Counters, pause: DiskPause) -> Self {
        let log = CollectionLog::new(&collector, counters);
        Self { collector, log, clock, pause, broken: false }
    }

    /// Makes one step, and tells log and counters of it.
    pub async fn step(&mut self) -> stage::Step {
        if self.pause.lasts().await {
            return stage::Step::Idle { until: self.clock.now().plus(LOOK_FOR_ROOM) };
        }
        let stepped = self.collector.step().await;
        self.log.count(&self.collector);
        match stepped {
            Ok(CollectStep::Worked) => {
                self.log.worked(&self.collector);
                stage::Step::Worked
            }
            Ok(CollectStep::Idle(idle)) => {
                self.log.idle(&idle, self.clock.now());
                if matches!(idle, Idle::Done { .. }) {
                    self.pause.end();
                }
                stage::Step::Idle { until: idle.until() }
            }
            Err(error) if !error.is_transient() => {
                self.broken = true;
                tracing::error!(tenant = %self.log.name, "collection ends: {error}");
                stage::Step::Worked
            }
            Err(CollectError::Store(StoreError::DiskFull)) => {
                self.pause.begin();
                let rest = if self.pause.lasts().await { LOOK_FOR_ROOM } else { STORE_REST };
                stage::Step::Idle { until: self.clock.now().plus(rest) }
            }
            Err(error) => {
                let words = format!("collection rests for 30 s: {error}");
                self.log.store.error(&words, &words);
                stage::Step::Idle { until: self.clock.now().plus(STORE_REST) }
            }
        }
    }
}

/// What the log says of a tenant's passes: each thing once.
struct CollectionLog {
    name: String,
    announced: Option<Tick>,
    taken: bool,
    counters: Counters,
    /// What the counters know already.
    counted: CollectTotals,
    /// What the log knows already.
    logged: CollectTotals,
    /// And of failures of the store.
    store: LogOnce,
}

impl CollectionLog {
    fn new(collector: &Collector, counters: Counters) -> Self {
        let (name, none) = (collector.settings().name.clone(), CollectTotals::default());
        let store = LogOnce::of(LogSubject::Tenant(name.clone()));
        Self { name, announced: None, taken: false, counters, counted: none, logged: none, store }
    }

    /// Whatever came of a step, the counters hear of it.
    fn count(&mut self, collector: &Collector) {
        let totals = collector.totals();
        self.counters.add(totals.since(self.counted));
        self.counted = totals;
    }

    fn worked(&mut self, collector: &Collector) {
        self.taken = false;
        let Some(pass) = collector.pass() else { return };
        let (began, counted) = (pass.progress().pass_began, pass.is_counted());
        if counted && self.announced != began {
            self.announced = began;
            let remaining = pass.remaining();
            if remaining.calls > u64::from(collector.settings().calls_per_minute) {
                let words = in_words(remaining, collector.settings().calls_per_minute);
                tracing::info!(tenant = %self.name, "{words}");
            }
        }
    }

    fn idle(&mut self, idle: &Idle, now: Tick) {
        match idle {
            Idle::Done { .. } => {
                self.store.is_over("collection goes on: the store works again");
                let CollectTotals { calls, new_rows, .. } = self.counted.since(self.logged);
                self.logged = self.counted;
                if calls > 0 {
                    self.counters.pass_ended(now);
                    tracing::info!(tenant = %self.name, calls, new_rows, "pass ended");
                }
            }
            Idle::Taken { by, .. } if !self.taken => {
                self.taken = true;
                let (host, pid) = (&by.host, by.pid);
                tracing::info!(tenant = %self.name, "waits: process {pid} on {host} collects it");
            }
            _ => {}
        }
    }
}

/// What is left to fetch, and how long that will take at the configured pace.
pub fn in_words(remaining: Remaining, calls_per_minute: u32) -> String {
    let Remaining { hours, rows, calls } = remaining;
    let minutes = calls.div_ceil(u64::from(calls_per_minute).max(1));
    let time = match minutes {
        0 | 1 => "about a minute".to_owned(),
        2..120 => format!("about {minutes} minutes"),
        _ => format!("about {} hours", minutes.div_ceil(60)),
    };
    format!("{rows} rows in {hours} hours are to be fetched: about {calls} calls, {time}")
}
