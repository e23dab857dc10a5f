//! A tenant's collection as a pure state machine: [`Pass::next`] says what to call, the `on_…`
//! functions take the answer. Time and answers are passed in; nothing here touches store or source.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::plan;
use super::tallied::Tallied;
use crate::clock::{DAY, HOUR, Hour, MINUTE, Span, Tick, ticks_of};
use crate::collect::call::{Call, CallFailure, Count, CountPurpose, Fetch, NextCall};
use crate::sync_state::hour::{Dispute, DisputeReason, HourState};
use crate::sync_state::progress::{CountSchedule, Progress};

/// How long Defender keeps a row ("Advanced hunting": 30 days).
pub const SOURCE_RETENTION: i64 = 30 * DAY;
/// The short horizon, counted every pass.
pub const SHORT_HORIZON: i64 = 48 * HOUR;
/// The medium horizon, counted hourly.
pub const MEDIUM_HORIZON: i64 = 7 * DAY;
/// How long a refused tenant is left alone.
pub const RETRY_REFUSED: i64 = 15 * MINUTE;
/// Calls that a pass may spend on windows that will not settle.
pub const DISPUTE_CALLS: u32 = 20;
/// When what came too late is first looked at again.
const FIRST_RETRY: i64 = 5 * MINUTE;
/// Failures in a row, each of which a retry could mend, that end a pass.
pub(super) const MAX_FAILURES: u32 = 3;
/// How often a window is halved because it came late or differed, before it is disputed.
pub const MAX_HALVINGS: u8 = 4;

/// What bounds collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectLimits {
    /// From the beginning of one pass to the next, in ticks.
    pub interval: i64,
    /// How far back to collect, in ticks; at most [`SOURCE_RETENTION`].
    pub lookback: i64,
    /// The most rows to ask for in one call.
    pub fetch_rows: u64,
    /// The most calls a minute.
    pub calls_per_minute: u32,
}

impl From<&crate::config::Collect> for CollectLimits {
    fn from(collect: &crate::config::Collect) -> Self {
        Self {
            interval: ticks_of(collect.interval),
            lookback: ticks_of(collect.lookback),
            fetch_rows: collect.fetch_rows.into(),
            calls_per_minute: collect.calls_per_minute,
        }
    }
}

/// An answer that differed and waits for a second count of its window.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub fetch: Fetch,
    pub answer: Tallied,
}

/// The collection of one tenant, from one look at the store to the next.
#[derive(Clone, Debug)]
pub struct Pass {
    pub(super) limits: CollectLimits,
    pub(super) progress: Progress,
    pub(super) hours: BTreeMap<Hour, HourState>,
    /// Hours that were counted and do not agree.
    pub(super) due: BTreeSet<Hour>,
    dirty: BTreeSet<Hour>,
    /// The counts still to be made before anything is fetched.
    pub(super) counts: VecDeque<Count>,
    /// The longest horizon that these counts complete.
    pub(super) counted_horizon: Option<Horizon>,
    pub(super) confirm: Option<Count>,
    pub(super) pending: VecDeque<Pending>,
    failures: u32,
    relearned: bool,
    pub(super) dispute_calls: u32,
    /// When these calls were last counted from none.
    budget_since: Tick,
    /// Answers accepted since.
    pub(super) accepted: u64,
    /// The most hours to drill in one call.
    pub(super) drill_hours: i64,
    /// The most hours to count in one call.
    pub(super) count_hours: i64,
    /// Single hours in a row that the source did not count.
    pub(super) uncounted: u32,
    /// Calls in a row that the source answered with an error of its own.
    pub(super) unwell: u32,
    /// Whether there is more to fetch in this pass than calls to fetch it with; `None` until that is
    /// known.
    crowded: Option<bool>,
    /// Whether a pass was begun since the store was looked at.
    begun: bool,
    ended: bool,
}

/// What a tenant's copy still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Remaining {
    /// Hours that are due.
    pub hours: u64,
    /// Rows that the source counted in them.
    pub rows: u64,
    /// About how many calls they take.
    pub calls: u64,
}

/// The horizons by length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Horizon {
    Short,
    Medium,
    Long,
}

