//! The tenants' stages: begun, ended, and exchanged when the configuration changes.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::{DaemonError, Means, View, collect};
use crate::collect::{Collector, Patience};
use crate::config::{Config, Place, Tenant};
use crate::lifecycle::Lifecycle;
use crate::network::{self, Trust};
use crate::store::StoreError;

/// A stage that runs.
pub(super) struct Running {
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Running {
    /// Starts the stage that `task` makes of its token.
    pub(super) fn start<F>(
        lifecycle: &mut Lifecycle,
        task: impl FnOnce(CancellationToken) -> F,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, ended) = (lifecycle.stop().child_token(), CancellationToken::new());
        let (task, guard) = (task(stop.clone()), ended.clone().drop_guard());
        lifecycle.spawn_until(stop.clone(), async move {
            let _guard = guard;
            task.await;
        });
        Self { stop, ended }
    }

    /// Tells it to end, and returns at once.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

/// The stages by the names of their tenants.
pub(super) struct Fleet {
    means: Means,
    view: View,
    running: BTreeMap<String, (Trust, Running)>,
}

/// A stage that can begin, and the certificates that it was made with.
pub(super) type Beginning = (Collector, Trust);

/// What the stages that run were begun with.
pub(super) struct Known {
    means: Means,
    trusts: BTreeMap<String, Trust>,
}

impl Fleet {
    /// None yet.
    pub(super) fn new(means: Means, view: View) -> Self {
        Self { means, view, running: BTreeMap::new() }
    }

    /// What is known of those that run.
    pub(super) fn known(&self) -> Known {
        let trusts = self.running.iter().map(|(name, (trust, _))| (name.clone(), *trust));
        Known { means: self.means.clone(), trusts: trusts.collect() }
    }

    /// Begins the stages that are ready, and ends those of tenants that are gone from `new`. Every
    /// other one goes on undisturbed.
    pub(super) fn adopt(&mut self, new: &Config, ready: Vec<Beginning>, lifecycle: &mut Lifecycle) {
        let is_configured = |name: &str| new.tenants.iter().any(|tenant| tenant.name == name);
        self.running.retain(|name, (_, stage)| {
            let stays = is_configured(name);
            if !stays {
                stage.stop();
                tracing::info!(tenant = %name, "is no longer collected");
            }
            stays
        });
        for (collector, trust) in ready {
            self.begin(collector, trust, lifecycle);
        }
    }

    /// Begins a tenant's stage; one that runs already ends before, and gives the lease back.
    fn begin(&mut self, collector: Collector, trust: Trust, lifecycle: &mut Lifecycle) {
        let name = collector.settings().name.clone();
        let before = self.running.remove(&name).map(|(_, before)| before);
        if let Some(before) = &before {
            before.stop();
            tracing::info!(tenant = %name, "begins anew");
        }
        let (clock, pause) = (self.means.clock.clone(), self.means.pause.clone());
        let (board, heartbeat) = (self.view.board.clone(), self.view.watch.heartbeats().of(&name));
        let stage = Running::start(lifecycle, |stop| async move {
            if let Some(before) = before {
                before.ended().await;
            }
            Box::pin(collect(collector, stop, clock, board, heartbeat, pause)).await;
        });
        self.running.insert(name, (trust, stage));
    }
}

impl Known {
    /// Makes the stages of tenants that are new in `new` or changed since `old`. One that was refused
    /// is tried at once: whoever has the configuration read again may have mended what it names.
    /// Blocks on files and on the store.
    ///
    /// # Errors
    /// If a stage cannot be made.
    pub(super) fn ready(
        &self,
        new: &Config,
        old: Option<&Config>,
    ) -> Result<Vec<Beginning>, DaemonError> {
        let mut ready = Vec::new();
        for tenant in &new.tenants {
            let trust = trust(tenant);
            let goes_on = self.trusts(tenant, trust) && goes_on(tenant, new, old);
            let patience = match goes_on {
                false => Patience::Wait,
                true if self.was_refused(tenant)? => Patience::TryNow,
                true => continue,
            };
            ready.push((self.means.collector(tenant, &new.collect, patience)?, trust));
        }
        Ok(ready)
    }

    /// Whether a tenant's stage, if it has one, was begun with these certificates.
    fn trusts(&self, tenant: &Tenant, trust: Trust) -> bool {
        self.trusts.get(&tenant.name).is_none_or(|trusted| *trusted == trust)
    }

    /// Whether Microsoft refused a tenant's app last.
    fn was_refused(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let store = &self.means.store;
        let key = store.tenant(&tenant.name)?;
        store.read(|snapshot| Ok(snapshot.progress(key)?.retry_at.is_some()))
    }
}

/// A tenant's settings without where they stand in the file, which does not matter.
pub(super) fn bare(tenant: &Tenant) -> Tenant {
    let place = Place::default();
    Tenant { place: place.clone(), credential_place: place, ..tenant.clone() }
}

/// The certificates that a tenant's file holds now.
fn trust(tenant: &Tenant) -> Trust {
    network::trust(tenant.ca_file.as_deref())
}

/// Whether nothing has changed for a tenant.
fn goes_on(tenant: &Tenant, new: &Config, old: Option<&Config>) -> bool {
    old.is_some_and(|old| {
        let before = old.tenants.iter().find(|before| before.name == tenant.name);
        new.collect == old.collect && before.is_some_and(|before| bare(before) == bare(tenant))
    })
}
