//! Corrections: what earlier digests told of a URL, held against what is known now.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::click::selection::Exclusion;
use crate::click::tally::Tally;
use crate::clock::{DAY, Span, Tick};
use crate::store::{Corrected, ReportedUrl, Snapshot, StoreError, StoredDigest, TenantKey};

use super::exclusions;
use super::measure::{self, MeasuredTenant};
use super::risk::UrlRisk;

/// How long what a digest told is held against what is known.
const CORRECTED_FOR: i64 = 30 * DAY;
/// A count is corrected when it is off by this many rows, and by one in so many of what was told.
const LEAST_ROWS_OFF: u64 = 2;
const ONE_ROW_IN: u64 = 20;

/// A URL of which an earlier digest told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Correction {
    pub url: String,
    pub tenant: Arc<str>,
    /// When the digest was due that told it.
    pub scheduled: Tick,
    pub before: ReportedUrl,
    pub now: ReportedUrl,
}

/// What is told otherwise now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Corrections {
    /// Each URL once, by the latest digest that named it.
    pub list: Vec<Correction>,
    /// What is to be written down, so that it is told once.
    pub corrected: Vec<Corrected>,
    /// How many digests were there to be corrected.
    pub digests: u64,
}

/// What corrections are looked for with.
#[derive(Clone, Copy)]
pub(super) struct CorrectionScope<'a> {
    pub report: &'a str,
    pub scheduled: Tick,
    pub tenants: &'a [TenantKey],
    pub exclusions: &'a [Exclusion],
}

/// Looks at all that the report's digests of the last 30 days told.
pub(super) fn find(
    snapshot: &Snapshot<'_>,
    scope: CorrectionScope<'_>,
) -> Result<Corrections, StoreError> {
    let mut found = Corrections::default();
    let mut named = BTreeSet::new();
    for digest in snapshot.digests(scope.report, scope.scheduled.plus(-CORRECTED_FOR))? {
        if digest.scheduled >= scope.scheduled {
            continue;
        }
        found.digests += 1;
        let reported = still_kept(snapshot, &digest, scope)?;
        if reported.is_empty() || !may_have_changed(snapshot, &digest, scope)? {
            continue;
        }
        let changed = again(snapshot, &digest, &reported, scope)?;
        for correction in &changed {
            if named.insert((correction.now.tenant, correction.now.url)) {
                found.list.push(correction.clone());
            }
        }
        let reported = changed.into_iter().map(|correction| correction.now).collect();
        found.corrected.push(Corrected { digest: digest.id, reported_urls: reported });
    }
    Ok(found)
}

/// What a digest told of tenants that the report still tells of, and of whose clicks of then none
/// was removed for its age.
fn still_kept(
    snapshot: &Snapshot<'_>,
    digest: &StoredDigest,
    scope: CorrectionScope<'_>,
) -> Result<Vec<ReportedUrl>, StoreError> {
    let mut kept = BTreeSet::new();
    for tenant in scope.tenants {
        if snapshot.kept_from(*tenant)?.is_none_or(|from| from <= digest.span.from) {
            kept.insert(*tenant);
        }
    }
    let reported = snapshot.reported_urls(digest.id)?;
    Ok(reported.into_iter().filter(|reported| kept.contains(&reported.tenant)).collect())
}

/// Whether anything was stored since that the digest could not know, or is left out otherwise.
fn may_have_changed(
    snapshot: &Snapshot<'_>,
    digest: &StoredDigest,
    scope: CorrectionScope<'_>,
) -> Result<bool, StoreError> {
    if digest.exclusions != exclusions::hash_of(scope.exclusions) {
        return Ok(true);
    }
    let since = Span::new(digest.stamp, snapshot.next_stamp()?);
    for tenant in scope.tenants {
        if !snapshot.answers(*tenant, since, digest.span)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Computes a digest's figures again, and compares.
fn again(
    snapshot: &Snapshot<'_>,
    digest: &StoredDigest,
    reported: &[ReportedUrl],
    scope: CorrectionScope<'_>,
) -> Result<Vec<Correction>, StoreError> {
    let query = measure::query(scope.tenants, scope.exclusions, digest.span);
    let tenants = measure::measure(snapshot, &query)?;
    let mut changed = Vec::new();
    for before in reported {
        let Some(tenant) = tenants.iter().find(|tenant| tenant.key == before.tenant) else {
            continue;
        };
        let now = known_now(tenant, before);
        if differs(before, &now) {
            changed.push(Correction {
                url: snapshot.url(before.url)?,
                tenant: tenant.name.clone(),
                scheduled: digest.scheduled,
                before: *before,
                now,
            });
        }
    }
    Ok(changed)
}

fn known_now(tenant: &MeasuredTenant<'_>, reported: &ReportedUrl) -> ReportedUrl {
    let found = tenant.groups.find(reported.url);
    let (tally, risk) = found.map_or((Tally::default(), UrlRisk::default()), |(place, group)| {
        (group.tally(), tenant.risks.at(place))
    });
    ReportedUrl { class: risk.class(tally), tally: tally.five(), ..*reported }
}

/// Whether it is worth telling.
fn differs(before: &ReportedUrl, now: &ReportedUrl) -> bool {
    let pairs = before.tally.into_counts().into_iter().zip(now.tally.five().into_counts());
    before.class != now.class || pairs.skip(1).any(|(before, now)| is_off(before, now))
}

fn is_off(before: u64, now: u64) -> bool {
    let off = before.abs_diff(now);
    off >= LEAST_ROWS_OFF && off * ONE_ROW_IN >= before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_off_by_a_twentieth_and_two_rows() {
        for (before, now) in [(0, 2), (2, 0), (40, 42), (40, 38), (100, 105), (1_000, 950)] {
            assert!(is_off(before, now), "{before} {now}");
        }
        for (before, now) in [(0, 0), (0, 1), (1, 0), (41, 43), (100, 104), (1_000, 951)] {
            assert!(!is_off(before, now), "{before} {now}");
        }
    }
}
