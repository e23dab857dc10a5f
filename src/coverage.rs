//! How far a window of the copy agrees with the source: hours settled, provisional, missing or
//! disputed, and the same in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::clock::{Hour, Span, Tick};
use crate::store::{NamedTenant, Snapshot, StoreError};
use crate::sync_state::hour::{DisputeReason, HourState, HourStatus};
use crate::text::time::to_minute;

/// A stretch of hours that is missing or disputed, and why, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The tenant's name.
    pub tenant: String,
    /// Whole hours, cut to the window.
    pub span: Span,
    /// Such as `before first collection`.
    pub why: String,
}

/// The coverage of a window, over all its tenants.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The oldest count among the window's counted hours.
    pub as_of: Option<Tick>,
    /// Hours in the window, times tenants.
    pub hours: u64,
    /// Equal to the source, counted at least 30 minutes after their end.
    pub settled: u64,
    /// Equal so far, but open or just closed.
    pub provisional: u64,
    /// Would not settle.
    pub disputed: u64,
    /// Hours that retention removed; they are gaps, too, but none that collection fills.
    pub removed: u64,
    /// Hours neither settled, provisional nor disputed: neighbours with the same reason joined.
    pub gaps: Vec<Gap>,
    /// The disputed hours: neighbours with the same reason joined.
    pub disputes: Vec<Gap>,
}

/// The coverage of `span` over `tenants`.
pub fn of(
    snapshot: &Snapshot<'_>,
    tenants: &[NamedTenant],
    span: Span,
) -> Result<Coverage, StoreError> {
    let mut coverage = Coverage::default();
    for NamedTenant { name, key } in tenants {
        // Of one that is not in the store yet nothing is known.
        let states = key.map(|key| snapshot.hours(key, span)).transpose()?.unwrap_or_default();
        let first = key.map(|key| snapshot.first_hour(key)).transpose()?.flatten();
        let kept_from = key.map(|key| snapshot.kept_from(key)).transpose()?.flatten();
        let tenant = Tenant { name, states: &states, first, kept_from, span };
        for hour in span.hours() {
            tenant.add(&mut coverage, hour);
        }
    }
    Ok(coverage)
}

/// One tenant's hours.
struct Tenant<'a> {
    name: &'a str,
    states: &'a BTreeMap<Hour, HourState>,
    /// The first hour that was ever counted.
    first: Option<Hour>,
    /// Clicks before this were removed for their age.
    kept_from: Option<Tick>,
    span: Span,
}

impl Tenant<'_> {
    fn add(&self, coverage: &mut Coverage, hour: Hour) {
        let state = self.states.get(&hour);
        coverage.hours += 1;
        let counted = state.and_then(|state| state.seen.as_ref()).map(|seen| seen.at);
        coverage.as_of = [coverage.as_of, counted].into_iter().flatten().min();
        // Its state may outlive its clicks.
        if self.kept_from.is_some_and(|kept| hour.end() <= kept) {
            coverage.removed += 1;
            return self.join(&mut coverage.gaps, hour, "older than store.retention, removed");
        }
        match state.map_or(HourStatus::Gap, |state| state.status(hour)) {
            HourStatus::Settled => coverage.settled += 1,
            HourStatus::Provisional => coverage.provisional += 1,
            HourStatus::Disputed(why) => {
                coverage.disputed += 1;
                self.join(&mut coverage.disputes, hour, words(why));
            }
            HourStatus::Gap => self.join(&mut coverage.gaps, hour, self.reason(hour, state)),
        }
    }

    /// Adds an hour to the last stretch, or begins another.
    fn join(&self, gaps: &mut Vec<Gap>, hour: Hour, why: &str) {
        let span = hour.span().intersect(self.span);
        match gaps.last_mut() {
            Some(last)
                if last.tenant == self.name && last.span.until == span.from && last.why == why =>
            {
                last.span.until = span.until;
            }
            _ => gaps.push(Gap { tenant: self.name.to_owned(), span, why: why.to_owned() }),
        }
    }

    fn reason(&self, hour: Hour, state: Option<&HourState>) -> &'static str {
        match state.and_then(|state| state.seen.as_ref().map(|_| state)) {
            None if self.first.is_none_or(|first| hour < first) => "before first collection",
            None => "not counted yet",
            Some(state) if state.held.is_empty() => "counted, not fetched yet",
            Some(_) => "differs from the last count, fetched again soon",
        }
    }
}

const fn words(why: DisputeReason) -> &'static str {
    match why {
        DisputeReason::Differs => "answers differ from the source's own counts",
        DisputeReason::Slow => "the source gives no answer in time",
        DisputeReason::Uncounted => "the source cannot count it in time",
        DisputeReason::TooBig => "more clicks at one instant than an answer can hold",
        DisputeReason::Halved => "the source suddenly counts less than half",
    }
}

impl Coverage {
    /// Hours that are gaps.
    pub const fn missing(&self) -> u64 {
        self.hours - self.settled - self.provisional - self.disputed
    }

    /// One sentence, such as `copy matches Defender by counts and fingerprint as of
    /// 2026-07-19 14:05 UTC: 167 of 168 hours settled, 1 provisional`.
    pub fn in_words(&self) -> String {
        let whole = self.missing() == 0 && self.disputed == 0;
        let mut words = match (self.as_of, whole) {
            (None, true) => return "nothing to cover".to_owned(),
            (None, false) => "nothing was collected yet".to_owned(),
            (Some(at), true) => {
                format!(
                    "copy matches Defender by counts and fingerprint as of {} UTC",
                    to_minute(at)
                )
            }
            (Some(at), false) => format!("copy is incomplete as of {} UTC", to_minute(at)),
        };
        // Writing to a String cannot fail.
        let _ = write!(words, ": {} of {} hours settled", self.settled, self.hours);
        let rest = [
            (self.provisional, "provisional"),
            (self.disputed, "disputed"),
            (self.missing(), "missing"),
        ];
        for (count, name) in rest.into_iter().filter(|(count, _)| *count > 0) {
            let _ = write!(words, ", {count} {name}");
        }
        let mut reasons: Vec<&str> = self.gaps.iter().map(|gap| gap.why.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        if !reasons.is_empty() {
            let _ = write!(words, " ({})", reasons.join("; "));
        }
        words
    }
}
