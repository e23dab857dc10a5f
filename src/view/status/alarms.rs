//! What collection cannot put right by itself: somebody must act on it.

use std::collections::BTreeMap;

use super::collection::CollectionStatus;
use crate::clock::{Hour, Tick};
use crate::store::{DiskSpace, Owner};
use crate::sync_state::hour::{HourState, HourStatus};
use crate::sync_state::progress::Progress;
use crate::text::escape::visible;
use crate::text::number::counted;
use crate::text::time::roughly;

/// Intervals without the end of a pass after which something is wrong.
const PASSES_MISSED: i64 = 3;
/// Intervals after which a gap is none that the next pass fills.
const PASSES_TO_FILL: i64 = 2;

/// Whether collection can store anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DiskRoom {
    /// Yes, or nobody knows.
    Enough,
    /// No, which explains that nothing is collected.
    None,
}

impl DiskRoom {
    pub(super) fn of(disk: Option<DiskSpace>) -> Self {
        if disk.is_some_and(DiskSpace::is_full) { Self::None } else { Self::Enough }
    }
}

/// What tells whether somebody must act.
pub(super) struct Evidence<'a> {
    pub collection: &'a CollectionStatus,
    /// What is known of its hours, up to now.
    pub hours: &'a BTreeMap<Hour, HourState>,
    /// Who collects it now.
    pub holder: Option<&'a Owner>,
    /// From one pass to the next, in ticks.
    pub interval: i64,
    pub room: DiskRoom,
}

impl Evidence<'_> {
    /// In sentences; `now` by the source's clock.
    pub(super) fn alarms(&self, now: Tick) -> Vec<String> {
        let CollectionStatus { coverage, progress, gate, .. } = self.collection;
        let mut alarms = Vec::new();
        let trouble = progress.last_error.as_deref().unwrap_or("no reason is known");
        if progress.retry_at.is_some() {
            alarms.push(format!("cannot sign in or hunt: {}", visible(trouble)));
        } else if self.room == DiskRoom::Enough {
            alarms.extend(self.stopped(now));
        }
        let old = self.old_gaps();
        if old > 0 && gate.is_none() && self.room == DiskRoom::Enough {
            let hours = counted(old, "hour");
            alarms.push(format!(
                "{hours} could not be filled by the last passes: run `clickwarden sync -v` and look at what it says"
            ));
        }
        if coverage.disputed > 0 {
            alarms.push(format!(
                "{} would not settle; the reasons are listed as disputed",
                counted(coverage.disputed, "hour")
            ));
        }
        alarms
    }

    /// Whether no pass has ended for too long although nothing explains it.
    fn stopped(&self, now: Tick) -> Option<String> {
        const REMEDY: &str = "is `clickwarden run` running, and what does it log?";
        let CollectionStatus { progress, gate, calls, .. } = self.collection;
        let Progress { pass_began, pass_ended, last_error: trouble, .. } = progress;
        let Some(last) = pass_ended.or(*pass_began) else {
            return Some(format!("nothing was ever collected: {REMEDY}"));
        };
        let at_work = self.holder.is_some() && *calls > 0 && trouble.is_none();
        if now.since(last) <= PASSES_MISSED * self.interval || at_work || gate.is_some() {
            return None;
        }
        let why = trouble.as_deref().map(|why| format!(" ({})", visible(why))).unwrap_or_default();
        Some(format!("no pass has ended for {}{why}: {REMEDY}", roughly(now.since(last))))
    }

    /// Hours that were known to be missing two intervals before the last pass ended, and still are.
    fn old_gaps(&self) -> u64 {
        let CollectionStatus { coverage, progress, .. } = self.collection;
        let Some(ended) = progress.pass_ended else { return 0 };
        let is_old = |hour: Hour, state: Option<&HourState>| {
            let counted = state.and_then(|state| state.seen.as_ref()).map(|seen| seen.at);
            let since = counted.unwrap_or(hour.end());
            let waits = state.is_some_and(|state| state.awaits_count);
            let is_gap = state.is_none_or(|state| state.status(hour) == HourStatus::Gap);
            is_gap && !waits && since.plus(PASSES_TO_FILL * self.interval) <= ended
        };
        let hours = coverage.gaps.iter().flat_map(|gap| gap.span.hours());
        hours.filter(|hour| is_old(*hour, self.hours.get(hour))).count() as u64
    }
}
