//! What all stages share, and the collectors that are made of it.

use std::sync::Arc;
use std::time::Duration;

use super::disk_pause::DiskPause;
use super::error::DaemonError;
use crate::auth::SharedAuth;
use crate::clock::Clock;
use crate::collect::{CollectSettings, Collector, Start};
use crate::config::{Collect, Tenant};
use crate::source::{Hunting, ReplyBudget};
use crate::store::{Store, StoredGates};

/// Bytes that the replies in flight of all tenants may take together.
pub const REPLY_BUDGET: u64 = 96 << 20;
/// The first pause after a failure that a retry may mend.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// What all stages share.
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

    /// A collector for one tenant.
    pub(super) fn collector(
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
