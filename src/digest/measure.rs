//! A window of clicks, measured: what each URL and each person came to, and all together.

use std::sync::Arc;

use crate::click::selection::Exclusion;
use crate::click::tally::{Class, Tally};
use crate::clock::Span;
use crate::store::{Snapshot, StoreError, TenantKey};
use crate::summary::groups::{Keep, UrlGroups};
use crate::summary::{self, Query, Sort};

use super::risk::WindowRisk;

/// One tenant's window.
pub(super) struct MeasuredTenant<'q> {
    pub key: TenantKey,
    pub name: Arc<str>,
    pub groups: UrlGroups<'q>,
    pub risks: WindowRisk,
}

/// The headline numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DigestTotals {
    pub tally: Tally,
    pub urls: u64,
    pub clean_urls: u64,
    pub clean_clicks: u64,
    pub past_block: u64,
    pub past_scan: u64,
    pub allowed_with_threat: u64,
    pub users_at_risk: u64,
    pub excluded: u64,
}

/// The question that a digest asks of a window.
pub(super) fn query(report_tenants: &[TenantKey], exclusions: &[Exclusion], span: Span) -> Query {
    Query {
        tenants: report_tenants.to_vec(),
        span,
        sort: Sort::ClickedThrough,
        limit: None,
        matching: None,
        exclusions: exclusions.to_vec(),
    }
}

/// Measures a window, a tenant after the other.
pub(super) fn measure<'q>(
    snapshot: &Snapshot<'_>,
    query: &'q Query,
) -> Result<Vec<MeasuredTenant<'q>>, StoreError> {
    let mut tenants = Vec::new();
    for summary::Folded { key, name, mut groups } in summary::fold(snapshot, query, Keep::Hits)? {
        let risks = WindowRisk::of(snapshot, key, query.span, &mut groups)?;
        tenants.push(MeasuredTenant { key, name, groups, risks });
    }
    Ok(tenants)
}

/// The headline numbers over all tenants.
pub(super) fn totals(tenants: &[MeasuredTenant<'_>]) -> DigestTotals {
    let mut totals = DigestTotals::default();
    for MeasuredTenant { groups, risks, .. } in tenants {
        for (place, _, group) in groups.iter() {
            let tally = group.tally();
            totals.tally += tally;
            totals.urls += 1;
            if risks.at(place).class(tally) == Class::Clean {
                totals.clean_urls += 1;
                totals.clean_clicks += tally.rows;
            }
        }
        let risk = risks.total();
        totals.past_block += u64::from(risk.past_block);
        totals.past_scan += u64::from(risk.past_scan);
        totals.allowed_with_threat += u64::from(risk.allowed);
        let at_risk = risks.people.values().filter(|risk| risk.is_at_risk());
        totals.users_at_risk += at_risk.count() as u64;
        totals.excluded += groups.excluded();
    }
    totals
}
