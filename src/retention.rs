//! Retention: a stage of its own that removes clicks older than the configuration says, cases that were
//! closed as long ago, and messages that nobody asks for any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, DAY, HOUR, Jumps, MINUTE, Tick, ticks_of};
use crate::collect::KEPT;
use crate::pulse::{LONGEST_LOCAL_STEP, Pulse};
use crate::stage::{self, Rounds};
use crate::store::{KeptFrom, MessagesKept, Store, StoreError};

/// How long after the start, or after somebody set the clock, nothing is removed yet: until then collection has asked the source for
/// the time, should our clock be far ahead.
const BEGIN: i64 = 10 * MINUTE;
/// What is known of hours is kept a day longer than the source keeps their rows, so that collection
/// finds what it held there and never fetches what was removed.
const HOURS_KEPT: i64 = KEPT + DAY;
/// How long messages are kept that a channel took.
const ACCEPTED_KEPT: i64 = 30 * DAY;
/// How long those are kept that were given up.
const DEAD_KEPT: i64 = 90 * DAY;

/// The stage: one transaction a step, an hour's rest where nothing is old enough. Tenants that are
/// no longer configured age like the others. It takes no lease; [`Store::retain`] says why.
pub struct Retention {
    store: Store,
    clock: Clock,
    /// How long clicks are kept, in ticks.
    length: i64,
    begin: Tick,
    jumps: Jumps,
}

impl Retention {
    /// Keeps clicks for `length`.
    pub fn new(store: Store, clock: Clock, length: Duration) -> Self {
        let begin = clock.now().plus(BEGIN);
        let jumps = Jumps::of(&clock);
        Self { store, clock, length: ticks_of(length), begin, jumps }
    }

    /// Steps until `stop`.
    pub async fn run(mut self, stop: CancellationToken, pulse: Pulse) {
        let rounds = Rounds::new(stop, self.clock.clone(), pulse);
        let mut rounds = rounds.no_longer_than(LONGEST_LOCAL_STEP);
        while rounds.next(self.step()).await.is_some() {}
    }

    /// Removes the oldest hour of the first tenant that has one to remove, or a slice of it; else some
    /// old cases or messages.
    pub async fn step(&mut self) -> stage::Step {
        let now = self.clock.now();
        if self.jumps.last().is_some() {
            self.begin = now.plus(BEGIN);
        }
        if now < self.begin {
            return stage::Step::Idle { until: self.begin };
        }
        let length = self.length;
        let remove = move |store: &Store| {
            let kept = now.plus(-length);
            Ok(remove(store, length, now)? || store.purge_cases(kept)? > 0 || purge(store, now)?)
        };
        match self.store.aside(remove).await {
            Ok(true) => return stage::Step::Worked,
            Ok(false) => {}
            Err(error) => tracing::error!("what is old stays for another hour: {error}"),
        }
        stage::Step::Idle { until: now.plus(HOUR) }
    }
}

/// Whether there was anything to remove.
fn remove(store: &Store, length: i64, now: Tick) -> Result<bool, StoreError> {
    let tenants = store.read(|snapshot| {
        let tenants = snapshot.tenants()?.into_iter();
        // A tenant's clicks carry the source's time.
        let at = |(key, name)| Ok((key, name, now.plus(snapshot.progress(key)?.skew)));
        tenants.map(at).collect::<Result<Vec<_>, StoreError>>()
    })?;
    for (key, name, now) in tenants {
        let kept = KeptFrom { clicks: now.plus(-length), hours: now.plus(-HOURS_KEPT) };
        let removed = store.retain(key, kept)?;
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