impl Pass {
    /// Goes on from what the store holds.
    pub fn new(
        progress: Progress,
        hours: BTreeMap<Hour, HourState>,
        limits: CollectLimits,
    ) -> Self {
        let differs = |(hour, state): (&Hour, &HourState)| {
            (state.seen.is_some() && !state.agrees()).then_some(*hour)
        };
        Self {
            due: hours.iter().filter_map(differs).collect(),
            limits,
            progress,
            hours,
            dirty: BTreeSet::new(),
            counts: VecDeque::new(),
            counted_horizon: None,
            confirm: None,
            pending: VecDeque::new(),
            failures: 0,
            relearned: false,
            dispute_calls: 0,
            budget_since: Tick(i64::MIN),
            accepted: 0,
            drill_hours: plan::DRILL_HOURS,
            count_hours: i64::MAX,
            uncounted: 0,
            unwell: 0,
            crowded: None,
            begun: false,
            ended: false,
        }
    }

    /// The tenant-wide state, to be stored with the hours of [`Pass::changed`].
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The tenant-wide state, for what the caller knows better: the clock's skew, a refusal to be
    /// forgotten.
    pub const fn progress_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// Every hour's state.
    pub const fn hours(&self) -> &BTreeMap<Hour, HourState> {
        &self.hours
    }

    /// The hours that changed since [`Pass::stored`].
    pub fn changed(&self) -> Vec<(Hour, &HourState)> {
        self.dirty.iter().filter_map(|h| Some((*h, self.hours.get(h)?))).collect()
    }

    /// Says that everything in [`Pass::changed`] is stored.
    pub fn stored(&mut self) {
        self.dirty.clear();
    }

    /// Whether the counts with which a pass begins are in.
    pub fn is_counted(&self) -> bool {
        self.counts.is_empty() && self.progress.pass_began.is_some()
    }

    /// Whether the pass is over: nothing more is asked before the next one is due.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Windows whose answer waits for a recount.
    pub fn waiting(&self) -> impl Iterator<Item = Span> {
        self.pending.iter().map(|pending| pending.fetch.window)
    }

    /// What is left to fetch: rows that are due, and about how many calls they take.
    pub fn remaining(&self) -> Remaining {
        let limit = self.fetch_rows().max(1);
        let mut remaining = Remaining::default();
        let mut room = 0;
        for seen in self.due.iter().filter_map(|h| self.hours.get(h)?.seen.as_ref()) {
            let rows = seen.total.rows();
            remaining.rows += rows;
            remaining.hours += 1;
            if rows > room {
                remaining.calls += rows.div_ceil(limit);
                room = limit * rows.div_ceil(limit);
            }
            room -= rows;
        }
        remaining
    }

    /// Minutes that differ and are left to a later pass, since there is more to fetch than calls to
    /// fetch it with.
    pub fn resting(&self, now: Tick) -> usize {
        plan::resting(self, now)
    }

