//! The daemon: a stage for each tenant and each sink, one for rules, one for digests and one for
//! retention, side by side; it takes a new
//! configuration over while they run, and tells systemd how it is.

mod alerting;
mod collecting;
mod counters;
mod delivering;
pub mod disk_pause;
mod guarding;
mod health;
mod reloading;
mod reporting;
mod sink_stages;
mod stage_handle;
mod tenant_stages;

mod systemd;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

pub use alerting::alert;
pub use collecting::{Collecting, collect, in_words};
pub use counters::{Counters, Deliveries};
pub use delivering::deliver;
pub use guarding::guard;
pub use health::{Health, HealthCheck, StoreHealth};
pub use reporting::report;
pub use stage_handle::StageContext;
pub use systemd::watchdog;

use crate::auth::SharedAuth;
use crate::clock::Clock;
use crate::collect::{CollectSettings, Collector, Start};
use crate::config::{Collect, Config, Problem, Tenant};
use crate::daemon::disk_pause::DiskPause;
use crate::digest::Digests;
use crate::network::NetworkError;
use crate::process::lifecycle::{Lifecycle, LifecycleEvent, ShutdownOutcome};
use crate::retention::Retention;
use crate::rules::Alerts;
use crate::source::Hunting;
use crate::source::ReplyBudget;
use crate::store::{Store, StoreError, StoredGates};
use crate::text::escape::visible;
use reloading::{ConfigReload, PreparedConfig, Reread, RunningConfig};
use sink_stages::SinkStages;
use stage_handle::StageHandle;
use tenant_stages::TenantStages;

/// Bytes that the replies in flight of all tenants may take together.
pub const REPLY_BUDGET: u64 = 96 << 20;
/// The first pause after a failure that a retry may mend.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

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
    /// Files that sinks need are no good.
    #[error("{}", .0.join("\n"))]
    Sinks(Vec<String>),
}

/// What all collectors share.
#[derive(Clone)]
pub struct Resources {
    /// Where everything is kept.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Connections.
    pub auth: SharedAuth,
    /// Bounds the replies in flight.
    pub budget: ReplyBudget,
    /// Whether all pause because the disk is full.
    pub pause: DiskPause,
}

impl Resources {
    /// With connections and a reply budget of their own.
    pub fn new(store: Store, clock: Clock) -> Self {
        let gates = Arc::new(StoredGates::new(store.clone(), &clock));
        let (auth, budget) = (SharedAuth::with_gates(gates), ReplyBudget::new(REPLY_BUDGET));
        let pause = DiskPause::new(store.clone());
        Self { store, clock, auth, budget, pause }
    }

    /// Collectors for the configured tenants, in order. Blocks on the store: call it where that is
    /// allowed.
    pub fn collectors<'a>(
        &self,
        tenants: impl IntoIterator<Item = &'a Tenant>,
        collect: &Collect,
        start: Start,
    ) -> Result<Vec<Collector>, DaemonError> {
        tenants.into_iter().map(|tenant| self.collector(tenant, collect, start)).collect()
    }

    fn collector(
        &self,
        tenant: &Tenant,
        collect: &Collect,
        start: Start,
    ) -> Result<Collector, DaemonError> {
        let Self { store, clock, auth, budget, .. } = self;
        let hunting = Hunting::of(tenant, auth, budget, clock)
            .map_err(|why| DaemonError::Network { tenant: tenant.name.clone(), why })?;
        let settings = CollectSettings {
            tenant: store.tenant(&tenant.name)?,
            name: tenant.name.clone(),
            limits: collect.into(),
            calls_per_minute: collect.calls_per_minute,
            retry_pause: RETRY_PAUSE,
        };
        Ok(Collector::new(store.clone(), hunting, settings, clock.clone(), start))
    }
}

/// The running daemon.
pub struct Daemon {
    lifecycle: Lifecycle,
    tenant_stages: TenantStages,
    sinks: SinkStages,
    retention: StageHandle,
    config: channel::Sender<Arc<Config>>,
    handle: DaemonHandle,
}

/// What others may see of a running daemon.
#[derive(Clone)]
pub struct DaemonHandle {
    /// The configuration in force.
    pub config: channel::Receiver<Arc<Config>>,
    /// What the stages did.
    pub counters: Counters,
    /// Whether they live.
    pub health: HealthCheck,
    /// What they share.
    pub resources: Resources,
}

impl DaemonHandle {
    /// What the stage that is called `name` is given.
    fn stage_context(&self, name: &str, stop: CancellationToken) -> StageContext {
        StageContext {
            stop,
            clock: self.resources.clock.clone(),
            counters: self.counters.clone(),
            heartbeat: self.health.heartbeats().of(name),
        }
    }
}

