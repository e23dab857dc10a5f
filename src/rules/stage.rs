//! The stage: evaluates what is new, closes what is old, and posts what is pending; one transaction a
//! step.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::sites::Sites;
use super::step::StepContext;
use crate::clock::{Clock, DAY, Jumps, SECOND, Tick};
use crate::config::Config;
use crate::stage::Step;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::{Store, StoreError, TenantKey};

/// An alert without clicks for so long is closed.
const EXPIRES: i64 = 30 * DAY;
/// How long the stage rests after the store failed.
const STORE_REST: i64 = 30 * SECOND;

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

/// What is known from step to step.
#[derive(Default)]
pub(super) struct StageMemory {
    sites: Option<Sites>,
    /// Tenants whose clicks cannot be read, and until when they are left alone: one holds up no other.
    pub resting: BTreeMap<TenantKey, Tick>,
    /// What the log knows of them.
    log: BTreeMap<TenantKey, LogOnce>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Alerts that opened.
    pub opened: u64,
    /// Messages that were posted, one for each recipient.
    pub posted: u64,
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

impl StageMemory {
    /// Sites by the hosts that are shared now.
    pub(super) fn sites(&mut self, config: &Config) -> &mut Sites {
        let shared = &config.alerts.shared_hosts;
        if self.sites.as_ref().is_some_and(|sites| sites.shared() != shared) {
            self.sites = None;
        }
        self.sites.get_or_insert_with(|| Sites::new(shared.clone()))
    }

    /// Leaves a tenant alone for a while.
    pub(super) fn rest(&mut self, tenant: TenantKey, name: &str, now: Tick, error: &StoreError) {
        let words = format!("its alerts wait for 30 s: {error}");
        let log = self.log.entry(tenant);
        let log = log.or_insert_with(|| LogOnce::of(LogSubject::Tenant(name.to_owned())));
        log.error(&words, &words);
        self.resting.insert(tenant, now.plus(STORE_REST));
    }

    /// A tenant's clicks could be read.
    pub(super) fn went_well(&mut self, tenant: TenantKey) {
        if let Some(mut log) = self.log.remove(&tenant) {
            log.is_over("its alerts go on");
        }
    }
}

fn expire_old(store: &Store, now: Tick) -> Result<(), StoreError> {
    let last = now.plus(-EXPIRES);
    if store.read(|snapshot| snapshot.any_alert_without_clicks_since(last))? {
        let expired = store.expire_alerts(last, now)?;
        tracing::info!(expired, "alerts without clicks for 30 days are closed");
    }
    Ok(())
}
