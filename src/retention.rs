//! Retention: a stage of its own that removes clicks older than the configuration says, alerts that were
//! closed as long ago, messages that nobody asks for any more, and then texts that no click uses.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, DAY, HOUR, Tick, ticks_of};
use crate::collect::SOURCE_RETENTION;
use crate::stage::heartbeat::{Heartbeat, LONGEST_LOCAL_STEP};
use crate::stage::{self, StageLoop};
use crate::store::{KeptFrom, MessagesKept, Snapshot, Store, StoreError, Sweep, TenantKey};
use crate::sync_state::progress::Progress;

/// What is known of hours is kept a day longer than the source keeps their rows, so that collection
/// finds what it held there and never fetches what was removed.
const HOURS_KEPT: i64 = SOURCE_RETENTION + DAY;
/// How long messages are kept that a channel took.
const ACCEPTED_KEPT: i64 = 30 * DAY;
/// How long those are kept that were given up.
const DEAD_KEPT: i64 = 90 * DAY;
/// What was learnt of our clock from a tenant that is silent for so much longer than another says
/// nothing of our clock today.
const STALE_CLOCK: i64 = DAY;

/// The stage: one transaction a step, an hour's rest where nothing is old enough. Tenants that are
/// no longer configured age like the others. It takes no lease; [`Store::retain`] says why.
///
/// What is removed nobody gives back, so our own clock is not enough: it is never later here than the
/// latest time that a source told. While none answers, nothing gets older.
pub struct Retention {
    store: Store,
    clock: Clock,
    /// How long clicks are kept, in ticks.
    length: i64,
    sweep: Option<Sweep>,
}

impl Retention {
    /// Keeps clicks for `length`.
    pub fn new(store: Store, clock: Clock, length: Duration) -> Self {
        Self { store, clock, length: ticks_of(length), sweep: None }
    }

    /// Steps until `stop`.
    pub async fn run(mut self, stop: CancellationToken, heartbeat: Heartbeat) {
        let stage_loop = StageLoop::new(stop, self.clock.clone(), heartbeat);
        let mut stage_loop = stage_loop.no_longer_than(LONGEST_LOCAL_STEP);
        while stage_loop.next(self.step()).await.is_some() {}
    }

    /// Steps until nothing is old enough, and begins no step later than after `longest` ticks. A sweep
    /// that was begun has ten times as long: half of one is none.
    pub async fn run_once(mut self, longest: i64) {
        let begin = self.clock.moment();
        while self.step().await == stage::Step::Worked {
            let longest = if self.sweep.is_some() { longest * 10 } else { longest };
            if self.clock.moment().since(begin) >= longest {
                return;
            }
        }
    }

    /// Goes on with a sweep for texts that are used no more, if one is under way. Else removes the oldest
    /// hour of the first tenant that has one to remove, or a slice of it; else some old alerts or messages;
    /// else begins a sweep that is due.
    pub async fn step(&mut self) -> stage::Step {
        let (now, length, sweep) = (self.clock.now(), self.length, self.sweep.take());
        let work = move |store: &Store| work(store, sweep, length, now);
        match self.store.blocking(work).await {
            Ok(Did::Work(sweep)) => {
                self.sweep = sweep;
                return stage::Step::Worked;
            }
            Ok(Did::Nothing) => {}
            Err(error) => tracing::error!("what is old stays for another hour: {error}"),
        }
        stage::Step::Idle { until: now.plus(HOUR) }
    }
}

/// What a step did.
enum Did {
    Nothing,
    /// Something; the sweep is to be gone on with.
    Work(Option<Sweep>),
}

/// Old things wait for the end of a sweep: to look for them asks the writer once for each tenant.
fn work(store: &Store, sweep: Option<Sweep>, length: i64, now: Tick) -> Result<Did, StoreError> {
    let Some(times) = store.read(|snapshot| Times::of(snapshot, now))? else {
        return Ok(Did::Nothing);
    };
    if let Some(sweep) = sweep {
        return Ok(Did::Work(store.sweep(sweep, times.ours)?));
    }
    let kept = times.ours.plus(-length);
    let removed = remove(store, length, &times)?
        || store.purge_alerts(kept)? > 0
        || purge(store, times.ours)?;
    if removed {
        return Ok(Did::Work(None));
    }
    let begun = store.begin_sweep(times.ours)?;
    Ok(begun.map_or(Did::Nothing, |sweep| Did::Work(Some(sweep))))
}

/// What time it is for certain.
struct Times {
    /// For what carries the time of our clock.
    ours: Tick,
    /// For the clicks of each tenant, which carry its source's time.
    tenants: Vec<(TenantKey, String, Tick)>,
}

impl Times {
    /// `None` before any source told the time. Two clocks must agree, ours and the source's, lest one
    /// that is wrong removes anything.
    fn of(snapshot: &Snapshot<'_>, now: Tick) -> Result<Option<Self>, StoreError> {
        let tenants = snapshot.tenants()?.into_iter();
        let tenants = tenants.map(|(key, name)| Ok((key, name, snapshot.progress(key)?)));
        let tenants: Vec<(TenantKey, String, Progress)> =
            tenants.collect::<Result<_, StoreError>>()?;
        let Some(last_source_time) =
            tenants.iter().filter_map(|(.., progress)| progress.last_source_time).max()
        else {
            return Ok(None);
        };
        let at = |progress: &Progress| {
            let fresh = progress
                .last_source_time
                .is_some_and(|at| last_source_time.since(at) < STALE_CLOCK);
            now.plus(if fresh { progress.skew } else { 0 }).min(last_source_time)
        };
        let tenants = tenants.into_iter().map(|(key, name, progress)| (key, name, at(&progress)));
        Ok(Some(Self { ours: now.min(last_source_time), tenants: tenants.collect() }))
    }
}

/// Whether there was anything to remove.
fn remove(store: &Store, length: i64, times: &Times) -> Result<bool, StoreError> {
    for (key, name, now) in &times.tenants {
        let kept = KeptFrom { clicks: now.plus(-length), hours: now.plus(-HOURS_KEPT) };
        let removed = store.retain(*key, kept)?;
        if let Some(hour) = removed.hour {
            tracing::debug!(tenant = %name, hour = %hour.start(), clicks = removed.clicks, "removed");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether there were messages to remove.
fn purge(store: &Store, now: Tick) -> Result<bool, StoreError> {
    let kept = MessagesKept { accepted: now.plus(-ACCEPTED_KEPT), dead: now.plus(-DEAD_KEPT) };
    Ok(store.purge_messages(kept)? > 0)
}
