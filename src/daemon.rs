//! The daemon: a stage for each tenant and one for retention, side by side.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SECOND, Tick};
use crate::collect::{Collector, Idle, Patience, Remaining, Settings, Step};
use crate::config::{Collect, Config, Tenant};
use crate::lifecycle::{End, Lifecycle};
use crate::network::{Clients, NetworkError};
use crate::retention::Retention;
use crate::source::ReplyBudget;
use crate::source::hunting::Hunting;
use crate::stage::{self, Rounds};
use crate::store::{Store, StoreError};

/// Bytes that the replies in flight of all tenants may take together.
pub const REPLY_BUDGET: u64 = 96 << 20;
/// The first pause after a failure that a retry may mend.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How long a tenant rests after the store failed.
const STORE_REST: i64 = 30 * SECOND;

/// Why the daemon could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A client for a host cannot be made.
    #[error("tenant {tenant}: {why}")]
    Network {
        /// The tenant's name.
        tenant: String,
        /// What is wrong.
        why: NetworkError,
    },
    /// Signals cannot be listened to.
    #[error("cannot listen to signals: {0}")]
    Signals(#[from] std::io::Error),
}

/// Collectors for the configured tenants, in order; they share clients and the reply budget. Blocks on the
/// store: call it where that is allowed.
pub fn collectors<'a>(
    tenants: impl IntoIterator<Item = &'a Tenant>,
    collect: &Collect,
    store: &Store,
    clock: &Clock,
    patience: Patience,
) -> Result<Vec<Collector>, DaemonError> {
    let (clients, budget) = (Clients::default(), ReplyBudget::new(REPLY_BUDGET));
    let collector = |tenant: &Tenant| {
        let hunting = Hunting::of(tenant, &clients, &budget, clock)
            .map_err(|why| DaemonError::Network { tenant: tenant.name.clone(), why })?;
        let settings = Settings {
            name: tenant.name.clone(),
            limits: collect.into(),
            calls_per_minute: collect.calls_per_minute,
            retry_pause: RETRY_PAUSE,
        };
        let key = store.tenant(&tenant.name)?;
        Ok(Collector::new(store.clone(), hunting, key, settings, clock.clone(), patience))
    };
    tenants.into_iter().map(collector).collect()
}

/// Runs until a signal.
pub async fn run(config: &Config, store: &Store, clock: &Clock) -> Result<End, DaemonError> {
    let mut lifecycle = Lifecycle::default();
    let made = || collectors(&config.tenants, &config.collect, store, clock, Patience::Wait);
    for collector in tokio::task::block_in_place(made)? {
        lifecycle.spawn(collect(collector, lifecycle.stop(), clock.clone()));
    }
    let retention = Retention::new(store.clone(), clock.clone(), config.store.retention);
    lifecycle.spawn(retention.run(lifecycle.stop()));
    tracing::info!(tenants = config.tenants.len(), store = %store.path().display(), "collecting");
    Ok(lifecycle.run().await?)
}

/// One tenant's stage, until `stop`.
pub async fn collect(collector: Collector, stop: CancellationToken, clock: Clock) {
    let rounds = Rounds::new(stop, clock.clone());
    let mut stage = Collecting { diary: Diary::new(&collector), collector, clock, broken: false };
    while !stage.broken && rounds.next(stage.step()).await.is_some() {}
    if let Err(error) = stage.collector.end().await {
        tracing::warn!(tenant = %stage.diary.name, "the lease was not given back: {error}");
    }
}

/// A collector with its diary.
struct Collecting {
    collector: Collector,
    diary: Diary,
    clock: Clock,
    /// Set when the store failed in a way that no retry mends: the daemon then ends, so that
    /// somebody sees it.
    broken: bool,
}

impl Collecting {
    async fn step(&mut self) -> stage::Step {
        match self.collector.step().await {
            Ok(Step::Worked) => {
                self.diary.worked(&self.collector);
                stage::Step::Worked
            }
            Ok(Step::Idle(idle)) => {
                self.diary.idle(&idle, &self.collector);
                stage::Step::Idle { until: idle.until() }
            }
            Err(error) if !error.is_transient() => {
                self.broken = true;
                tracing::error!(tenant = %self.diary.name, "collection ends: {error}");
                stage::Step::Worked
            }
            Err(error) => {
                tracing::error!(tenant = %self.diary.name, "collection rests for 30 s: {error}");
                stage::Step::Idle { until: self.clock.now().plus(STORE_REST) }
            }
        }
    }
}

/// What the log says of a tenant's passes: each thing once.
struct Diary {
    name: String,
    announced: Option<Tick>,
    taken: bool,
    calls: u64,
    new_rows: u64,
}

impl Diary {
    fn new(collector: &Collector) -> Self {
        let name = collector.settings().name.clone();
        Self { name, announced: None, taken: false, calls: 0, new_rows: 0 }
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

    fn idle(&mut self, idle: &Idle, collector: &Collector) {
        match idle {
            Idle::Done { .. } => {
                let totals = collector.totals();
                let (calls, new) = (totals.calls - self.calls, totals.new_rows - self.new_rows);
                (self.calls, self.new_rows) = (totals.calls, totals.new_rows);
                if calls > 0 {
                    tracing::info!(tenant = %self.name, calls, new_rows = new, "pass ended");
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
