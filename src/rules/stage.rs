//! The stage: evaluates what is new, closes what is old, and posts what is pending; one transaction a
//! step.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::stage_memory::{STORE_REST, StageMemory, StepCounts};
use super::step::StepContext;
use crate::clock::{Clock, DAY, Jumps, Tick};
use crate::config::Config;
use crate::stage::Step;
use crate::stage::log_once::LogOnce;
use crate::store::{Store, StoreError};

/// An alert without clicks for so long is closed.
const ALERT_EXPIRES_AFTER: i64 = 30 * DAY;

/// The stage, for all rules and tenants. It follows the configuration that is in force.
pub struct Alerts {
    store: Store,
    clock: Clock,
    config: watch::Receiver<Arc<Config>>,
    memory: Arc<Mutex<StageMemory>>,
    jumps: Jumps,
    /// Whether somebody set the clock, and it is not written down yet.
    jumped: bool,
    /// What the last step wrote.
    written: StepCounts,
    /// What the log knows of failures of the store.
    log: LogOnce,
}

impl Alerts {
    /// The stage of the rules of `config`.
    pub fn new(store: Store, clock: Clock, config: watch::Receiver<Arc<Config>>) -> Self {
        let jumps = Jumps::of(&clock);
        let (memory, log) = (Arc::default(), LogOnce::default());
        Self {
            store,
            clock,
            config,
            memory,
            jumps,
            jumped: false,
            written: StepCounts::default(),
            log,
        }
    }

    /// Does the first thing that is to be done.
    pub async fn step(&mut self) -> Step {
        let now = self.clock.now();
        self.jumped |= self.jumps.last().is_some();
        let (config, memory) = (self.config.borrow().clone(), Arc::clone(&self.memory));
        let jumped = self.jumped;
        let work = move |store: &Store| {
            if jumped {
                store.alerts_follow_clock(now)?;
            }
            expire_old(store, now)?;
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.resting.retain(|_, until| now < *until && *until <= now.plus(STORE_REST));
            StepContext { store, config: &config, now }.take(&mut memory)
        };
        match self.store.blocking(work).await {
            Ok((step, written)) => {
                self.jumped = false;
                self.written = written;
                self.log.is_over("alerts go on: the store works again");
                step
            }
            Err(error) => {
                self.written = StepCounts::default();
                let words = format!("alerts wait for 30 s: {error}");
                self.log.error(&words, &words);
                Step::Idle { until: now.plus(STORE_REST) }
            }
        }
    }
}

impl Alerts {
    /// What the last step wrote.
    pub const fn written(&self) -> StepCounts {
        self.written
    }
}

fn expire_old(store: &Store, now: Tick) -> Result<(), StoreError> {
    let last = now.plus(-ALERT_EXPIRES_AFTER);
    if store.read(|snapshot| snapshot.any_alert_without_clicks_since(last))? {
        let expired = store.expire_alerts(last, now)?;
        tracing::info!(expired, "alerts without clicks for 30 days are closed");
    }
    Ok(())
}
