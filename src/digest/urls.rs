//! The URLs that a digest names, in its order, each with what its clicks came to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::click::tally::Class;
use crate::clock::{DAY, Span};
use crate::config::Order;
use crate::store::{ReportedUrl, Snapshot, StoreError, TenantKey};
use crate::summary::groups::{UrlGroup, UrlGroups};
use crate::summary::order::{self, Entry};
use crate::summary::{Row, rows, texts};

use super::measure::MeasuredTenant;
use super::risk::UrlRisk;

/// How long a URL must not have been clicked to be new: what Defender itself remembers.
const NEW_AFTER: i64 = 30 * DAY;

/// A URL that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedUrl {
    pub row: Row,
    pub key: TenantKey,
    /// Its id.
    pub id: u32,
    pub risk: UrlRisk,
    pub class: Class,
    /// Whether nobody clicked it in the 30 days before the window. `None` where nothing is known
    /// of them.
    pub is_new: Option<bool>,
}

impl ListedUrl {
    /// What is written down of it, to be corrected.
    pub(super) fn reported(&self) -> ReportedUrl {
        ReportedUrl {
            tenant: self.key,
            url: self.id,
            class: self.class,
            tally: self.row.tally.five(),
        }
    }
}

/// Which URLs are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UrlScope {
    /// All but the clean ones.
    Suspicious,
    /// Every one.
    All,
}

/// How many URLs of a tenant may be listed.
pub(super) fn count_listed(tenant: &MeasuredTenant<'_>, scope: UrlScope) -> u64 {
    let class = |place, group: &UrlGroup| tenant.risks.at(place).class(group.tally());
    let is_listed = |place, group| scope == UrlScope::All || class(place, group) != Class::Clean;
    tenant.groups.iter().filter(|(place, _, group)| is_listed(*place, group)).count() as u64
}

/// Counts the people behind all URLs that may be listed.
pub(super) fn count_clickers(
    snapshot: &Snapshot<'_>,
    tenants: &mut [MeasuredTenant<'_>],
    scope: UrlScope,
) -> Result<(), StoreError> {
    for MeasuredTenant { groups, risks, .. } in tenants {
        let mut wanted = vec![scope == UrlScope::All; groups.len()];
        for (place, _, group) in groups.iter() {
            if let Some(slot) = wanted.get_mut(place as usize) {
                *slot |= risks.at(place).class(group.tally()) != Class::Clean;
            }
        }
        groups.count_clickers(snapshot, |place| wanted.get(place) == Some(&true))?;
    }
    Ok(())
}

/// URLs in their order, to be taken a few at a time: a row takes several times what it is ordered by.
pub(super) struct Listing<'t, 'q> {
    tenants: &'t [MeasuredTenant<'q>],
    groups: Vec<(&'t Arc<str>, &'t UrlGroups<'q>)>,
    entries: std::vec::IntoIter<Entry>,
    texts: Vec<String>,
}

impl<'t, 'q> Listing<'t, 'q> {
    /// The first `limit` URLs.
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        tenants: &'t [MeasuredTenant<'q>],
        scope: UrlScope,
        by: Order,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let groups: Vec<_> = tenants.iter().map(|tenant| (&tenant.name, &tenant.groups)).collect();
        let mut entries = order::entries(&groups, |tenant, place, group| {
            let risk =
                tenants.get(tenant as usize).map_or(UrlRisk::default(), |t| t.risks.at(place));
            let is_listed = scope == UrlScope::All || risk.class(group.tally()) != Class::Clean;
            is_listed.then(|| rank(group, risk, by))
        });
        order::drop_beyond(&mut entries, Some(limit));
        entries.shrink_to_fit();
        let texts = texts::load(snapshot, &mut entries)?;
        order::sort(&mut entries, &texts);
        entries.truncate(limit);
        Ok(Self { tenants, groups, entries: entries.into_iter(), texts })
    }

    /// The next ones, `count` at most.
    pub(super) fn take(
        &mut self,
        snapshot: &Snapshot<'_>,
        count: usize,
    ) -> Result<Vec<ListedUrl>, StoreError> {
        let entries: Vec<Entry> = self.entries.by_ref().take(count).collect();
        let rows = rows(snapshot, &entries, &mut self.texts, &self.groups)?;
        let urls = rows.into_iter().zip(&entries).filter_map(|(row, entry)| {
            let tenant = self.tenants.get(entry.tenant as usize)?;
            let risk = tenant.risks.at(entry.group);
            let class = risk.class(row.tally);
            Some(ListedUrl { row, key: tenant.key, id: entry.url, risk, class, is_new: None })
        });
        Ok(urls.collect())
    }
}

/// A number that is smaller the earlier a URL comes.
fn rank(group: &UrlGroup, risk: UrlRisk, by: Order) -> u128 {
    match by {
        Order::Column(sort) => order::rank(group, sort),
        Order::Risk => {
            let blocked = group.tally().blocked as u32;
            let keys = [risk.past_block, risk.allowed, blocked, group.clickers];
            !keys.into_iter().fold(0u128, |rank, key| rank << 32 | u128::from(key))
        }
    }
}

/// Finds out which of `urls` are new in the window.
pub(super) fn mark_new(
    snapshot: &Snapshot<'_>,
    span: Span,
    urls: &mut [ListedUrl],
) -> Result<(), StoreError> {
    let mut ids: BTreeMap<TenantKey, BTreeSet<u32>> = BTreeMap::new();
    for url in urls.iter() {
        ids.entry(url.key).or_default().insert(url.id);
    }
    let before = Span::new(span.from.plus(-NEW_AFTER), span.from);
    for (key, ids) in ids {
        if snapshot.first_hour(key)?.is_none_or(|first| first.start() >= span.from) {
            continue;
        }
        let known = snapshot.clicked(key, before, &ids)?;
        for url in urls.iter_mut().filter(|url| url.key == key) {
            url.is_new = Some(!known.contains(&url.id));
        }
    }
    Ok(())
}
