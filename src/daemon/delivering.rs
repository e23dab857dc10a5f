//! A sink's stage: its outbox, message after message, and what the log and the counters hear of it.

use tokio_util::sync::CancellationToken;

use super::collecting::STORE_REST;
use super::counters::Counters;
use super::stage_handle::StageContext;
use crate::clock::{Clock, SECOND};
use crate::outbox::{AttemptReport, DELIVERY_TIMEOUT, DeliveryStep, Outbox};
use crate::stage;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::{AttemptResult, Store, StoreError};

/// How often a sink is looked at that has nothing to do: the command line posts, too, and ends
/// pauses.
const IDLE_REST: i64 = 5 * SECOND;
/// A step that takes this much longer than a delivery may is stuck.
const STORE_TIME: std::time::Duration = std::time::Duration::from_mins(3);

/// One sink's stage, until `stop`.
pub async fn deliver(outbox: Outbox, store: Store, context: StageContext) {
    let stage_loop = context.stage_loop().no_longer_than(DELIVERY_TIMEOUT + STORE_TIME);
    let mut stage_loop = stage_loop.woken_by(store.enqueued());
    let StageContext { stop, clock, counters, .. } = context;
    let log = DeliveryLog::new(outbox.settings().name.clone(), counters);
    let mut stage = Delivering { outbox, log, clock, broken: false };
    while !stage.broken && stage_loop.next_whole(stage.step(&stop)).await.is_some() {}
}

/// An outbox with its log.
struct Delivering {
    outbox: Outbox,
    log: DeliveryLog,
    clock: Clock,
    /// Set when the store failed in a way that no retry mends: the daemon then ends, so that
    /// somebody sees it.
    broken: bool,
}

impl Delivering {
    async fn step(&mut self, stop: &CancellationToken) -> stage::Step {
        let stepped = self.outbox.step_until(stop).await;
        let idle_until = self.clock.now().plus(IDLE_REST);
        if stepped.is_ok() {
            self.log.store.is_over("delivery goes on: the store works again");
        }
        match stepped {
            Ok(DeliveryStep::Attempted(attempt)) => {
                self.log.attempted(&attempt);
                stage::Step::Worked
            }
            Ok(DeliveryStep::Idle { until }) => {
                stage::Step::Idle { until: until.map_or(idle_until, |until| until.min(idle_until)) }
            }
            Ok(DeliveryStep::Paused { why }) => {
                self.log.paused(&why);
                stage::Step::Idle { until: idle_until }
            }
            Err(error) if error.is_transient() => {
                self.log.store_failed(&error);
                stage::Step::Idle { until: self.clock.now().plus(STORE_REST) }
            }
            Err(error) => {
                self.broken = true;
                tracing::error!(sink = %self.log.name, "delivery ends: {error}");
                stage::Step::Worked
            }
        }
    }
}

/// What the log says of a sink: each thing once.
struct DeliveryLog {
    name: String,
    counters: Counters,
    /// What was said last of what is wrong.
    last_detail: Option<String>,
    /// What was said of failures of the store.
    store: LogOnce,
}

impl DeliveryLog {
    fn new(name: String, counters: Counters) -> Self {
        let store = LogOnce::of(LogSubject::Sink(name.clone()));
        Self { name, counters, last_detail: None, store }
    }

    fn attempted(&mut self, attempt: &AttemptReport) {
        self.counters.attempted(&attempt.result);
        let is_news = !matches!(attempt.result, AttemptResult::Accepted { .. })
            && self.is_news(&attempt.detail);
        let (sink, number) = (&self.name, attempt.seq);
        let noticed = attempt.noticed.as_ref().map(|by| format!("; told through {by}"));
        let noticed = noticed.unwrap_or_default();
        match attempt.result {
            AttemptResult::Accepted { .. } => {
                self.last_detail = None;
                tracing::info!(%sink, number, attempts = attempt.attempts, "accepted");
            }
            AttemptResult::Later { .. } if is_news => {
                tracing::warn!(%sink, number, "is tried again: {}", attempt.detail);
            }
            AttemptResult::Later { .. } => {
                tracing::debug!(%sink, number, attempts = attempt.attempts, "{}", attempt.detail);
            }
            AttemptResult::Smaller { rows } => {
                tracing::info!(%sink, number, rows, "too big, goes with fewer rows: {}", attempt.detail);
            }
            AttemptResult::Dead => {
                tracing::error!(
                    %sink, number,
                    "given up: {}; see `clickwarden outbox list`{noticed}", attempt.detail
                );
            }
            AttemptResult::Pause => {
                tracing::error!(
                    %sink,
                    "is paused: {}; put it right, then `clickwarden sink test {sink}`{noticed}",
                    attempt.detail
                );
            }
        }
    }

    /// At the start, of a pause that an earlier process began.
    fn paused(&mut self, why: &str) {
        if self.is_news(why) {
            let sink = &self.name;
            tracing::warn!(
                %sink,
                "is paused: {why}; put it right, then `clickwarden sink test {sink}`"
            );
        }
    }

    fn store_failed(&mut self, error: &StoreError) {
        let words = format!("delivery rests for 30 s: {error}");
        self.store.error(&words, &words);
    }

    fn is_news(&mut self, detail: &str) -> bool {
        let news = self.last_detail.as_deref() != Some(detail);
        self.last_detail = Some(detail.to_owned());
        news
    }
}
