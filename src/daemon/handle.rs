//! What others may see of a running daemon.

use std::sync::Arc;

use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

use super::counters::Counters;
use super::health::HealthCheck;
use super::resources::Resources;
use super::stage_handle::StageContext;
use crate::config::Config;

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
    pub(super) fn stage_context(&self, name: &str, stop: CancellationToken) -> StageContext {
        StageContext {
            stop,
            clock: self.resources.clock.clone(),
            counters: self.counters.clone(),
            heartbeat: self.health.heartbeats().of(name),
        }
    }
}
