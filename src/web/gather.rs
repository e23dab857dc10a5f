//! What a scrape tells, gathered from the store and from memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::clock::Tick;
use crate::collect::CollectTotals;
use crate::config::Config;
use crate::daemon::{DaemonHandle, Deliveries, Health};
use crate::rules::StepCounts;
use crate::store::{Snapshot, Store, StoreError, StoreSize};
use crate::view::coverage::CoverageCache;
use crate::view::status::{self, CollectionStatus, OpenAlerts, SinkStatus};

/// How long what was gathered is told again: a storm of scrapes costs one.
const SNAPSHOT_FRESH: Duration = Duration::from_secs(5);
/// How long the store's size is: counting its clicks takes time.
const SIZE_FRESH: Duration = Duration::from_mins(1);
/// How long a scrape waits for the store.
const GATHER_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that metrics say.
#[derive(Clone, Debug)]
pub(super) struct MetricsSnapshot {
    /// When it was gathered.
    pub now: Tick,
    /// The configured tenants that are in the store.
    pub tenants: Vec<CollectionStatus>,
    pub size: StoreSize,
    pub totals: CollectTotals,
    pub passes: u64,
    pub pings: u64,
    pub stuck: u64,
    pub paused: bool,
    /// Entries of the configuration that can never match.
    pub unmatchable: u64,
    pub budget_free: u64,
    /// The configured sinks.
    pub sinks: Vec<SinkStatus>,
    pub deliveries: Deliveries,
    pub alerts: OpenAlerts,
    pub alerted: StepCounts,
}

/// Gathers, and remembers it for a moment.
pub(super) struct Gatherer {
    handle: DaemonHandle,
    cache: Arc<Mutex<MetricsCache>>,
}

/// What was gathered before.
#[derive(Default)]
struct MetricsCache {
    last: Option<(Instant, Arc<MetricsSnapshot>)>,
    coverages: CoverageCache,
    size: Option<(Instant, StoreSize)>,
}

impl Gatherer {
    pub(super) fn new(handle: DaemonHandle) -> Self {
        Self { handle, cache: Arc::default() }
    }

    /// Whether collection pauses for want of room.
    pub(super) fn is_paused(&self) -> bool {
        self.handle.resources.pause.is_on()
    }

    /// The stages that are stuck.
    pub(super) fn late(&self) -> Vec<String> {
        self.handle.health.late()
    }

    /// The same, and the store's answer.
    pub(super) async fn check(&self, patience: Duration) -> Health {
        self.handle.health.check(patience).await
    }

    /// The names of the sinks that take nothing until somebody acts; none, where the store does not
    /// tell in time.
    pub(super) async fn paused_sinks(&self, patience: Duration) -> Vec<String> {
        let (config, now) =
            (self.handle.config.borrow().clone(), self.handle.resources.clock.now());
        let read = move |store: &Store| store.read(|snapshot| sinks(snapshot, &config, now));
        let read = tokio::time::timeout(patience, self.handle.resources.store.blocking(read)).await;
        let sinks = read.ok().and_then(Result::ok).unwrap_or_default();
        let paused = sinks.into_iter().filter(|sink| sink.queue.paused.is_some());
        paused.map(|sink| sink.name).collect()
    }

    /// What metrics say, or why there are none.
    pub(super) async fn gather(&self) -> Result<Arc<MetricsSnapshot>, String> {
        let gathered = tokio::time::timeout(GATHER_TIMEOUT, self.gather_once()).await;
        gathered.unwrap_or_else(|_| Err("the store does not answer".to_owned()))
    }

    /// Those of a moment ago, or new ones. Who comes meanwhile waits for them: a store that hangs
    /// holds one thread, not one a scrape.
    async fn gather_once(&self) -> Result<Arc<MetricsSnapshot>, String> {
        let mut cache = self.cache.clone().lock_owned().await;
        if let Some((_, metrics)) =
            cache.last.as_ref().filter(|(at, _)| at.elapsed() < SNAPSHOT_FRESH)
        {
            return Ok(metrics.clone());
        }
        let handle = self.handle.clone();
        let read = tokio::task::spawn_blocking(move || cache.gather(&handle)).await;
        let metrics = read.map_err(|_| "gathering failed".to_owned())?;
        metrics.map_err(|error| format!("the store fails: {error}"))
    }
}

impl MetricsCache {
    fn gather(&mut self, handle: &DaemonHandle) -> Result<Arc<MetricsSnapshot>, StoreError> {
        let (config, now) = (handle.config.borrow().clone(), handle.resources.clock.now());
        let (tenants, size, sinks, alerts) = handle.resources.store.read(|snapshot| {
            let mut tenants = status::collections(snapshot, &config, &mut self.coverages, now)?;
            tenants.retain(|collection| collection.tenant.key.is_some());
            let (sinks, alerts) =
                (sinks(snapshot, &config, now)?, OpenAlerts::read(snapshot, now)?);
            Ok((tenants, self.size(snapshot)?, sinks, alerts))
        })?;
        let metrics = Arc::new(MetricsSnapshot {
            now,
            tenants,
            size,
            stuck: handle.health.late().len() as u64,
            paused: handle.resources.pause.is_on(),
            unmatchable: config.unmatchable.len() as u64,
            totals: handle.counters.totals(),
            passes: handle.counters.passes(),
            pings: handle.counters.pings(),
            budget_free: handle.resources.budget.free(),
            sinks,
            deliveries: handle.counters.deliveries(),
            alerts,
            alerted: handle.counters.alerts(),
        });
        self.last = Some((Instant::now(), metrics.clone()));
        Ok(metrics)
    }

    fn size(&mut self, snapshot: &Snapshot<'_>) -> Result<StoreSize, StoreError> {
        if let Some((_, size)) = self.size.filter(|(at, _)| at.elapsed() < SIZE_FRESH) {
            return Ok(size);
        }
        let size = snapshot.size()?;
        self.size = Some((Instant::now(), size));
        Ok(size)
    }
}

fn sinks(
    snapshot: &Snapshot<'_>,
    config: &Config,
    now: Tick,
) -> Result<Vec<SinkStatus>, StoreError> {
    Ok(status::configured_sinks(&config.sinks, &mut snapshot.queues(now)?, now))
}
