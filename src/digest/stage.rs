//! The stage that makes digests: look what is due, make it, write it down with its messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::due::{DigestDecision, DigestWindow, ReportStatus, decide};
use super::figures::DigestPlan;
use super::{deliveries, draft};
use crate::clock::{Clock, DAY, Jumps, MINUTE, SECOND, Tick};
use crate::config::{Config, Report};
use crate::stage::Step;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::{NamedTenant, NewMessage, Priority, ReportCursor, Snapshot, Store, StoreError};
use crate::sync_state::progress::Progress;

/// The longest rest: what is due is looked up anew, should somebody set the clock.
const LONGEST_REST: i64 = MINUTE;
/// How long a report rests after the store failed.
const STORE_REST: i64 = 30 * SECOND;

/// The stage, for all reports. It follows the configuration that is in force.
pub struct Digests {
    store: Store,
    clock: Clock,
    config: watch::Receiver<Arc<Config>>,
    /// Since when the program runs by this clock.
    running_since: Tick,
    jumps: Jumps,
    /// When old digests are forgotten next.
    forget_at: Tick,
    /// What the log knows of failures of the store, by report.
    log: BTreeMap<String, LogOnce>,
}

impl Digests {
    /// The stage of the reports of `config`.
    pub fn new(store: Store, clock: Clock, config: watch::Receiver<Arc<Config>>) -> Self {
        let (running_since, jumps) = (clock.now(), Jumps::of(&clock));
        let (forget_at, log) = (running_since, BTreeMap::new());
        Self { store, clock, config, running_since, jumps, forget_at, log }
    }

    /// Makes the digest of the first report that is due.
    pub async fn step(&mut self) -> Step {
        let now = self.clock.now();
        if self.jumps.last().is_some() {
            // Collection learns the source's time first.
            self.running_since = now;
        }
        let config = self.config.borrow().clone();
        let mut until = now.plus(LONGEST_REST);
        for place in 0..config.reports.len() {
            let stepped = self.step_report(Arc::clone(&config), place, now).await;
            self.log_outcome(config.reports.get(place), stepped.as_ref().err());
            match stepped {
                Ok(Step::Worked) => return Step::Worked,
                Ok(Step::Idle { until: this }) => until = until.min(this),
                Err(_) => until = until.min(now.plus(STORE_REST)),
            }
        }
        self.forget(&config, now).await;
        Step::Idle { until: until.max(now.plus(SECOND)) }
    }

    /// Tells the log how a report's step ended.
    fn log_outcome(&mut self, report: Option<&Report>, failed: Option<&StoreError>) {
        let Some(name) = report.map(|report| &report.name) else { return };
        match failed {
            Some(error) => {
                let words = format!("its digest waits for 30 s: {error}");
                let log = self.log.entry(name.clone());
                let log = log.or_insert_with(|| LogOnce::of(LogSubject::Report(name.clone())));
                log.error(&words, &words);
            }
            None => {
                if let Some(mut log) = self.log.remove(name) {
                    log.is_over("its digest goes on: the store works again");
                }
            }
        }
    }

    async fn step_report(
        &self,
        config: Arc<Config>,
        place: usize,
        now: Tick,
    ) -> Result<Step, StoreError> {
        let running_since = self.running_since;
        self.store
            .blocking(move |store| {
                let report = config.reports.get(place);
                report.map_or(Ok(Step::Idle { until: now.plus(LONGEST_REST) }), |report| {
                    step_report(store, &config, report, now, running_since)
                })
            })
            .await
    }

    /// Forgets old digests, once a day.
    async fn forget(&mut self, config: &Config, now: Tick) {
        if now < self.forget_at && self.forget_at <= now.plus(DAY) {
            return;
        }
        self.forget_at = now.plus(DAY);
        let reports: Vec<String> =
            config.reports.iter().map(|report| report.name.clone()).collect();
        let forget = move |store: &Store| store.forget_digests(&reports, now);
        if let Err(error) = self.store.blocking(forget).await {
            tracing::error!("old digests stay for another day: {error}");
        }
    }
}

/// One report's step.
fn step_report(
    store: &Store,
    config: &Config,
    report: &Report,
    now: Tick,
    running_since: Tick,
) -> Result<Step, StoreError> {
    let stored = store.read(|snapshot| read_status(snapshot, report))?;
    let status = ReportStatus {
        now: now.plus(stored.skew),
        running_since: running_since.plus(stored.skew),
        cursor: stored.cursor.as_ref(),
        passes: &stored.passes,
    };
    match decide(report, &status) {
        DigestDecision::Wait { until } => Ok(Step::Idle { until: until.plus(-stored.skew) }),
        DigestDecision::Follow(cursor) => {
            store.set_report_cursor(&report.name, &cursor)?;
            Ok(Step::Worked)
        }
        DigestDecision::Make(window) => {
            make(store, config, report, &window, now)?;
            Ok(Step::Worked)
        }
    }
}

/// Makes a digest, and writes it down with its messages.
fn make(
    store: &Store,
    config: &Config,
    report: &Report,
    window: &DigestWindow,
    now: Tick,
) -> Result<(), StoreError> {
    let plan = DigestPlan { report, exclusions: &config.exclusions, window };
    let draft = store.read(|snapshot| draft(snapshot, &plan))?;
    let deliveries = deliveries(&config.sinks, report, window.scheduled);
    let message =
        NewMessage { content: &draft.content, deliveries: &deliveries, priority: Priority::Digest };
    let (name, scheduled, messages) = (&report.name, window.scheduled, deliveries.len());
    if store.commit_digest(&draft.record(&plan), &message, now)? {
        tracing::info!(report = %name, %scheduled, messages, "digest posted");
    } else {
        tracing::debug!(report = %name, %scheduled, "this digest was posted before");
    }
    Ok(())
}

/// What the store knows of a report.
struct StoredStatus {
    cursor: Option<ReportCursor>,
    passes: Vec<(String, Option<Tick>)>,
    /// The source's clock minus ours.
    skew: i64,
}

fn read_status(snapshot: &Snapshot<'_>, report: &Report) -> Result<StoredStatus, StoreError> {
    let mut all = Vec::new();
    for NamedTenant { name, key } in
        snapshot.find_tenants(report.tenants.iter().map(String::as_str))?
    {
        let progress = key.map(|key| snapshot.progress(key)).transpose()?.unwrap_or_default();
        all.push((name, progress));
    }
    let skew = skew(all.iter().map(|(_, progress)| progress));
    let passes = all.into_iter().map(|(name, progress)| (name, progress.whole_pass_began));
    let cursor = snapshot.report_cursor(&report.name)?;
    Ok(StoredStatus { cursor, passes: passes.collect(), skew })
}

/// How far the source's clock is ahead of ours: as the tenant saw it that was collected last.
fn skew<'a>(all: impl Iterator<Item = &'a Progress>) -> i64 {
    all.max_by_key(|progress| progress.pass_began).map_or(0, |progress| progress.skew)
}

/// The time by the source's clock, as far as a report's tenants know it: clicks carry it.
pub fn source_time(
    snapshot: &Snapshot<'_>,
    report: &Report,
    now: Tick,
) -> Result<Tick, StoreError> {
    Ok(now.plus(read_status(snapshot, report)?.skew))
}
