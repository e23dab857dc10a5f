//! The daemon: a stage for each tenant and each sink, one for rules, one for digests and one for
//! retention, side by side; it takes a new
//! configuration over while they run, and tells systemd how it is.

mod alerting;
mod board;
mod collecting;
mod delivering;
mod fleet;
mod guarding;
mod reloading;
mod reporting;
mod sinks;
mod systemd;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch as channel;

pub use alerting::alert;
pub use board::{Board, Deliveries};
pub use collecting::{Collecting, collect, in_words};
pub use delivering::deliver;
pub use guarding::guard;
pub use reporting::report;
pub use systemd::watchdog;
pub use watch::{Look, StoreAnswer, Watch};

use crate::auth::Access;
use crate::clock::Clock;
use crate::collect::{Collector, Patience, Settings};
use crate::config::{Collect, Config, Problem, Tenant};
use crate::digest::Digests;
use crate::disk_pause::DiskPause;
use crate::lifecycle::{Lifecycle, LifecycleEvent, ShutdownOutcome};
use crate::network::NetworkError;
use crate::quote::visible;
use crate::retention::Retention;
use crate::rules::Alerts;
use crate::source::ReplyBudget;
use crate::source::hunting::Hunting;
use crate::store::{Store, StoreError, StoredGates};
use fleet::{Fleet, Running};
use reloading::{Known, Prepared, Reading, Reread};
use sinks::Sinks;

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
pub struct Means {
    /// Where everything is kept.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Connections.
    pub access: Access,
    /// Bounds the replies in flight.
    pub budget: ReplyBudget,
    /// Whether all pause because the disk is full.
    pub pause: DiskPause,
}

impl Means {
    /// With connections and a reply budget of their own.
    pub fn new(store: Store, clock: Clock) -> Self {
        let gates = Arc::new(StoredGates::new(store.clone(), &clock));
        let (access, budget) = (Access::with_gates(gates), ReplyBudget::new(REPLY_BUDGET));
        let pause = DiskPause::new(store.clone());
        Self { store, clock, access, budget, pause }
    }

    /// Collectors for the configured tenants, in order. Blocks on the store: call it where that is
    /// allowed.
    pub fn collectors<'a>(
        &self,
        tenants: impl IntoIterator<Item = &'a Tenant>,
        collect: &Collect,
        patience: Patience,
    ) -> Result<Vec<Collector>, DaemonError> {
        tenants.into_iter().map(|tenant| self.collector(tenant, collect, patience)).collect()
    }

    fn collector(
        &self,
        tenant: &Tenant,
        collect: &Collect,
        patience: Patience,
    ) -> Result<Collector, DaemonError> {
        let Self { store, clock, access, budget, .. } = self;
        let hunting = Hunting::of(tenant, access, budget, clock)
            .map_err(|why| DaemonError::Network { tenant: tenant.name.clone(), why })?;
        let settings = Settings {
            name: tenant.name.clone(),
            limits: collect.into(),
            calls_per_minute: collect.calls_per_minute,
            retry_pause: RETRY_PAUSE,
        };
        let key = store.tenant(&tenant.name)?;
        Ok(Collector::new(store.clone(), hunting, key, settings, clock.clone(), patience))
    }
}

/// The running daemon.
pub struct Daemon {
    means: Means,
    lifecycle: Lifecycle,
    fleet: Fleet,
    sinks: Sinks,
    retention: Running,
    config: channel::Sender<Arc<Config>>,
    view: View,
}

/// What others may see of a running daemon.
#[derive(Clone)]
pub struct View {
    /// The configuration in force.
    pub config: channel::Receiver<Arc<Config>>,
    /// What the stages did.
    pub board: Board,
    /// Whether they live.
    pub watch: Watch,
    /// What they share.
    pub means: Means,
}

