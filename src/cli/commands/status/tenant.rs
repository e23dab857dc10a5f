//! What is known of one tenant, and what somebody must do about it.

use std::collections::BTreeMap;

use crate::cli::print::expiry;
use crate::cli::print::text::{counted, plain, roughly};
use crate::clock::{Hour, Span, Tick};
use crate::collect::{CollectLimits, Pass, Remaining};
use crate::config::{Expiry, Tenant};
use crate::coverage::{self, Coverage};
use crate::store::{DiskSpace, Owner, Snapshot, StoreError, TenantKey};
use crate::sync_state::gate::Closed;
use crate::sync_state::hour::{HourState, HourStatus};
use crate::sync_state::progress::Progress;

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

/// What the store tells of a tenant.
pub(super) struct StoredStatus {
    pub coverage: Coverage,
    pub progress: Progress,
    pub hours: BTreeMap<Hour, HourState>,
    pub gate: Option<(Tick, String)>,
    pub calls: u32,
    pub holder: Option<(Owner, Tick)>,
}

impl StoredStatus {
    /// `endpoints` are those of its sign-in; `span` tells what collection keeps in step, given the skew of the source's clock.
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        tenant: (TenantKey, String),
        endpoints: &[String],
        now: Tick,
        span: impl FnOnce(i64) -> Span,
    ) -> Result<Self, StoreError> {
        let key = tenant.0;
        let progress = snapshot.progress(key)?;
        let span = span(progress.skew);
        let to_now = Span::new(span.from, now.plus(progress.skew));
        Ok(Self {
            coverage: coverage::of(snapshot, &[tenant], span)?,
            hours: snapshot.hours(key, to_now)?,
            gate: later(snapshot.gate(key, now)?, snapshot.sign_in_gate(endpoints, now)?),
            calls: snapshot.calls_last_minute(key, now)?,
            holder: snapshot.lease_holder(key, now)?,
            progress,
        })
    }
}

/// The gate that opens last: that of the source, or that of the sign-in.
fn later(source: Option<(Tick, String)>, sign_in: Option<Closed>) -> Option<(Tick, String)> {
    let sign_in = sign_in.map(|Closed { until, why }| (until, why));
    source.into_iter().chain(sign_in).max_by_key(|(until, _)| *until)
}

/// One tenant's status.
pub(super) struct TenantStatus {
    pub name: String,
    pub coverage: Coverage,
    pub progress: Progress,
    pub gate: Option<(Tick, String)>,
    pub calls: u32,
    pub holder: Option<(Owner, Tick)>,
    pub remaining: Remaining,
    pub expiry: Option<Expiry>,
    /// What somebody must act on, in sentences.
    pub alarms: Vec<String>,
}

impl TenantStatus {
    pub(super) fn of(
        tenant: &Tenant,
        seen: StoredStatus,
        limits: CollectLimits,
        room: DiskRoom,
        now: Tick,
    ) -> Self {
        let mut alarms = alarms(&seen, limits.interval, room, now.plus(seen.progress.skew));
        let expiry = tenant.identity.expiry();
        alarms.extend(expiry::warning(expiry, now));
        let StoredStatus { coverage, progress, hours, gate, calls, holder } = seen;
        let remaining = Pass::new(progress.clone(), hours, limits).remaining();
        Self {
            name: tenant.name.clone(),
            expiry,
            coverage,
            progress,
            gate,
            calls,
            holder,
            remaining,
            alarms,
        }
    }

    /// Whether there is nothing to tell but that.
    pub(super) fn is_in_order(&self) -> bool {
        self.badness() == (0, false, false, 0)
    }

    /// Larger for a tenant that should be looked at first.
    pub(super) fn badness(&self) -> (usize, bool, bool, u64) {
        let trouble = self.progress.last_error.is_some();
        let lacks = self.coverage.missing() + self.coverage.disputed;
        (self.alarms.len(), trouble, self.gate.is_some(), lacks)
    }
}

/// What collection cannot put right by itself; `now` by the source's clock.
fn alarms(seen: &StoredStatus, interval: i64, room: DiskRoom, now: Tick) -> Vec<String> {
    let mut alarms = Vec::new();
    let trouble = seen.progress.last_error.as_deref().unwrap_or("no reason is known");
    if seen.progress.retry_at.is_some() {
        alarms.push(format!("cannot sign in or hunt: {}", plain(trouble)));
    } else if room == DiskRoom::Enough {
        alarms.extend(stopped(seen, interval, now));
    }
    let old = old_gaps(seen, interval);
    if old > 0 && seen.gate.is_none() && room == DiskRoom::Enough {
        let hours = counted(old, "hour");
        alarms.push(format!(
            "{hours} could not be filled by the last passes: run `clickwarden sync -v` and look at what it says"
        ));
    }
    if seen.coverage.disputed > 0 {
        alarms.push(format!(
            "{} would not settle; the reasons are listed as disputed",
            counted(seen.coverage.disputed, "hour")
        ));
    }
    alarms
}

/// Whether no pass has ended for too long although nothing explains it.
fn stopped(seen: &StoredStatus, interval: i64, now: Tick) -> Option<String> {
    const REMEDY: &str = "is `clickwarden run` running, and what does it log?";
    let Progress { pass_began, pass_ended, last_error: trouble, .. } = &seen.progress;
    let Some(last) = pass_ended.or(*pass_began) else {
        return Some(format!("nothing was ever collected: {REMEDY}"));
    };
    let at_work = seen.holder.is_some() && seen.calls > 0 && trouble.is_none();
    if now.since(last) <= PASSES_MISSED * interval || at_work || seen.gate.is_some() {
        return None;
    }
    let why = trouble.as_deref().map(|why| format!(" ({})", plain(why))).unwrap_or_default();
    Some(format!("no pass has ended for {}{why}: {REMEDY}", roughly(now.since(last))))
}

/// Hours that were known to be missing two intervals before the last pass ended, and still are.
fn old_gaps(seen: &StoredStatus, interval: i64) -> u64 {
    let Some(ended) = seen.progress.pass_ended else { return 0 };
    let is_old = |hour: Hour, state: Option<&HourState>| {
        let counted = state.and_then(|state| state.seen.as_ref()).map(|seen| seen.at);
        let since = counted.unwrap_or(hour.end());
        let waits = state.is_some_and(|state| state.awaits_count);
        let is_gap = state.is_none_or(|state| state.status(hour) == HourStatus::Gap);
        is_gap && !waits && since.plus(PASSES_TO_FILL * interval) <= ended
    };
    let hours = seen.coverage.gaps.iter().flat_map(|gap| gap.span.hours());
    hours.filter(|hour| is_old(*hour, seen.hours.get(hour))).count() as u64
}
