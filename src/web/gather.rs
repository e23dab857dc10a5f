//! What a scrape tells, gathered from the store and from memory. What costs most to gather, the
//! hours of a tenant, is gathered again only after something became of its collection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::alerts::AlertMetrics;
use crate::auth::SignIn;
use crate::clock::{SECOND, Span, Tick, ticks_of};
use crate::collect::{self, CollectTotals};
use crate::config::{Config, Sink, Tenant};
use crate::coverage::{self, Coverage};
use crate::daemon::{DaemonHandle, Deliveries, Health};
use crate::rules::StepCounts;
use crate::store::{Queue, Snapshot, Store, StoreError, StoreSize, TenantKey};
use crate::sync_state::progress::Progress;

/// How long what was gathered is told again: a storm of scrapes costs one.
const SNAPSHOT_FRESH: Duration = Duration::from_secs(5);
/// How long the store's size is: counting its clicks takes time.
const SIZE_FRESH: Duration = Duration::from_mins(1);
/// How long a scrape waits for the store.
const GATHER_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that metrics say.
#[derive(Clone, Debug)]
pub(super) struct MetricsSnapshot {
    pub tenants: Vec<TenantMetrics>,
    pub size: StoreSize,
    pub totals: CollectTotals,
    pub passes: u64,
    pub pings: u64,
    pub stuck: u64,
    pub paused: bool,
    /// Entries of the configuration that can never match.
    pub unmatchable: u64,
    pub budget_free: u64,
    pub sinks: Vec<SinkMetrics>,
    pub deliveries: Deliveries,
    pub alerts: AlertMetrics,
    pub alerted: StepCounts,
}

/// What they say of a tenant.
#[derive(Clone, Debug)]
pub(super) struct TenantMetrics {
    pub name: String,
    pub coverage: Coverage,
    /// Seconds since the end of the last complete pass.
    pub pass_age: Option<i64>,
    pub gate_closed: bool,
    pub refused: bool,
    pub calls_last_minute: u32,
    /// Seconds until its credential ends; negative once it has.
    pub credential_left: Option<i64>,
}

/// What they say of a configured sink.
#[derive(Clone, Debug)]
pub(super) struct SinkMetrics {
    pub name: String,
    pub queue: Queue,
    /// Seconds since the oldest message was written that is not delivered yet.
    pub oldest_age: Option<i64>,
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
    /// A tenant's coverage, and the state of its collection and the hours that it was of.
    coverages: BTreeMap<TenantKey, (Progress, Span, Coverage)>,
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
            let tenants = self.tenants(snapshot, &config, now)?;
            let (sinks, alerts) =
                (sinks(snapshot, &config, now)?, AlertMetrics::read(snapshot, now)?);
            Ok((tenants, self.size(snapshot)?, sinks, alerts))
        })?;
        let metrics = Arc::new(MetricsSnapshot {
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

    fn tenants(
        &mut self,
        snapshot: &Snapshot<'_>,
        config: &Config,
        now: Tick,
    ) -> Result<Vec<TenantMetrics>, StoreError> {
        let known: BTreeMap<_, _> =
            snapshot.tenants()?.into_iter().map(|(key, name)| (name, key)).collect();
        let mut all = Vec::new();
        let mut coverages = BTreeMap::new();
        for tenant in &config.tenants {
            let Some(key) = known.get(&tenant.name).copied() else { continue };
            let progress = snapshot.progress(key)?;
            let lookback = ticks_of(config.collect.lookback);
            let span = collect::horizon(now.plus(progress.skew), lookback);
            let before = self.coverages.remove(&key);
            let same = before.filter(|(then, of, _)| (then, *of) == (&progress, span));
            let coverage = match same {
                Some((_, _, coverage)) => coverage,
                None => coverage::of(snapshot, &[(key, tenant.name.clone())], span)?,
            };
            let state =
                TenantState { key, settings: tenant, progress: &progress, coverage: &coverage };
            all.push(state.metrics(snapshot, now)?);
            coverages.insert(key, (progress, span, coverage));
        }
        self.coverages = coverages;
        Ok(all)
    }
}

fn sinks(
    snapshot: &Snapshot<'_>,
    config: &Config,
    now: Tick,
) -> Result<Vec<SinkMetrics>, StoreError> {
    let mut queues = snapshot.queues(now)?;
    let of_sink = |sink: &Sink| {
        let queue = queues.remove(&sink.name).unwrap_or_default();
        let oldest_age = queue.oldest.map(|oldest| now.since(oldest).max(0) / SECOND);
        SinkMetrics { name: sink.name.clone(), queue, oldest_age }
    };
    Ok(config.sinks.iter().map(of_sink).collect())
}

/// What is known of a tenant.
struct TenantState<'a> {
    key: TenantKey,
    settings: &'a Tenant,
    progress: &'a Progress,
    coverage: &'a Coverage,
}

impl TenantState<'_> {
    fn metrics(&self, snapshot: &Snapshot<'_>, now: Tick) -> Result<TenantMetrics, StoreError> {
        let Self { key, settings, progress, coverage } = *self;
        let theirs = now.plus(progress.skew);
        let expiry = settings.identity.expiry();
        Ok(TenantMetrics {
            name: settings.name.clone(),
            coverage: coverage.clone(),
            pass_age: progress.pass_ended.map(|ended| theirs.since(ended).max(0) / SECOND),
            gate_closed: snapshot.gate(key, now)?.is_some()
                || snapshot.sign_in_gate(&SignIn::of(settings).endpoints(), now)?.is_some(),
            refused: progress.retry_at.is_some(),
            calls_last_minute: snapshot.calls_last_minute(key, now)?,
            credential_left: expiry.map(|expiry| expiry.until.since(now) / SECOND),
        })
    }
}
