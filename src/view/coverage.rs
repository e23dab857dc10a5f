//! How far the copy agrees with the source: as JSON, and remembered from one look to the next.

use std::collections::BTreeMap;

use serde::Serialize;

use super::timestamp::as_text;
use crate::clock::{Span, Tick};
use crate::coverage::{self, Coverage, Gap};
use crate::store::{NamedTenant, Snapshot, StoreError, TenantKey};
use crate::sync_state::progress::Progress;

/// How far a window of the copy agrees with the source.
#[derive(Serialize)]
pub struct CoverageObject<'a> {
    as_of: Option<String>,
    hours: u64,
    settled: u64,
    provisional: u64,
    disputed: u64,
    gaps: Vec<GapObject<'a>>,
}

#[derive(Serialize)]
struct GapObject<'a> {
    tenant: &'a str,
    #[serde(serialize_with = "as_text")]
    from: Tick,
    #[serde(serialize_with = "as_text")]
    until: Tick,
    why: &'a str,
}

impl<'a> From<&'a Coverage> for CoverageObject<'a> {
    fn from(coverage: &'a Coverage) -> Self {
        let gap = |gap: &'a Gap| GapObject {
            tenant: &gap.tenant,
            from: gap.span.from,
            until: gap.span.until,
            why: &gap.why,
        };
        Self {
            as_of: coverage.as_of.map(|at| at.to_string()),
            hours: coverage.hours,
            settled: coverage.settled,
            provisional: coverage.provisional,
            disputed: coverage.disputed,
            gaps: coverage.gaps.iter().map(gap).collect(),
        }
    }
}

/// What tenants' coverages were. The hours cost most to read, so they are read again only after
/// something became of a tenant's collection.
#[derive(Default)]
pub struct CoverageCache {
    last: BTreeMap<TenantKey, CachedCoverage>,
}

/// A coverage, and the state of collection and the hours that it was of.
struct CachedCoverage {
    progress: Progress,
    span: Span,
    coverage: Coverage,
}

impl CoverageCache {
    /// The coverage of `span`, given how far collection has come.
    pub(super) fn coverage(
        &mut self,
        snapshot: &Snapshot<'_>,
        tenant: &NamedTenant,
        progress: &Progress,
        span: Span,
    ) -> Result<Coverage, StoreError> {
        let last = tenant.key.and_then(|key| self.last.get(&key));
        if let Some(last) = last.filter(|last| (&last.progress, last.span) == (progress, span)) {
            return Ok(last.coverage.clone());
        }
        let coverage = coverage::of(snapshot, std::slice::from_ref(tenant), span)?;
        if let Some(key) = tenant.key {
            let (progress, coverage) = (progress.clone(), coverage.clone());
            self.last.insert(key, CachedCoverage { progress, span, coverage });
        }
        Ok(coverage)
    }

    /// Forgets all tenants but these.
    pub(super) fn keep(&mut self, tenants: &[NamedTenant]) {
        self.last.retain(|key, _| NamedTenant::name_of(tenants, *key).is_some());
    }
}