    /// Whether minutes that were fetched lately are left for a while.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded == Some(true)
    }

    /// Half of the calls until the next pass.
    pub(super) fn half_of_the_calls(&self) -> u64 {
        let minutes = self.limits.interval.max(0).unsigned_abs() / 2;
        let calls = minutes.saturating_mul(self.limits.calls_per_minute.into());
        (calls / MINUTE.unsigned_abs()).max(1)
    }

    /// The most rows that a fetch may ask for now.
    pub(super) fn fetch_rows(&self) -> u64 {
        match self.progress.fetch_rows {
            0 => self.limits.fetch_rows,
            rows => rows.min(self.limits.fetch_rows),
        }
    }

    /// What to do next, besides the fetches that are `in_flight`. All but a fetch waits until
    /// those have ended.
    pub fn next(&mut self, now: Tick, in_flight: &[Span]) -> NextCall {
        self.doubt_far_waits(now);
        if let Some(retry_at) = self.progress.retry_at.filter(|at| *at > now) {
            return NextCall::Wait(retry_at);
        }
        self.begin_if_due(now);
        if let Some(call) = self.next_but_fetch(now) {
            return if in_flight.is_empty() { NextCall::Call(call) } else { NextCall::Wait(now) };
        }
        if self.crowded.is_none() && !self.ended {
            self.crowded = Some(plan::is_crowded(self, now));
        }
        let planned = (!self.ended).then(|| plan::next(self, now, in_flight)).flatten();
        match planned {
            Some(Call::Fetch(fetch)) => NextCall::Call(Call::Fetch(fetch)),
            Some(call) if in_flight.is_empty() => NextCall::Call(call),
            Some(_) => NextCall::Wait(now),
            None if !in_flight.is_empty() => NextCall::Wait(now),
            None if self.progress.fetch_first => {
                self.progress.fetch_first = false;
                self.next(now, in_flight)
            }
            None => {
                self.end(now, None);
                NextCall::Wait(self.progress.next_pass)
            }
        }
    }

    /// A wait longer than any that we choose comes of a clock that was wrong then or is now: not
    /// believed, so that the source is asked for the time.
    fn doubt_far_waits(&mut self, now: Tick) {
        if self.progress.next_pass > now.plus(self.limits.interval) {
            self.progress.next_pass = now;
        }
        if self.progress.retry_at.is_some_and(|at| at > now.plus(RETRY_REFUSED)) {
            self.progress.retry_at = Some(now.plus(RETRY_REFUSED));
        }
    }

    fn next_but_fetch(&self, now: Tick) -> Option<Call> {
        if self.ended {
            return None;
        }
        if let Some(count) = &self.confirm {
            return Some(Call::Confirm(count.clone()));
        }
        if self.progress.schema_due <= now {
            return Some(Call::Columns);
        }
        let count = self.counts.front().filter(|_| !self.progress.fetch_first);
        let recount = || self.pending.front().map(|pending| recount_of(&pending.fetch));
        count.cloned().or_else(recount).map(Call::Count)
    }

    fn begin_if_due(&mut self, now: Tick) {
        if now < self.progress.next_pass || !self.counts.is_empty() {
            return;
        }
        self.renew_budget(now);
        (self.begun, self.ended) = (true, false);
        self.failures = 0;
        self.relearned = false;
        self.uncounted = 0;
        self.crowded = None;
        if !self.progress.fetch_first {
            self.pending.clear();
        }
        self.progress.pass_began = Some(now);
        self.progress.first_pass.get_or_insert(now);
        self.progress.retry_at = None;
        self.plan_counts(now);
    }

    /// Allows calls for disputes again: after a pass that came to its end, or an hour of one that is so
    /// long that the next is due meanwhile. Of a source that lets nothing be accepted, no pass would end
    /// otherwise.
    fn renew_budget(&mut self, now: Tick) {
        let long = self.accepted > 0 && now.since(self.budget_since) >= HOUR;
        if self.ended || !self.begun || long {
            (self.dispute_calls, self.accepted, self.budget_since) = (0, 0, now);
        }
    }

    /// Whether calls are left for windows that will not settle.
    pub(super) const fn has_budget(&self) -> bool {
        self.dispute_calls < DISPUTE_CALLS
    }

    /// Nothing is due later than a whole period from now: a shorter interval holds at once, and a
    /// clock that jumped back delays nothing.
    pub fn follow(&mut self, now: Tick) {
        let every = self.limits.interval;
        let short = if self.progress.cpu_backoff_until > now { every.max(HOUR) } else { every };
        let Progress { next_pass, short: s, medium, long, .. } = &mut self.progress;
        *next_pass = (*next_pass).min(now.plus(every));
        for (schedule, period) in [(s, short), (medium, HOUR), (long, DAY)] {
            if !schedule.deferred {
                schedule.due = schedule.due.min(now.plus(period));
            }
        }
    }

    /// Begins the next pass now if it is due within a tenth of the interval: a timer that fires
    /// once an interval must not find every second pass a moment too early.
    pub fn begin_early(&mut self, now: Tick) {
        let soon = now.plus(self.limits.interval / 10);
        for due in [&mut self.progress.next_pass, &mut self.progress.short.due] {
            if *due <= soon {
                *due = (*due).min(now);
            }
        }
    }

    /// Plans the counts of this pass again: the clock that chose their hours was wrong.
    pub fn restart(&mut self) {
        if self.progress.first_pass == self.progress.pass_began {
            self.progress.first_pass = None;
        }
        self.counts.clear();
        self.confirm = None;
        self.counted_horizon = None;
        self.progress.pass_began = None;
    }

    /// Ends the pass: the next one begins when it is due, not before.
    pub(super) fn end(&mut self, now: Tick, error: Option<String>) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.counts.clear();
        self.confirm = None;
        self.pending.clear();
        if self.progress.next_pass <= now {
            self.progress.next_pass = now.plus(self.limits.interval);
        }
        match error {
            // Where no pass was begun, the error of the last one stands.
            None if !self.begun => {}
            None => {
                self.progress.pass_ended = Some(now);
                self.progress.whole_pass_began = self.progress.pass_began;
                self.progress.last_error = None;
            }
            error => self.progress.last_error = error,
        }
    }

    /// The hour's state, to be changed; follow with [`Pass::refresh`].
    pub(super) fn hour(&mut self, hour: Hour) -> &mut HourState {
        self.dirty.insert(hour);
        self.hours.entry(hour).or_default()
    }

    /// Works out again whether the hour is due; one that agrees has no more troubles.
    pub(super) fn refresh(&mut self, hour: Hour) {
        let state = self.hour(hour);
        if state.seen.is_none() || !state.agrees() {
            let counted = state.seen.is_some();
            if counted {
                self.due.insert(hour)
            } else {
                self.due.remove(&hour)
            };
            return;
        }
        state.dispute = None;
        state.cap = None;
        state.halvings = 0;
        if let Some(seen) = &mut state.seen {
            seen.parts = None;
        }
        self.due.remove(&hour);
    }

    /// Notes that a call was answered, however: three failures in a row end a pass.
    pub(super) const fn answered(&mut self) {
        self.failures = 0;
        self.unwell = 0;
        self.progress.fetch_first = false;
    }

    /// Takes a failure that has the same meaning for every call.
    pub(super) fn fail(&mut self, call: &Call, failure: &CallFailure, now: Tick) {
        match failure {
            CallFailure::Transport(why) | CallFailure::Unwell(why) | CallFailure::Away(why) => {
                self.failures += 1;
                if self.failures >= MAX_FAILURES {
                    self.end(now, Some(why.clone()));
                }
            }
            CallFailure::Schema(_) if !self.relearned => {
                self.relearned = true;
                self.progress.schema_due = now;
            }
            CallFailure::Cpu => self.back_off_cpu(call, now),
            CallFailure::Rate => {}
            CallFailure::Refused(why) => {
                self.progress.retry_at = Some(now.plus(RETRY_REFUSED));
                self.end(now, Some(why.clone()));
            }
            CallFailure::Schema(why) | CallFailure::Rejected(why) => {
                self.end(now, Some(why.clone()));
            }
            CallFailure::TooBig | CallFailure::Slow => {
                self.end(now, Some("the source gives no answer in time".into()));
            }
        }
    }

    /// After a CPU refusal: the refused call comes first, the horizons wait an hour, once each.
    fn back_off_cpu(&mut self, call: &Call, now: Tick) {
        let later = now.plus(HOUR);
        if self.progress.cpu_backoff_until <= now {
            self.progress.cpu_backoff_until = later;
        }
        let Progress { short, medium, long, .. } = &mut self.progress;
        for schedule in [short, medium, long] {
            if !schedule.deferred {
                *schedule = CountSchedule { due: schedule.due.max(later), deferred: true };
            }
        }
        let is_count = matches!(
            call,
            Call::Count(Count { purpose: CountPurpose::Horizon | CountPurpose::Live, .. })
        );
        if is_count {
            // Planned anew, with what is still due then, when the gate opens.
            self.counts.clear();
        }
        self.progress.fetch_first = matches!(call, Call::Fetch(_) | Call::Count(_)) && !is_count;
    }

    /// Marks an hour as one that will not settle: looked at again in 1 h, 6 h, then daily. What came
    /// too late may come in minutes, when the source has less to do.
    pub(super) fn dispute(&mut self, hour: Hour, reason: DisputeReason, now: Tick) {
        let state = self.hour(hour);
        if state.dispute.as_ref().is_some_and(|dispute| dispute.next > now) {
            return;
        }
        let since = state.dispute.as_ref().map_or(now, |d| d.since);
        let tries = state.dispute.as_ref().map_or(0, |d| d.tries) + 1;
        let late = matches!(reason, DisputeReason::Slow | DisputeReason::Uncounted);
        let wait = match tries.saturating_sub(u32::from(late)) {
            0 => FIRST_RETRY,
            1 => HOUR,
            2 => 6 * HOUR,
            _ => DAY,
        };
        state.dispute = Some(Dispute { reason, since, tries, next: now.plus(wait) });
    }

    pub(super) fn horizon_start(&self, now: Tick) -> Hour {
        horizon_start(now, self.limits.lookback)
    }
}

/// The first hour that the source keeps for another 30 minutes and that `lookback` reaches.
pub fn horizon_start(now: Tick, lookback: i64) -> Hour {
    let (kept, wanted) = (now.plus(30 * MINUTE - SOURCE_RETENTION), now.plus(-lookback));
    kept.max(wanted).plus(HOUR - 1).hour()
}

/// The whole hours that collection keeps in step, but for the open one: `lookback` in ticks.
pub fn horizon(now: Tick, lookback: i64) -> Span {
    Span::new(horizon_start(now, lookback).start(), now.hour().start())
}

/// The count that looks at a window again.
fn recount_of(fetch: &Fetch) -> Count {
    Count { span: fetch.window, bins: fetch.bins(), purpose: CountPurpose::Recount }
}
