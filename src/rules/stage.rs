//! The stage: judges what is new, closes what is old, and posts what sinks are owed; one transaction a
//! step.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::judge::{Court, judge};
use super::message;
use super::reader::Reader;
use super::sites::Sites;
use super::tell::{Desk, Due, silences};
use crate::clock::{Clock, DAY, Jumps, MINUTE, SECOND, Tick};
use crate::config::{Config, Rule, Switch};
use crate::progress::Progress;
use crate::store::{
    CaseChange, Post, Priority, Snapshot, Store, StoreError, Telling, TenantKey,
};

/// How long news waits for the end of the pass that brings it, so that a pass makes one message.
const PATIENCE: i64 = MINUTE;
/// A case without clicks for so long is closed.
const EXPIRES: i64 = 30 * DAY;
/// The longest rest: the command line closes cases and begins silences, too.
const REST: i64 = 5 * SECOND;
/// How long the stage rests after the store failed.
const STORE_REST: i64 = 30 * SECOND;

/// The stage, for all rules and tenants. It follows the configuration that is in force.
pub struct Alerts {
    store: Store,
    clock: Clock,
    config: watch::Receiver<Arc<Config>>,
    sites: Arc<Mutex<Option<Sites>>>,
    jumps: Jumps,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something was written: step again at once.
    Worked(Done),
    /// Nothing is due before this time.
    Idle {
        /// When to ask again.
        until: Tick,
    },
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Cases that opened.
    pub opened: u64,
    /// Messages that were posted, one for each recipient.
    pub posted: u64,
}

impl Alerts {
    /// The stage of the rules of `config`.
    pub fn new(store: Store, clock: Clock, config: watch::Receiver<Arc<Config>>) -> Self {
        let jumps = Jumps::of(&clock);
        Self { store, clock, config, sites: Arc::default(), jumps }
    }

    /// Does the first thing that is to be done.
    pub async fn step(&mut self) -> Step {
        let now = self.clock.now();
        let jumped = self.jumps.last().is_some();
        let (config, sites) = (self.config.borrow().clone(), Arc::clone(&self.sites));
        let work = move |store: &Store| {
            if jumped {
                store.alerts_follow_clock(now)?;
            }
            expire_old(store, now)?;
            let mut sites = sites.lock().unwrap_or_else(PoisonError::into_inner);
            let sites = fresh(&mut sites, &config);
            Turn { store, config: &config, now }.take(sites)
        };
        match self.store.aside(work).await {
            Ok(step) => step,
            Err(error) => {
                tracing::error!("alerts wait for 30 s: {error}");
                Step::Idle { until: now.plus(STORE_REST) }
            }
        }
    }
}

/// Sites by the hosts that are shared now.
fn fresh<'a>(sites: &'a mut Option<Sites>, config: &Config) -> &'a mut Sites {
    let shared = &config.alerts.shared_hosts;
    if sites.as_ref().is_some_and(|sites| sites.shared() != shared) {
        *sites = None;
    }
    sites.get_or_insert_with(|| Sites::new(shared.clone()))
}

fn expire_old(store: &Store, now: Tick) -> Result<(), StoreError> {
    let last = now.plus(-EXPIRES);
    if store.read(|snapshot| snapshot.any_case_without_clicks_since(last))? {
        let expired = store.expire_cases(last, now)?;
        tracing::info!(expired, "alerts without clicks for 30 days are closed");
    }
    Ok(())
}

/// One step.
struct Turn<'a> {
    store: &'a Store,
    config: &'a Config,
    now: Tick,
}

/// A tenant with news, and how its collection stands.
struct Waiting {
    tenant: TenantKey,
    name: String,
    /// When the oldest of the news was written.
    since: Tick,
    progress: Progress,
}

