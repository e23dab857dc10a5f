//! The tenants' stages: begun, ended, and exchanged when the configuration changes.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::{DaemonError, Means, View, collect};
use crate::collect::{Collector, Patience};
use crate::config::{Config, Place, Tenant};
use crate::lifecycle::Lifecycle;

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
    running: BTreeMap<String, Running>,
}

impl Fleet {
    /// None yet.
    pub(super) fn new(means: Means, view: View) -> Self {
        Self { means, view, running: BTreeMap::new() }
    }

    /// Begins the stages of `new`, and ends those of tenants that are gone or changed since `old`.
    /// Every other one goes on undisturbed, but one that was refused is tried at once: whoever has the
    /// configuration read again may have mended what it names. Blocks on the store.
    ///
    /// # Errors
    /// If a stage cannot be made; then nothing has changed.
    pub(super) fn adopt(
        &mut self,
        new: &Config,
        old: Option<&Config>,
        lifecycle: &mut Lifecycle,
    ) -> Result<(), DaemonError> {
        let (same, changed): (Vec<&Tenant>, Vec<&Tenant>) =
            new.tenants.iter().partition(|tenant| goes_on(tenant, new, old));
        let mut collectors = self.means.collectors(changed, &new.collect, Patience::Wait)?;
        let refused = self.refused(same)?;
        collectors.extend(self.means.collectors(refused, &new.collect, Patience::TryNow)?);
        let is_configured = |name: &str| new.tenants.iter().any(|tenant| tenant.name == name);
        self.running.retain(|name, stage| {
            let stays = is_configured(name);
            if !stays {
                stage.stop();
                tracing::info!(tenant = %name, "is no longer collected");
            }
            stays
        });
        for collector in collectors {
            self.begin(collector, lifecycle);
        }
        Ok(())
    }

    /// Those of `tenants` that Microsoft refused last.
    fn refused<'a>(&self, tenants: Vec<&'a Tenant>) -> Result<Vec<&'a Tenant>, DaemonError> {
        let store = &self.means.store;
        let mut refused = Vec::new();
        for tenant in tenants {
            let key = store.tenant(&tenant.name)?;
            if store.read(|snapshot| Ok(snapshot.progress(key)?.retry_at.is_some()))? {
                refused.push(tenant);
            }
        }
        Ok(refused)
    }

    /// Begins a tenant's stage; one that runs already ends before, and gives the lease back.
    fn begin(&mut self, collector: Collector, lifecycle: &mut Lifecycle) {
        let name = collector.settings().name.clone();
        let before = self.running.remove(&name);
        if let Some(before) = &before {
            before.stop();
            tracing::info!(tenant = %name, "begins anew");
        }
        let (clock, pause) = (self.means.clock.clone(), self.means.pause.clone());
        let (board, pulse) = (self.view.board.clone(), self.view.watch.pulses().of(&name));
        let stage = Running::start(lifecycle, |stop| async move {
            if let Some(before) = before {
                before.ended().await;
            }
            Box::pin(collect(collector, stop, clock, board, pulse, pause)).await;
        });
        self.running.insert(name, stage);
    }
}

/// A tenant's settings without where they stand in the file, which does not matter.
pub(super) fn bare(tenant: &Tenant) -> Tenant {
    let place = Place::default();
    Tenant { place: place.clone(), credential_place: place, ..tenant.clone() }
}

/// Whether nothing has changed for a tenant.
fn goes_on(tenant: &Tenant, new: &Config, old: Option<&Config>) -> bool {
    old.is_some_and(|old| {
        let before = old.tenants.iter().find(|before| before.name == tenant.name);
        new.collect == old.collect && before.is_some_and(|before| bare(before) == bare(tenant))
    })
}
