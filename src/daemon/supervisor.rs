//! The daemon itself: starts its stages, and takes a new configuration over while they run.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch as channel;

use super::alerting::alert;
use super::counters::Counters;
use super::error::DaemonError;
use super::guarding::guard;
use super::handle::DaemonHandle;
use super::health::HealthCheck;
use super::reloading::{ConfigLoader, ConfigReload, PreparedConfig, RunningConfig};
use super::reporting::report;
use super::resources::Resources;
use super::sink_stages::SinkStages;
use super::stage_handle::StageHandle;
use super::systemd;
use super::tenant_stages::TenantStages;
use crate::config::{Config, Problem, Unheard};
use crate::digest::Digests;
use crate::process::lifecycle::{Lifecycle, LifecycleEvent, ShutdownOutcome};
use crate::retention::Retention;
use crate::rules::Alerts;
use crate::text::escape::visible;

/// The running daemon.
pub struct Daemon {
    lifecycle: Lifecycle,
    tenant_stages: TenantStages,
    sinks: SinkStages,
    retention: StageHandle,
    config: channel::Sender<Arc<Config>>,
    handle: DaemonHandle,
}

impl Daemon {
    /// Starts a stage for each tenant and each sink, and one for retention.
    pub fn start(
        config: Config,
        resources: Resources,
        mut lifecycle: Lifecycle,
    ) -> Result<Self, DaemonError> {
        warn_of_unmatchable(&config);
        warn_of_unheard(&config);
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
        let place = visible(&handle.resources.store.file().path().display().to_string());
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
    /// again with `load`, beside everything else.
    pub async fn run(
        mut self,
        watchdog: Option<Duration>,
        load: impl Fn() -> Result<Config, Vec<Problem>> + Send + Sync + 'static,
    ) -> ShutdownOutcome {
        systemd::ready(self.config.borrow().tenants.len());
        let feed = systemd::feed(self.handle.clone(), watchdog, self.lifecycle.stop());
        self.lifecycle.spawn(feed);
        let event = self.until_the_end(&(Arc::new(load) as ConfigLoader)).await;
        systemd::stopping();
        self.lifecycle.end(event).await
    }

    async fn until_the_end(&mut self, load: &ConfigLoader) -> LifecycleEvent {
        let mut reload = ConfigReload::default();
        loop {
            tokio::select! {
                event = self.lifecycle.next() => match event {
                    LifecycleEvent::Reload => {
                        systemd::reloading();
                        reload.begin(|| self.running(), load);
                    }
                    event => return event,
                },
                read = reload.done() => {
                    self.take_over(read);
                    if reload.is_asked_again() {
                        reload.begin(|| self.running(), load);
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
        warn_of_unheard(&config);
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

/// Names the rules that notify nobody.
fn warn_of_unheard(config: &Config) {
    let Unheard { everywhere, in_part } = config.unheard();
    if !everywhere.is_empty() {
        let rules = everywhere.join(", ");
        tracing::warn!(%rules, "these rules notify nobody: name a sink in [alerts] or in the rules");
    }
    for (rule, tenants) in in_part {
        let tenants = tenants.join(", ");
        tracing::warn!(%rule, %tenants, "this rule notifies nobody about some tenants");
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
