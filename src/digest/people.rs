//! The people that a digest names: those at risk, and those who come up again and again.

use crate::store::{Snapshot, StoreError};

use super::measure::MeasuredTenant;
use super::risk::UserRisk;

/// Distinct URLs with a threat that make somebody a repeat user: as the alert rule has it.
const REPEAT_USER_URLS: u32 = 3;

/// A person with what their clicks came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RankedUser {
    pub name: String,
    pub tenant: String,
    pub risk: UserRisk,
}

/// The first of a list, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RankedUsers {
    pub first: Vec<RankedUser>,
    pub all: u64,
}

/// Those whom something bad may have reached, the worst first.
pub(super) fn at_risk(
    snapshot: &Snapshot<'_>,
    tenants: &[MeasuredTenant<'_>],
    limit: usize,
) -> Result<RankedUsers, StoreError> {
    let rank = |risk: &UserRisk| [risk.past_block, risk.allowed, risk.past_scan];
    people(snapshot, tenants, limit, |risk| risk.is_at_risk().then(|| rank(risk)))
}

/// Those who clicked on several URLs with a threat, whatever came of it.
pub(super) fn repeated(
    snapshot: &Snapshot<'_>,
    tenants: &[MeasuredTenant<'_>],
    limit: usize,
) -> Result<RankedUsers, StoreError> {
    let rank = |risk: &UserRisk| [risk.threat_urls, risk.threats, risk.past_block];
    people(snapshot, tenants, limit, |risk| {
        (risk.threat_urls >= REPEAT_USER_URLS).then(|| rank(risk))
    })
}

/// The first of those that have a rank, largest first.
fn people(
    snapshot: &Snapshot<'_>,
    tenants: &[MeasuredTenant<'_>],
    limit: usize,
    rank: impl Fn(&UserRisk) -> Option<[u32; 3]>,
) -> Result<RankedUsers, StoreError> {
    let mut ranked: Vec<([u32; 3], u32, &MeasuredTenant<'_>, UserRisk)> = Vec::new();
    for tenant in tenants {
        let people = tenant.risks.people.iter();
        ranked.extend(people.filter_map(|(id, risk)| Some((rank(risk)?, *id, tenant, *risk))));
    }
    let all = ranked.len() as u64;
    // Equal ones in the order of their ids, so that the same store gives the same list.
    ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.truncate(limit);
    let person = |(_, id, tenant, risk): ([u32; 3], u32, &MeasuredTenant<'_>, UserRisk)| {
        Ok(RankedUser { name: snapshot.person(id)?, tenant: tenant.name.to_string(), risk })
    };
    Ok(RankedUsers {
        first: ranked.into_iter().map(person).collect::<Result<_, StoreError>>()?,
        all,
    })
}
