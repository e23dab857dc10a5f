//! What the stages did since the start, for whoever looks at the running daemon.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use crate::clock::Tick;
use crate::collect::CollectTotals;
use crate::rules::StepCounts;
use crate::store::AttemptResult;

/// Running totals. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    counts: Arc<CounterCells>,
}

#[derive(Debug, Default)]
struct CounterCells {
    calls: AtomicU64,
    fetched_rows: AtomicU64,
    new_rows: AtomicU64,
    passes: AtomicU64,
    /// Ticks; 0 before the first.
    last_pass: AtomicI64,
    pings: AtomicU64,
    attempts: AtomicU64,
    accepted: AtomicU64,
    dead: AtomicU64,
    alerts_opened: AtomicU64,
    alert_messages: AtomicU64,
}

/// What was done with messages since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Attempts that were made.
    pub attempts: u64,
    /// Those that a channel took.
    pub accepted: u64,
    /// Those that were given up.
    pub dead: u64,
}

impl Counters {
    /// Adds what a tenant's collection did.
    pub(super) fn add(&self, done: CollectTotals) {
        self.counts.calls.fetch_add(done.calls, Relaxed);
        self.counts.fetched_rows.fetch_add(done.fetched_rows, Relaxed);
        self.counts.new_rows.fetch_add(done.new_rows, Relaxed);
    }

    /// A pass has ended.
    pub(super) fn pass_ended(&self, now: Tick) {
        self.counts.passes.fetch_add(1, Relaxed);
        self.counts.last_pass.fetch_max(now.0, Relaxed);
    }

    /// A message was tried.
    pub(super) fn attempted(&self, result: &AttemptResult) {
        self.counts.attempts.fetch_add(1, Relaxed);
        match result {
            AttemptResult::Accepted { .. } => self.counts.accepted.fetch_add(1, Relaxed),
            AttemptResult::Dead => self.counts.dead.fetch_add(1, Relaxed),
            AttemptResult::Later { .. } | AttemptResult::Smaller { .. } | AttemptResult::Pause => 0,
        };
    }

    /// Rules were looked after.
    pub(super) fn alerted(&self, done: StepCounts) {
        self.counts.alerts_opened.fetch_add(done.opened, Relaxed);
        self.counts.alert_messages.fetch_add(done.posted, Relaxed);
    }

    /// The watchdog was fed.
    pub(super) fn pinged(&self) {
        self.counts.pings.fetch_add(1, Relaxed);
    }

    /// How often messages were tried, over all sinks.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries {
            attempts: self.counts.attempts.load(Relaxed),
            accepted: self.counts.accepted.load(Relaxed),
            dead: self.counts.dead.load(Relaxed),
        }
    }

    /// Alerts that opened, and messages of alerts that were posted.
    pub fn alerts(&self) -> StepCounts {
        StepCounts {
            opened: self.counts.alerts_opened.load(Relaxed),
            posted: self.counts.alert_messages.load(Relaxed),
        }
    }

    /// Calls made and rows that came, over all tenants.
    pub fn totals(&self) -> CollectTotals {
        CollectTotals {
            calls: self.counts.calls.load(Relaxed),
            fetched_rows: self.counts.fetched_rows.load(Relaxed),
            new_rows: self.counts.new_rows.load(Relaxed),
        }
    }

    /// Passes that have ended, over all tenants.
    pub fn passes(&self) -> u64 {
        self.counts.passes.load(Relaxed)
    }

    /// When the last one did.
    pub fn last_pass(&self) -> Option<Tick> {
        Some(self.counts.last_pass.load(Relaxed)).filter(|ticks| *ticks > 0).map(Tick)
    }

    /// How often the watchdog was fed.
    pub fn pings(&self) -> u64 {
        self.counts.pings.load(Relaxed)
    }
}