impl Turn<'_> {
    fn take(&self, sites: &mut Sites) -> Result<Step, StoreError> {
        let tenants = self.store.read(|snapshot| tenants(snapshot, self.config))?;
        let mut until = self.now.plus(REST);
        for waiting in self.store.read(|snapshot| waiting(snapshot, &tenants))? {
            match ready_at(&waiting, self.now) {
                at if at <= self.now => return Ok(Step::Worked(self.judge(&waiting, sites)?)),
                at => until = until.min(at),
            }
        }
        if self.break_silences(&tenants)? {
            return Ok(Step::Worked(Done::default()));
        }
        if let Some(done) = self.tell(&tenants, sites, &mut until)? {
            return Ok(Step::Worked(done));
        }
        Ok(Step::Idle { until: until.max(self.now.plus(SECOND / 10)) })
    }

    /// Looks at a tenant's news. What somebody else changed in the meantime is looked at again.
    fn judge(&self, waiting: &Waiting, sites: &mut Sites) -> Result<Done, StoreError> {
        let Waiting { tenant, name, progress, .. } = waiting;
        let in_force = |rule: &&Rule| rule.switch == Switch::On && rule.tenants.contains(name);
        let court = Court {
            tenant: name,
            rules: self.config.rules.iter().filter(in_force).collect(),
            sinks: &self.config.sinks,
            now: self.now,
            source_now: self.now.plus(progress.skew),
        };
        let (news, changes) = self.store.read(|snapshot| {
            let (news, whose) = (snapshot.news(*tenant)?, (*tenant, name.as_str()));
            let mut reader = Reader::new(snapshot, whose, &self.config.exclusions, sites)?;
            let changes = judge(&mut reader, &court, &news.touches)?;
            Ok((news, changes))
        })?;
        if self.store.commit_cases(*tenant, &news, &changes, self.now)? {
            let opened = log(name, &changes);
            return Ok(Done { opened, posted: 0 });
        }
        Ok(Done::default())
    }

    /// Whether a silence ended that kept something back.
    fn break_silences(&self, tenants: &BTreeMap<TenantKey, String>) -> Result<bool, StoreError> {
        let (all, open) = self.store.read(|snapshot| {
            Ok((snapshot.silences()?, snapshot.open_cases()?))
        })?;
        let mut any = false;
        for silence in all.iter().filter(|silence| !silence.lasts(self.now)) {
            let is_of_it = |case: &&crate::store::Case| {
                let name = tenants.get(&case.tenant).map_or("", String::as_str);
                silences(std::slice::from_ref(silence), name, case).next().is_some()
            };
            let cases: Vec<i64> = open.iter().filter(is_of_it).map(|case| case.id).collect();
            self.store.break_silence(silence.id, &cases)?;
            any = true;
        }
        Ok(any)
    }

    /// Posts the first message that is due.
    fn tell(
        &self,
        tenants: &BTreeMap<TenantKey, String>,
        sites: &mut Sites,
        until: &mut Tick,
    ) -> Result<Option<Done>, StoreError> {
        let (owed, flows, silences) = self.store.read(|snapshot| {
            Ok((snapshot.owed()?, snapshot.flows()?, snapshot.silences()?))
        })?;
        let (config, now) = (self.config, self.now);
        let (owed, flows, silences) = (&owed, &flows, &silences);
        let desk = Desk { config, tenants, owed, flows, silences, now };
        let outlook = desk.outlook();
        if let Some(due) = outlook.due.first() {
            return Ok(Some(self.post(due, tenants, sites)?));
        }
        *until = outlook.next.map_or(*until, |next| next.min(*until));
        Ok(None)
    }

    fn post(
        &self,
        due: &Due<'_>,
        tenants: &BTreeMap<TenantKey, String>,
        sites: &mut Sites,
    ) -> Result<Done, StoreError> {
        let name = tenants.get(&due.tenant).map_or("", String::as_str);
        let content = self.store.read(|snapshot| {
            let whose = (due.tenant, name);
            let mut reader = Reader::new(snapshot, whose, &self.config.exclusions, sites)?;
            message::draw(&mut reader, self.config, name, due)
        })?;
        let letters = message::letters(due);
        let post = Post { content: &content, letters: &letters, priority: Priority::Alert };
        let (sink, tenant) = (due.sink.name.as_str(), due.tenant);
        let telling = Telling { sink, tenant, owed: &due.owed, post };
        if self.store.commit_told(&telling, self.now)? {
            let alerts = due.owed.len();
            tracing::info!(%sink, tenant = %name, alerts, "alerts posted");
            return Ok(Done { opened: 0, posted: letters.len() as u64 });
        }
        Ok(Done::default())
    }
}

/// The configured tenants that are in the store.
fn tenants(
    snapshot: &Snapshot<'_>,
    config: &Config,
) -> Result<BTreeMap<TenantKey, String>, StoreError> {
    let is_configured = |name: &String| config.tenants.iter().any(|tenant| tenant.name == *name);
    Ok(snapshot.tenants()?.into_iter().filter(|(_, name)| is_configured(name)).collect())
}

fn waiting(
    snapshot: &Snapshot<'_>,
    tenants: &BTreeMap<TenantKey, String>,
) -> Result<Vec<Waiting>, StoreError> {
    let mut all = Vec::new();
    for (tenant, since) in snapshot.tenants_with_news()? {
        if let Some(name) = tenants.get(&tenant) {
            let progress = snapshot.progress(tenant)?;
            all.push(Waiting { tenant, name: name.clone(), since, progress });
        }
    }
    Ok(all)
}

/// When a tenant's news is looked at: once its pass has ended, and a minute after it came at the latest.
fn ready_at(waiting: &Waiting, now: Tick) -> Tick {
    let Progress { pass_began, pass_ended, .. } = waiting.progress;
    if pass_began.is_none() || pass_ended >= pass_began {
        return now;
    }
    // What was written in the future was written before somebody set the clock back.
    waiting.since.min(now).plus(PATIENCE)
}

/// Tells the log of the cases that opened. Returns how many.
fn log(tenant: &str, changes: &[CaseChange]) -> u64 {
    let mut opened = 0;
    for change in changes {
        if let CaseChange::Opens(case) = change {
            let (rule, severity) = (&case.rule, case.severity.name());
            tracing::info!(%tenant, %rule, severity, "an alert opened");
            opened += 1;
        }
    }
    opened
}