impl Daemon {
    /// Starts a stage for each tenant and each sink, and one for retention.
    pub fn start(
        config: Config,
        resources: Resources,
        mut lifecycle: Lifecycle,
    ) -> Result<Self, DaemonError> {
        warn_of_unmatchable(&config);
        for rule in &config.turned_on {
            tracing::info!(%rule, "this rule is on since a [[rule]] names it: enabled = false turns it off");
        }
        let (config, seen) = channel::channel(Arc::new(config));
        let health = HealthCheck::new(resources.store.clone());
        let handle =
            DaemonHandle { config: seen, counters: Counters::default(), health, resources };
        let now = config.borrow().clone();
        let mut sinks = SinkStages::new(handle.clone());
        let ready = sinks.running().ready(&now)?;
        let mut tenant_stages = TenantStages::new(handle.clone());
        let tenants = tenant_stages.running().ready(&now, None)?;
        let place = visible(&handle.resources.store.path().display().to_string());
        tracing::info!(tenants = now.tenants.len(), store = %place, "collecting");
        tenant_stages.adopt(&now, tenants, &mut lifecycle);
        sinks.adopt(&now, ready, &mut lifecycle);
        let retention = spawn_retention(&handle, &now, &mut lifecycle);
        spawn_digests(&handle, &mut lifecycle);
        spawn_alerts(&handle, &mut lifecycle);
        let look_after = guard(handle.resources.store.clone(), lifecycle.stop());
        lifecycle.spawn(look_after);
        Ok(Self { lifecycle, tenant_stages, sinks, retention, config, handle })
    }

    /// What others may see of it.
    pub fn handle(&self) -> DaemonHandle {
        self.handle.clone()
    }

    /// The tasks that live and end with it.
    pub fn lifecycle(&mut self) -> &mut Lifecycle {
        &mut self.lifecycle
    }

    /// Says that it is ready, and runs until a signal. On SIGHUP it asks for the configuration
    /// again with `reread`, beside everything else.
    pub async fn run(
        mut self,
        watchdog: Option<Duration>,
        reread: impl Fn() -> Result<Config, Vec<Problem>> + Send + Sync + 'static,
    ) -> ShutdownOutcome {
        systemd::ready(self.config.borrow().tenants.len());
        let feed = systemd::feed(self.handle.clone(), watchdog, self.lifecycle.stop());
        self.lifecycle.spawn(feed);
        let event = self.until_the_end(&(Arc::new(reread) as Reread)).await;
        systemd::stopping();
        self.lifecycle.end(event).await
    }

    async fn until_the_end(&mut self, reread: &Reread) -> LifecycleEvent {
        let mut reading = ConfigReload::default();
        loop {
            tokio::select! {
                event = self.lifecycle.next() => match event {
                    LifecycleEvent::Reload => {
                        systemd::reloading();
                        reading.begin(|| self.running(), reread);
                    }
                    event => return event,
                },
                read = reading.done() => {
                    self.take_over(read);
                    if reading.is_asked_again() {
                        reading.begin(|| self.running(), reread);
                    } else {
                        systemd::ready(self.config.borrow().tenants.len());
                    }
                }
            }
        }
    }

    fn running(&self) -> RunningConfig {
        let config = self.config.borrow().clone();
        RunningConfig { config, tenants: self.tenant_stages.running(), sinks: self.sinks.running() }
    }

    /// Takes a new configuration over, or says what is wrong with it.
    fn take_over(&mut self, read: Result<PreparedConfig, Vec<String>>) {
        let PreparedConfig { config, sinks, tenants } = match read {
            Ok(prepared) => prepared,
            Err(problems) => {
                for problem in problems {
                    tracing::error!(
                        "the new configuration is refused, the old one stays: {problem}"
                    );
                }
                return;
            }
        };
        self.tenant_stages.adopt(&config, tenants, &mut self.lifecycle);
        self.sinks.adopt(&config, sinks, &mut self.lifecycle);
        if config.store.retention != self.config.borrow().store.retention {
            self.retention.stop();
            self.retention = spawn_retention(&self.handle, &config, &mut self.lifecycle);
        }
        warn_of_unmatchable(&config);
        tracing::info!(tenants = config.tenants.len(), "the new configuration is in force");
        self.config.send_replace(Arc::new(config));
    }
}

/// Names what can never match.
fn warn_of_unmatchable(config: &Config) {
    for problem in &config.unmatchable {
        tracing::warn!("left out, and the next release may refuse it: {problem}");
    }
}

/// Starts the stage that removes what is too old.
fn spawn_retention(
    handle: &DaemonHandle,
    config: &Config,
    lifecycle: &mut Lifecycle,
) -> StageHandle {
    let (store, clock) = (handle.resources.store.clone(), handle.resources.clock.clone());
    let retention = Retention::new(store, clock, config.store.retention);
    let heartbeat = handle.health.heartbeats().of("retention");
    StageHandle::start(lifecycle, |stop| retention.run(stop, heartbeat))
}

/// Starts the stage that makes digests; it follows the configuration that is in force.
fn spawn_digests(handle: &DaemonHandle, lifecycle: &mut Lifecycle) {
    let (store, clock) = (handle.resources.store.clone(), handle.resources.clock.clone());
    let digests = Digests::new(store, clock, handle.config.clone());
    lifecycle.spawn(report(digests, handle.stage_context("reports", lifecycle.stop())));
}

/// Starts the stage of the rules, which follows the configuration that is in force.
fn spawn_alerts(handle: &DaemonHandle, lifecycle: &mut Lifecycle) {
    let (store, clock) = (handle.resources.store.clone(), handle.resources.clock.clone());
    let alerts = Alerts::new(store.clone(), clock, handle.config.clone());
    lifecycle.spawn(alert(alerts, store, handle.stage_context("alerts", lifecycle.stop())));
}
