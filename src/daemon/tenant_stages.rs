//! The tenants' stages: begun, ended, and exchanged when the configuration changes.

use std::collections::BTreeMap;

use super::collecting::collect;
use super::error::DaemonError;
use super::handle::DaemonHandle;
use super::resources::Resources;
use super::stage_handle::StageHandle;
use crate::collect::{Collector, Start};
use crate::config::{Config, SectionLocation, Tenant};
use crate::network::{self, Trust};
use crate::process::lifecycle::Lifecycle;
use crate::store::StoreError;

/// The stages by the names of their tenants.
pub(super) struct TenantStages {
    handle: DaemonHandle,
    running: BTreeMap<String, (Trust, StageHandle)>,
}

/// A stage that can begin, and the certificates that it was made with.
pub(super) type NewTenantStage = (Collector, Trust);

/// What the stages that run were begun with.
pub(super) struct RunningTenants {
    resources: Resources,
    trusts: BTreeMap<String, Trust>,
}

impl TenantStages {
    /// None yet.
    pub(super) fn new(handle: DaemonHandle) -> Self {
        Self { handle, running: BTreeMap::new() }
    }

    /// What is known of those that run.
    pub(super) fn running(&self) -> RunningTenants {
        let trusts = self.running.iter().map(|(name, (trust, _))| (name.clone(), *trust));
        RunningTenants { resources: self.handle.resources.clone(), trusts: trusts.collect() }
    }

    /// Begins the stages that are ready, and ends those of tenants that are gone from `new`. Every
    /// other one goes on undisturbed.
    pub(super) fn adopt(
        &mut self,
        new: &Config,
        ready: Vec<NewTenantStage>,
        lifecycle: &mut Lifecycle,
    ) {
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
        let (pause, handle) = (self.handle.resources.pause.clone(), &self.handle);
        let stage = StageHandle::start(lifecycle, |stop| {
            let context = handle.stage_context(&name, stop);
            async move {
                if let Some(before) = before {
                    before.ended().await;
                }
                Box::pin(collect(collector, pause, context)).await;
            }
        });
        self.running.insert(name, (trust, stage));
    }
}

impl RunningTenants {
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
    ) -> Result<Vec<NewTenantStage>, DaemonError> {
        let mut ready = Vec::new();
        for tenant in &new.tenants {
            let trust = trust(tenant);
            let goes_on = self.trusts(tenant, trust) && goes_on(tenant, new, old);
            let start = match goes_on {
                false => Start::WhenDue,
                true if self.was_refused(tenant)? => Start::Now,
                true => continue,
            };
            ready.push((self.resources.collector(tenant, &new.collect, start)?, trust));
        }
        Ok(ready)
    }

    /// Whether a tenant's stage, if it has one, was begun with these certificates.
    fn trusts(&self, tenant: &Tenant, trust: Trust) -> bool {
        self.trusts.get(&tenant.name).is_none_or(|trusted| *trusted == trust)
    }

    /// Whether Microsoft refused a tenant's app last.
    fn was_refused(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let store = &self.resources.store;
        let key = store.tenant(&tenant.name)?;
        store.read(|snapshot| Ok(snapshot.progress(key)?.retry_at.is_some()))
    }
}

/// A tenant's settings without where they stand in the file, which does not matter.
pub(super) fn bare(tenant: &Tenant) -> Tenant {
    let location = SectionLocation::default();
    Tenant { location: location.clone(), credential_location: location, ..tenant.clone() }
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
