//! A new configuration, read and made ready beside the daemon: whatever a file does, signals are heard
//! meanwhile.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::error::DaemonError;
use super::sink_stages::{NewSinkStage, RunningSinks};
use super::tenant_stages::{NewTenantStage, RunningTenants};
use crate::config::{Config, Problem};

/// Reads the configuration again.
pub(super) type ConfigLoader = Arc<dyn Fn() -> Result<Config, Vec<Problem>> + Send + Sync>;

/// A configuration with the stages that it changes, none of which runs yet.
pub(super) struct PreparedConfig {
    pub(super) config: Config,
    pub(super) sinks: Vec<NewSinkStage>,
    pub(super) tenants: Vec<NewTenantStage>,
}

/// What is known of the stages that run, to tell which of them a new configuration changes.
pub(super) struct RunningConfig {
    pub(super) config: Arc<Config>,
    pub(super) tenants: RunningTenants,
    pub(super) sinks: RunningSinks,
}

impl RunningConfig {
    /// Reads and makes ready: blocks on files and on the store.
    ///
    /// # Errors
    /// Everything that is wrong, a line each.
    pub(super) fn prepare(&self, load: &ConfigLoader) -> Result<PreparedConfig, Vec<String>> {
        let read = load();
        let mut config =
            read.map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        keep_what_needs_a_restart(&self.config, &mut config);
        let lines =
            |error: DaemonError| error.to_string().lines().map(str::to_owned).collect::<Vec<_>>();
        let sinks = self.sinks.ready(&config).map_err(lines)?;
        let tenants = self.tenants.ready(&config, Some(&self.config)).map_err(lines)?;
        Ok(PreparedConfig { config, sinks, tenants })
    }
}

/// A reading under way, at most one.
#[derive(Default)]
pub(super) struct ConfigReload {
    under_way: Option<JoinHandle<Result<PreparedConfig, Vec<String>>>>,
    /// Asked for while one was under way, which may not have seen what is new.
    again: bool,
}

impl ConfigReload {
    /// Begins to read, or has it read again once that which is under way has ended.
    pub(super) fn begin(&mut self, running: impl FnOnce() -> RunningConfig, load: &ConfigLoader) {
        if self.under_way.is_some() {
            self.again = true;
            return;
        }
        let (running, load) = (running(), load.clone());
        self.under_way = Some(tokio::task::spawn_blocking(move || running.prepare(&load)));
    }

    /// Waits for what is under way; for ever, where nothing is. May be dropped and asked again.
    pub(super) async fn done(&mut self) -> Result<PreparedConfig, Vec<String>> {
        let Some(under_way) = &mut self.under_way else { return std::future::pending().await };
        let read = under_way.await;
        self.under_way = None;
        read.unwrap_or_else(|error| Err(vec![error.to_string()]))
    }

    /// Whether it was asked for once more meanwhile.
    pub(super) fn is_asked_again(&mut self) -> bool {
        std::mem::take(&mut self.again)
    }
}

/// Settings that a running daemon cannot change stay as they are.
fn keep_what_needs_a_restart(old: &Config, new: &mut Config) {
    if new.store.path != old.store.path {
        new.store.path.clone_from(&old.store.path);
        tracing::warn!("store.path: the new path is used after a restart");
    }
    if new.web.listen != old.web.listen {
        new.web.listen = old.web.listen;
        tracing::warn!("web.listen: the new address is used after a restart");
    }
}
