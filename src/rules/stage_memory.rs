//! What the stage knows from step to step, and what a step wrote.

use std::collections::BTreeMap;

use super::sites::Sites;
use crate::clock::{SECOND, Tick};
use crate::config::Config;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::{StoreError, TenantKey};

/// How long the stage rests after the store failed.
pub(super) const STORE_REST: i64 = 30 * SECOND;

/// What is known from step to step.
#[derive(Default)]
pub(super) struct StageMemory {
    sites: Option<Sites>,
    /// Tenants whose clicks cannot be read, and until when they are left alone: one holds up no other.
    pub resting: BTreeMap<TenantKey, Tick>,
    /// What the log knows of them.
    log: BTreeMap<TenantKey, LogOnce>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Alerts that opened.
    pub opened: u64,
    /// Messages that were posted, one for each recipient.
    pub posted: u64,
}

impl StageMemory {
    /// Sites by the hosts that are shared now.
    pub(super) fn sites(&mut self, config: &Config) -> &mut Sites {
        let shared = &config.alerts.shared_hosts;
        if self.sites.as_ref().is_some_and(|sites| sites.shared() != shared) {
            self.sites = None;
        }
        self.sites.get_or_insert_with(|| Sites::new(shared.clone()))
    }

    /// Leaves a tenant alone for a while.
    pub(super) fn rest(&mut self, tenant: TenantKey, name: &str, now: Tick, error: &StoreError) {
        let words = format!("its alerts wait for 30 s: {error}");
        let log = self.log.entry(tenant);
        let log = log.or_insert_with(|| LogOnce::of(LogSubject::Tenant(name.to_owned())));
        log.error(&words, &words);
        self.resting.insert(tenant, now.plus(STORE_REST));
    }

    /// A tenant's clicks could be read.
    pub(super) fn went_well(&mut self, tenant: TenantKey) {
        if let Some(mut log) = self.log.remove(&tenant) {
            log.is_over("its alerts go on");
        }
    }
}
