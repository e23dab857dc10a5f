//! The people that a digest names: those at risk, and those who come up again and again.

use crate::store::{Snapshot, StoreError};

use super::measure::Tenant;
use super::risk::Risk;

/// Distinct URLs with a threat that make somebody a repeat user: as the alert rule has it.
const REPEAT: u32 = 3;

/// A person with what their clicks came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub name: String,
    pub tenant: String,
    pub risk: Risk,
}

/// The first of a list, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    pub first: Vec<Person>,
    pub all: u64,
}

/// Those whom something bad may have reached, the worst first.
pub(super) fn at_risk(
    snapshot: &Snapshot<'_>,
    tenants: &[Tenant<'_>],
    limit: usize,
) -> Result<People, StoreError> {
    let rank = |risk: &Risk| [risk.past_block, risk.allowed, risk.past_scan];
    people(snapshot, tenants, limit, |risk| risk.is_at_risk().then(|| rank(risk)))
}

/// Those who clicked on several URLs with a threat, whatever came of it.
pub(super) fn repeated(
    snapshot: &Snapshot<'_>,
    tenants: &[Tenant<'_>],
    limit: usize,
) -> Result<People, StoreError> {
    let rank = |risk: &Risk| [risk.threat_urls, risk.threats, risk.past_block];
    people(snapshot, tenants, limit, |risk| (risk.threat_urls >= REPEAT).then(|| rank(risk)))
}

/// The first of those that have a rank, largest first.
fn people(
    snapshot: &Snapshot<'_>,
    tenants: &[Tenant<'_>],
    limit: usize,
    rank: impl Fn(&Risk) -> Option<[u32; 3]>,
) -> Result<People, StoreError> {
    let mut ranked: Vec<([u32; 3], u32, &Tenant<'_>, Risk)> = Vec::new();
    for tenant in tenants {
        let people = tenant.harms.people.iter();
        ranked.extend(people.filter_map(|(id, risk)| Some((rank(risk)?, *id, tenant, *risk))));
    }
    let all = ranked.len() as u64;
    // Equal ones in the order of their ids, so that the same store gives the same list.
    ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.truncate(limit);
    let person = |(_, id, tenant, risk): ([u32; 3], u32, &Tenant<'_>, Risk)| {
        Ok(Person { name: snapshot.person(id)?, tenant: tenant.name.to_string(), risk })
    };
    Ok(People { first: ranked.into_iter().map(person).collect::<Result<_, StoreError>>()?, all })
}
