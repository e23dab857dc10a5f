//! One step: the first thing that is to be done.

use std::collections::BTreeMap;

use super::dispatch::{Dispatcher, DueMessage, again_at, silences};
use super::evaluate::{EvalContext, evaluate};
use super::message;
use super::reader::ClickReader;
use super::stage_memory::{StageMemory, StepCounts};
use crate::clock::{MINUTE, SECOND, Tick};
use crate::config::{Config, Rule, Switch};
use crate::stage::Step;
use crate::store::{
    AlertChange, NewMessage, Notification, Priority, Snapshot, Store, StoreError, TenantKey,
};
use crate::sync_state::progress::Progress;

/// How long news waits for the end of the pass that brings it, so that a pass makes one message.
const PASS_END_WAIT: i64 = MINUTE;
/// The longest rest: the command line closes alerts and begins silences, too.
const LONGEST_REST: i64 = 5 * SECOND;
/// The shortest.
const SHORTEST_REST: i64 = SECOND / 10;

/// The configured tenants that are in the store, by name.
type TenantNames = BTreeMap<TenantKey, String>;

/// One step.
pub(super) struct StepContext<'a> {
    pub store: &'a Store,
    pub config: &'a Config,
    pub now: Tick,
}

/// A tenant with news, and how its collection stands.
struct Waiting {
    tenant: TenantKey,
    name: String,
    /// When the oldest of the news was written.
    since: Tick,
    progress: Progress,
}

/// A silence that ended.
struct EndedSilence {
    id: i64,
    /// Alert and sink of what stays pending: it was told of less than the rule's time ago.
    kept: Vec<(i64, String)>,
}

