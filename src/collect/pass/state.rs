//! What a pass knows: progress, hours, and what is asked for next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::limits::{CollectLimits, DRILL_HOURS, horizon_start};
use super::tallied::Tallied;
use crate::clock::{Hour, MINUTE, Span, Tick};
use crate::collect::call::{Count, Fetch};
use crate::sync_state::hour::HourState;
use crate::sync_state::progress::Progress;

/// An answer that differed and waits for a second count of its window.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub fetch: Fetch,
    pub tallied: Tallied,
}

/// The collection of one tenant, from one look at the store to the next.
#[derive(Clone, Debug)]
pub struct Pass {
    pub(super) limits: CollectLimits,
    pub(super) progress: Progress,
    pub(super) hours: BTreeMap<Hour, HourState>,
    /// Hours that were counted and do not agree.
    pub(super) due: BTreeSet<Hour>,
    pub(super) dirty: BTreeSet<Hour>,
    /// The counts still to be made before anything is fetched.
    pub(super) counts: VecDeque<Count>,
    /// The longest horizon that these counts complete.
    pub(super) counted_horizon: Option<Horizon>,
    pub(super) confirm: Option<Count>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) failures: u32,
    pub(super) relearned: bool,
    pub(super) dispute_calls: u32,
    /// When these calls were last counted from none.
    pub(super) budget_since: Tick,
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
    pub(super) crowded: Option<bool>,
    /// Whether a pass was begun since the store was looked at.
    pub(super) begun: bool,
    pub(super) ended: bool,
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
            drill_hours: DRILL_HOURS,
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

    pub(super) fn horizon_start(&self, now: Tick) -> Hour {
        horizon_start(now, self.limits.lookback)
    }
}