impl Daemon {
    /// Starts a stage for each tenant and each sink, and one for retention.
    pub fn start(
        config: Config,
        means: Means,
        mut lifecycle: Lifecycle,
    ) -> Result<Self, DaemonError> {
        warn_of_unmatchable(&config);
        for rule in &config.turned_on {
            tracing::info!(%rule, "this rule is on since a [[rule]] names it: enabled = false turns it off");
        }
        let (config, seen) = channel::channel(Arc::new(config));
        let watch = Watch::new(means.store.clone());
        let view = View { config: seen, board: Board::default(), watch, means: means.clone() };
        let now = config.borrow().clone();
        let mut sinks = Sinks::new(means.clone(), view.clone());
        let ready = sinks.known().ready(&now)?;
        let mut fleet = Fleet::new(means.clone(), view.clone());
        let tenants = fleet.known().ready(&now, None)?;
        let place = visible(&means.store.path().display().to_string());
        tracing::info!(tenants = now.tenants.len(), store = %place, "collecting");
        fleet.adopt(&now, tenants, &mut lifecycle);
        sinks.adopt(&now, ready, &mut lifecycle);
        let retention = keep(&means, &view, &now, &mut lifecycle);
        tell(&means, &view, &mut lifecycle);
        warn(&means, &view, &mut lifecycle);
        let look_after = guard(means.store.clone(), lifecycle.stop());
        lifecycle.spawn(look_after);
        Ok(Self { means, lifecycle, fleet, sinks, retention, config, view })
    }

    /// What others may see of it.
    pub fn view(&self) -> View {
        self.view.clone()
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
        let feed = systemd::feed(self.view.clone(), watchdog, self.lifecycle.stop());
        self.lifecycle.spawn(feed);
        let event = self.until_the_end(&(Arc::new(reread) as Reread)).await;
        systemd::stopping();
        self.lifecycle.end(event).await
    }

    async fn until_the_end(&mut self, reread: &Reread) -> LifecycleEvent {
        let mut reading = Reading::default();
        loop {
            tokio::select! {
                event = self.lifecycle.next() => match event {
                    LifecycleEvent::Reload => {
                        systemd::reloading();
                        reading.begin(|| self.known(), reread);
                    }
                    event => return event,
                },
                read = reading.done() => {
                    self.take_over(read);
                    if reading.is_asked_again() {
                        reading.begin(|| self.known(), reread);
                    } else {
                        systemd::ready(self.config.borrow().tenants.len());
                    }
                }
            }
        }
    }

    fn known(&self) -> Known {
        let config = self.config.borrow().clone();
        Known { config, fleet: self.fleet.known(), sinks: self.sinks.known() }
    }

    /// Takes a new configuration over, or says what is wrong with it.
    fn take_over(&mut self, read: Result<Prepared, Vec<String>>) {
        let Prepared { config, sinks, tenants } = match read {
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
        self.fleet.adopt(&config, tenants, &mut self.lifecycle);
        self.sinks.adopt(&config, sinks, &mut self.lifecycle);
        if config.store.retention != self.config.borrow().store.retention {
            self.retention.stop();
            self.retention = keep(&self.means, &self.view, &config, &mut self.lifecycle);
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
fn keep(means: &Means, view: &View, config: &Config, lifecycle: &mut Lifecycle) -> Running {
    let (store, clock) = (means.store.clone(), means.clock.clone());
    let retention = Retention::new(store, clock, config.store.retention);
    let heartbeat = view.watch.heartbeats().of("retention");
    Running::start(lifecycle, |stop| retention.run(stop, heartbeat))
}

/// Starts the stage that makes digests; it follows the configuration that is in force.
fn tell(means: &Means, view: &View, lifecycle: &mut Lifecycle) {
    let digests = Digests::new(means.store.clone(), means.clock.clone(), view.config.clone());
    let (clock, heartbeat) = (means.clock.clone(), view.watch.heartbeats().of("reports"));
    lifecycle.spawn(report(digests, lifecycle.stop(), clock, heartbeat));
}

/// Starts the stage of the rules, which follows the configuration that is in force.
fn warn(means: &Means, view: &View, lifecycle: &mut Lifecycle) {
    let (store, clock) = (means.store.clone(), means.clock.clone());
    let alerts = Alerts::new(store.clone(), clock.clone(), view.config.clone());
    let (board, heartbeat) = (view.board.clone(), view.watch.heartbeats().of("alerts"));
    lifecycle.spawn(alert(alerts, store, lifecycle.stop(), clock, board, heartbeat));
}
