//! What a scrape tells, gathered from the store and from memory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::clock::{SECOND, Tick, ticks_of};
use crate::collect::{self, Totals};
use crate::config::{Config, Tenant};
use crate::coverage::{self, Coverage};
use crate::daemon::{Look, View};
use crate::store::{Snapshot, StoreError, StoreSize, TenantKey};

/// How long what was gathered is told again: a storm of scrapes costs one.
const FRESH: Duration = Duration::from_secs(5);
/// How long a scrape waits for the store.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that metrics say.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub tenants: Vec<OfTenant>,
    pub size: StoreSize,
    pub totals: Totals,
    pub passes: u64,
    pub pings: u64,
    pub stuck: u64,
    pub paused: bool,
    pub budget_free: u64,
}

/// What they say of a tenant.
#[derive(Clone, Debug)]
pub(super) struct OfTenant {
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

/// Gathers, and remembers it for a moment.
pub(super) struct Gatherer {
    view: View,
    last: Mutex<Option<(Instant, Arc<Facts>)>>,
}

impl Gatherer {
    pub(super) fn new(view: View) -> Self {
        Self { view, last: Mutex::default() }
    }

    /// Whether collection pauses for want of room.
    pub(super) fn is_paused(&self) -> bool {
        self.view.means.pause.is_on()
    }

    /// The stages that are stuck.
    pub(super) fn late(&self) -> Vec<String> {
        self.view.watch.pulses().late()
    }

    /// The same, and the store's answer.
    pub(super) async fn look(&self, patience: Duration) -> Look {
        self.view.watch.look(patience).await
    }

    /// The facts, or why there are none.
    pub(super) async fn gather(&self) -> Result<Arc<Facts>, String> {
        let gathered = tokio::time::timeout(PATIENCE, self.gather_once()).await;
        gathered.unwrap_or_else(|_| Err("the store does not answer".to_owned()))
    }

    /// Those of a moment ago, or new ones. Who comes meanwhile waits for them.
    async fn gather_once(&self) -> Result<Arc<Facts>, String> {
        let mut last = self.last.lock().await;
        if let Some((_, facts)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(facts.clone());
        }
        let (view, stuck) = (self.view.clone(), self.late().len() as u64);
        let read = tokio::task::spawn_blocking(move || read(&view, stuck)).await;
        let facts = read.map_err(|_| "gathering failed".to_owned())?;
        let facts = Arc::new(facts.map_err(|error| format!("the store fails: {error}"))?);
        *last = Some((Instant::now(), facts.clone()));
        Ok(facts)
    }
}

fn read(view: &View, stuck: u64) -> Result<Facts, StoreError> {
    let (config, now) = (view.config.borrow().clone(), view.means.clock.now());
    let (tenants, size) = view.means.store.read(|snapshot| {
        let known = snapshot.tenants()?;
        let key = |name: &str| known.iter().find(|(_, known)| known == name).map(|(key, _)| *key);
        let mut all = Vec::new();
        for tenant in &config.tenants {
            if let Some(key) = key(&tenant.name) {
                all.push(of_tenant(snapshot, &config, key, tenant, now)?);
            }
        }
        Ok((all, snapshot.size()?))
    })?;
    Ok(Facts {
        tenants,
        size,
        stuck,
        paused: view.means.pause.is_on(),
        totals: view.board.totals(),
        passes: view.board.passes(),
        pings: view.board.pings(),
        budget_free: view.means.budget.free(),
    })
}

fn of_tenant(
    snapshot: &Snapshot<'_>,
    config: &Config,
    key: TenantKey,
    tenant: &Tenant,
    now: Tick,
) -> Result<OfTenant, StoreError> {
    let progress = snapshot.progress(key)?;
    let theirs = now.plus(progress.skew);
    let span = collect::horizon(theirs, ticks_of(config.collect.lookback));
    Ok(OfTenant {
        name: tenant.name.clone(),
        coverage: coverage::of(snapshot, &[(key, tenant.name.clone())], span)?,
        pass_age: progress.pass_ended.map(|ended| theirs.since(ended).max(0) / SECOND),
        gate_closed: snapshot.gate(key, now)?.is_some(),
        refused: progress.retry_at.is_some(),
        calls_last_minute: snapshot.calls_last_minute(key, now)?,
        credential_left: tenant.identity.expiry().map(|expiry| expiry.until.since(now) / SECOND),
    })
}
