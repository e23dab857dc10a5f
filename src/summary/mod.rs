//! A window of clicks → one row per tenant and URL: a fold over segments, exact at any tick.

pub mod document;

use std::sync::Arc;

use crate::click::tally::Tally;
use crate::clock::Tick;
use crate::store::{Snapshot, StoreError, TenantKey};

mod csv;
mod excluded;
pub(crate) mod groups;
pub(crate) mod hits;
pub(crate) mod order;
mod query;
pub(crate) mod texts;

use excluded::Excluded;
use groups::{Keep, UrlGroups};
use order::Entry;

pub use crate::click::sort::Sort;
pub use query::Query;

/// How the clicks on one URL ended, in one tenant. The first columns are the query's.
///
/// What many rows have in common is shared: it makes a long summary twice as fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The URL as the source shows it, byte for byte; may be empty.
    pub url: String,
    /// The counts.
    pub tally: Tally,
    /// Distinct users, compared without case; the empty one is nobody.
    pub clickers: u64,
    /// The first click in the window.
    pub first_click: Tick,
    /// The last click in the window.
    pub last_click: Tick,
    /// Split at commas, trimmed, sorted, without repeats.
    pub threat_types: Arc<[String]>,
    /// Sorted, without repeats.
    pub workloads: Arc<[String]>,
    /// The tenant's name.
    pub tenant: Arc<str>,
}

/// The rows of a window, and what they are part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The rows, in order, as many as were asked for.
    pub rows: Vec<Row>,
    /// How many rows there are without a limit.
    pub all_rows: u64,
    /// The counts over all of them.
    pub tally: Tally,
    /// How many clicks the exclusions left out.
    pub excluded: u64,
}

/// The columns of a row in JSON and CSV, in their order.
pub const COLUMNS: [&str; 14] = [
    "Url",
    "Blocked",
    "Allowed",
    "PendingVerdict",
    "Error",
    "ClickedThrough",
    "BlockedByTenantPolicy",
    "Other",
    "Clickers",
    "FirstClick",
    "LastClick",
    "ThreatTypes",
    "Workloads",
    "Tenant",
];

/// One tenant's window, folded.
pub(crate) struct Folded<'q> {
    pub(crate) key: TenantKey,
    pub(crate) name: Arc<str>,
    pub(crate) groups: UrlGroups<'q>,
}

/// Folds the windows of a query's tenants, which come in the order of their names.
pub(crate) fn fold<'q>(
    snapshot: &Snapshot<'_>,
    query: &'q Query,
    keep: Keep,
) -> Result<Vec<Folded<'q>>, StoreError> {
    let mut tenants = Vec::new();
    for (key, name) in snapshot.tenants()? {
        if query.tenants.contains(&key) {
            let out = Excluded::of(snapshot, query, key, &name)?;
            let groups = UrlGroups::fold(snapshot, key, query.span, keep, out)?;
            tenants.push(Folded { key, name: name.into(), groups });
        }
    }
    Ok(tenants)
}

/// The rows of a window.
pub fn compute(snapshot: &Snapshot<'_>, query: &Query) -> Result<Vec<Row>, StoreError> {
    Ok(summarise(snapshot, query)?.rows)
}

/// The summary of a window.
pub fn summarise(snapshot: &Snapshot<'_>, query: &Query) -> Result<Summary, StoreError> {
    let all_shown = query.limit.is_none() && query.sort != Sort::Clickers;
    let keep = if all_shown { Keep::People } else { Keep::Nothing };
    let folded = fold(snapshot, query, keep)?.into_iter();
    let mut tenants: Vec<_> = folded.map(|Folded { name, groups, .. }| (name, groups)).collect();
    if let Some(text) = &query.matching {
        texts::keep_matching(snapshot, text, &mut tenants)?;
    }
    if query.sort == Sort::Clickers {
        count_all_clickers(snapshot, &mut tenants)?;
    }
    let excluded = tenants.iter().map(|(_, groups)| groups.excluded()).sum();
    let mut entries =
        order::entries(&each(&tenants), |_, _, group| Some(order::rank(group, query.sort)));
    let (all_rows, tally) = (entries.len() as u64, total(&tenants));
    order::drop_beyond(&mut entries, query.limit);
    let mut texts = Vec::new();
    if all_shown {
        // The people are counted while the URLs are read and put in order.
        std::thread::scope(|scope| -> Result<(), StoreError> {
            scope.spawn(|| tenants.iter_mut().for_each(|(_, groups)| groups.count_kept()));
            texts = texts::load(snapshot, &mut entries)?;
            order::sort(&mut entries, &texts);
            Ok(())
        })?;
    } else {
        texts = texts::load(snapshot, &mut entries)?;
        order::sort(&mut entries, &texts);
        entries.truncate(query.limit.unwrap_or(usize::MAX));
        if query.sort != Sort::Clickers {
            count_clickers(snapshot, &entries, &mut tenants)?;
        }
    }
    Ok(Summary {
        rows: rows(snapshot, &entries, &mut texts, &each(&tenants))?,
        all_rows,
        tally,
        excluded,
    })
}

/// The tenants, to be looked at.
fn each<'g, 's>(
    tenants: &'g [(Arc<str>, UrlGroups<'s>)],
) -> Vec<(&'g Arc<str>, &'g UrlGroups<'s>)> {
    tenants.iter().map(|(name, groups)| (name, groups)).collect()
}

fn total(tenants: &[(Arc<str>, UrlGroups<'_>)]) -> Tally {
    let groups = tenants.iter().flat_map(|(_, groups)| groups.iter());
    groups.fold(Tally::default(), |total, (_, _, group)| total + group.tally())
}

fn count_all_clickers(
    snapshot: &Snapshot<'_>,
    tenants: &mut [(Arc<str>, UrlGroups<'_>)],
) -> Result<(), StoreError> {
    tenants.iter_mut().try_for_each(|(_, groups)| groups.count_clickers(snapshot, |_| true))
}

/// Counts the people behind the rows that are shown.
fn count_clickers(
    snapshot: &Snapshot<'_>,
    entries: &[Entry],
    tenants: &mut [(Arc<str>, UrlGroups<'_>)],
) -> Result<(), StoreError> {
    for (place, (_, groups)) in (0u32..).zip(tenants) {
        let mut shown = vec![false; groups.len()];
        for entry in entries.iter().filter(|entry| entry.tenant == place) {
            if let Some(slot) = shown.get_mut(entry.group as usize) {
                *slot = true;
            }
        }
        groups.count_clickers(snapshot, |group| shown.get(group).copied().unwrap_or(false))?;
    }
    Ok(())
}

/// The rows of `entries`, which take their texts.
pub(crate) fn rows(
    snapshot: &Snapshot<'_>,
    entries: &[Entry],
    texts: &mut [String],
    tenants: &[(&Arc<str>, &UrlGroups<'_>)],
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some((tenant, groups)) = tenants.get(entry.tenant as usize) else { continue };
        let (Some(group), Some(url)) =
            (groups.get(entry.group), texts.get_mut(entry.text as usize))
        else {
            continue;
        };
        let (threat_types, workloads) = groups.marks(snapshot, entry.group)?;
        rows.push(Row {
            url: std::mem::take(url),
            tally: group.tally(),
            clickers: u64::from(group.clickers),
            first_click: Tick(group.first),
            last_click: Tick(group.last),
            threat_types,
            workloads,
            tenant: Arc::clone(tenant),
        });
    }
    Ok(rows)
}