impl StepContext<'_> {
    pub(super) fn take(&self, memory: &mut StageMemory) -> Result<(Step, StepCounts), StoreError> {
        let names = self.store.read(|snapshot| tenants(snapshot, self.config))?;
        let mut until = self.now.plus(LONGEST_REST);
        for waiting in self.store.read(|snapshot| waiting(snapshot, &names))? {
            let at = ready_at(&waiting, self.now);
            if memory.resting.contains_key(&waiting.tenant) {
                continue;
            }
            if at > self.now {
                until = until.min(at);
                continue;
            }
            match self.evaluate(&waiting, memory) {
                Ok(done) => {
                    memory.went_well(waiting.tenant);
                    return Ok((Step::Worked, done));
                }
                Err(error @ StoreError::Damaged(_)) => {
                    memory.rest(waiting.tenant, &waiting.name, self.now, &error);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(EndedSilence { id, kept }) = self.ended_silence(&names)? {
            let kept: Vec<_> = kept.iter().map(|(alert, sink)| (*alert, sink.as_str())).collect();
            self.store.expire_silence(id, &kept)?;
            return Ok((Step::Worked, StepCounts::default()));
        }
        if let Some(done) = self.dispatch(&names, memory, &mut until)? {
            return Ok((Step::Worked, done));
        }
        Ok((Step::Idle { until: until.max(self.now.plus(SHORTEST_REST)) }, StepCounts::default()))
    }

    /// Looks at a tenant's news. What somebody else changed in the meantime is looked at again.
    fn evaluate(
        &self,
        waiting: &Waiting,
        memory: &mut StageMemory,
    ) -> Result<StepCounts, StoreError> {
        let Waiting { tenant, name, progress, .. } = waiting;
        let in_force = |rule: &&Rule| rule.switch == Switch::On && rule.tenants.contains(name);
        let context = EvalContext {
            tenant: name,
            rules: self.config.rules.iter().filter(in_force).collect(),
            sinks: &self.config.sinks,
            now: self.now,
            source_now: self.now.plus(progress.skew),
        };
        let sites = memory.sites(self.config);
        let (news, changes) = self.store.read(|snapshot| {
            let (news, whose) = (snapshot.touch_batch(*tenant)?, (*tenant, name.as_str()));
            let mut reader = ClickReader::new(snapshot, whose, &self.config.exclusions, sites)?;
            let changes = evaluate(&mut reader, &context, &news)?;
            Ok((news, changes))
        })?;
        if !self.store.commit_alerts(*tenant, &news, &changes, self.now)? {
            return Ok(StepCounts::default());
        }
        Ok(StepCounts { opened: log(name, &changes), posted: 0 })
    }

    /// A silence that ended and whose end was not noted yet, and what it kept back that is not due
    /// again either: an end makes no message, but lets go of all else.
    fn ended_silence(&self, names: &TenantNames) -> Result<Option<EndedSilence>, StoreError> {
        let ended = self.store.read(|snapshot| {
            let all = snapshot.silences()?;
            let Some(ended) = all.into_iter().find(|silence| !silence.lasts(self.now)) else {
                return Ok(None);
            };
            Ok(Some((ended, snapshot.pending_notifications()?)))
        })?;
        let Some((silence, pending)) = ended else { return Ok(None) };
        let kept = pending.into_iter().filter(|pending| {
            let name = names.get(&pending.alert.tenant).map_or("", String::as_str);
            let of_it =
                silences(std::slice::from_ref(&silence), name, &pending.alert).next().is_some();
            of_it && again_at(self.config, pending).is_some_and(|at| at < silence.of.until)
        });
        let kept = kept.map(|pending| (pending.alert.id, pending.sink)).collect();
        Ok(Some(EndedSilence { id: silence.id, kept }))
    }

    /// Posts the first message that is due.
    fn dispatch(
        &self,
        names: &TenantNames,
        memory: &mut StageMemory,
        until: &mut Tick,
    ) -> Result<Option<StepCounts>, StoreError> {
        let (pending, last_notified, silences) = self.store.read(|snapshot| {
            let pending = snapshot.pending_notifications()?;
            let last_notified =
                if pending.is_empty() { BTreeMap::new() } else { snapshot.last_notified()? };
            Ok((pending, last_notified, snapshot.silences()?))
        })?;
        let (config, now) = (self.config, self.now);
        let (pending, last_notified, silences) = (&pending, &last_notified, &silences);
        let plan =
            Dispatcher { config, tenants: names, pending, last_notified, silences, now }.plan();
        for due in &plan.due {
            if memory.resting.contains_key(&due.tenant) {
                continue;
            }
            let name = names.get(&due.tenant).map_or("", String::as_str);
            match self.enqueue(due, name, memory) {
                Ok(done) => {
                    memory.went_well(due.tenant);
                    return Ok(Some(done));
                }
                Err(error @ StoreError::Damaged(_)) => memory.rest(due.tenant, name, now, &error),
                Err(error) => return Err(error),
            }
        }
        *until = plan.next.map_or(*until, |next| next.min(*until));
        Ok(None)
    }

    fn enqueue(
        &self,
        due: &DueMessage<'_>,
        name: &str,
        memory: &mut StageMemory,
    ) -> Result<StepCounts, StoreError> {
        let sites = memory.sites(self.config);
        let content = self.store.read(|snapshot| {
            let whose = (due.tenant, name);
            let mut reader = ClickReader::new(snapshot, whose, &self.config.exclusions, sites)?;
            message::draw(&mut reader, self.config, name, due)
        })?;
        let deliveries = message::deliveries(due);
        let message =
            NewMessage { content: &content, deliveries: &deliveries, priority: Priority::Alert };
        let (sink, tenant) = (due.sink.name.as_str(), due.tenant);
        let notification = Notification { sink, tenant, pending: &due.pending, message };
        if !self.store.commit_notification(&notification, self.now)? {
            return Ok(StepCounts::default());
        }
        let alerts = due.pending.len();
        tracing::info!(%sink, tenant = %name, alerts, "alerts posted");
        Ok(StepCounts { opened: 0, posted: deliveries.len() as u64 })
    }
}

fn tenants(snapshot: &Snapshot<'_>, config: &Config) -> Result<TenantNames, StoreError> {
    let is_configured = |name: &String| config.tenants.iter().any(|tenant| tenant.name == *name);
    Ok(snapshot.tenants()?.into_iter().filter(|(_, name)| is_configured(name)).collect())
}

fn waiting(snapshot: &Snapshot<'_>, names: &TenantNames) -> Result<Vec<Waiting>, StoreError> {
    let mut all = Vec::new();
    for (tenant, since) in snapshot.tenants_with_touches()? {
        if let Some(name) = names.get(&tenant) {
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
    waiting.since.min(now).plus(PASS_END_WAIT)
}

/// Tells the log of the alerts that opened, a line a rule. Returns how many.
fn log(tenant: &str, changes: &[AlertChange]) -> u64 {
    let mut opened: BTreeMap<&str, u64> = BTreeMap::new();
    for change in changes {
        if let AlertChange::Opens(alert) = change {
            *opened.entry(&alert.rule).or_default() += 1;
        }
    }
    for (rule, alerts) in &opened {
        tracing::info!(%tenant, %rule, alerts, "alerts opened");
    }
    opened.values().sum()
}
