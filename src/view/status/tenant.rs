//! What is known of one tenant, and what somebody must do about it.

use super::alarms::{self, DiskRoom};
use super::collection::{CollectionStatus, collections};
use super::expiry;
use crate::clock::{Span, Tick};
use crate::collect::{CollectLimits, Pass, Remaining};
use crate::config::Config;
use crate::store::{Owner, Snapshot, StoreError};
use crate::view::coverage::CoverageCache;

/// One tenant's status.
pub struct TenantStatus {
    /// How its collection stands.
    pub collection: CollectionStatus,
    /// Who collects it now.
    pub holder: Option<Owner>,
    /// What is left to fetch.
    pub remaining: Remaining,
    /// What somebody must act on, in sentences.
    pub alarms: Vec<String>,
}

/// Every configured tenant, the worst first.
pub(super) fn all(
    snapshot: &Snapshot<'_>,
    config: &Config,
    room: DiskRoom,
    now: Tick,
) -> Result<Vec<TenantStatus>, StoreError> {
    let limits = CollectLimits::from(&config.collect);
    let collections = collections(snapshot, config, &mut CoverageCache::default(), now)?;
    let read = |collection| TenantStatus::read(snapshot, collection, (limits, room), now);
    let mut all: Vec<_> = collections.into_iter().map(read).collect::<Result<_, _>>()?;
    all.sort_by(|a, b| b.badness().cmp(&a.badness()).then_with(|| a.name().cmp(b.name())));
    Ok(all)
}

impl TenantStatus {
    fn read(
        snapshot: &Snapshot<'_>,
        collection: CollectionStatus,
        (limits, room): (CollectLimits, DiskRoom),
        now: Tick,
    ) -> Result<Self, StoreError> {
        let (key, progress) = (collection.tenant.key, &collection.progress);
        let to_now = Span::new(collection.span.from, now.plus(progress.skew));
        let hours = key.map(|key| snapshot.hours(key, to_now)).transpose()?.unwrap_or_default();
        let holder = key.map(|key| snapshot.lease_holder(key, now)).transpose()?.flatten();
        let holder = holder.map(|(owner, _)| owner);
        let evidence = alarms::Evidence {
            collection: &collection,
            hours: &hours,
            holder: holder.as_ref(),
            interval: limits.interval,
            room,
        };
        let mut alarms = evidence.alarms(now.plus(progress.skew));
        alarms.extend(expiry::warning(collection.expiry, now));
        let remaining = Pass::new(progress.clone(), hours, limits).remaining();
        Ok(Self { collection, holder, remaining, alarms })
    }

    /// What the configuration calls it.
    pub fn name(&self) -> &str {
        &self.collection.tenant.name
    }

    /// Whether there is nothing to tell but that.
    pub fn is_in_order(&self) -> bool {
        self.badness() == (0, false, false, 0)
    }

    /// Larger for a tenant that should be looked at first.
    fn badness(&self) -> (usize, bool, bool, u64) {
        let CollectionStatus { coverage, progress, gate, .. } = &self.collection;
        let lacks = coverage.missing() + coverage.disputed;
        (self.alarms.len(), progress.last_error.is_some(), gate.is_some(), lacks)
    }
}
