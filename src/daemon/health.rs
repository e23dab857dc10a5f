//! Whether the daemon makes progress: every stage was heard of in time, and the store answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::stage::heartbeat::Heartbeats;
use crate::store::{Store, StoreError};

/// A question to the store.
type PendingPing = JoinHandle<Result<(), StoreError>>;

/// Looks after the stages and the store. Clones share what they know.
#[derive(Clone)]
pub struct HealthCheck {
    store: Store,
    heartbeats: Heartbeats,
    /// The question that the store has not answered yet: one that hangs is not asked twice, so
    /// that looking takes one thread at most.
    pending: Arc<Mutex<Option<PendingPing>>>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Stages that should have been heard of.
    pub late: Vec<String>,
    /// What the store says.
    pub store: StoreHealth,
}

/// What the store says when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// It can be read, and its writer is not stuck.
    Good,
    /// It fails; a restart would not mend that.
    Failed(String),
    /// Another process keeps it busy: no fault of ours, and no restart would mend that.
    Busy,
    /// Nothing.
    Silent,
}

impl HealthCheck {
    /// Nobody is looked after yet: see [`HealthCheck::heartbeats`].
    pub fn new(store: Store) -> Self {
        Self { store, heartbeats: Heartbeats::default(), pending: Arc::default() }
    }

    /// The heartbeats of the stages that are looked after.
    pub const fn heartbeats(&self) -> &Heartbeats {
        &self.heartbeats
    }

    /// Looks, and waits for the store's answer for as long as `timeout`.
    pub async fn check(&self, timeout: Duration) -> Health {
        let store = tokio::time::timeout(timeout, self.ask()).await;
        Health { store: store.unwrap_or_else(|_| self.unanswered()), late: self.late() }
    }

    /// The stages that should have been heard of by now; none while another process keeps the store
    /// busy, for which they may all wait, one behind the other.
    pub fn late(&self) -> Vec<String> {
        if self.store.waits_for_another_process() { Vec::new() } else { self.heartbeats.late() }
    }

    fn unanswered(&self) -> StoreHealth {
        let is_busy = self.store.waits_for_another_process();
        if is_busy { StoreHealth::Busy } else { StoreHealth::Silent }
    }

    async fn ask(&self) -> StoreHealth {
        let mut pending = self.pending.lock().await;
        let store = self.store.clone();
        let ask = || tokio::task::spawn_blocking(move || store.ping());
        let answer = pending.get_or_insert_with(ask).await;
        *pending = None;
        match answer {
            Ok(Ok(())) => StoreHealth::Good,
            Ok(Err(error)) => StoreHealth::Failed(error.to_string()),
            Err(error) => StoreHealth::Failed(error.to_string()),
        }
    }
}

impl Health {
    /// Whether nothing is stuck.
    pub fn is_alive(&self) -> bool {
        self.late.is_empty() && self.store != StoreHealth::Silent
    }

    /// Whether nothing is stuck, and the store is good.
    pub fn is_ready(&self) -> bool {
        self.late.is_empty() && self.store == StoreHealth::Good
    }

    /// What is wrong, a sentence each.
    pub fn faults(&self) -> Vec<String> {
        let late = self.late.iter().map(|stage| format!("stage {stage} is stuck"));
        let store = match &self.store {
            StoreHealth::Good => None,
            StoreHealth::Failed(why) => Some(format!("store fails: {why}")),
            StoreHealth::Busy => Some("store is kept busy by another process".to_owned()),
            StoreHealth::Silent => Some("store does not answer".to_owned()),
        };
        late.chain(store).collect()
    }
}
