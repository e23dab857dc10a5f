//! The URLs that a digest names, in its order, each with what its clicks came to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::click::tally::Class;
use crate::clock::{DAY, Span};
use crate::config::Order;
use crate::store::{ReportedUrl, Snapshot, StoreError, TenantKey};
use crate::summary::groups::{Group, Groups};
use crate::summary::order::{self, Entry};
use crate::summary::{Row, rows, texts};

use super::measure::Tenant;
use super::risk::Harm;

/// How long a URL must not have been clicked to be new: what Defender itself remembers.
const FORGOTTEN: i64 = 30 * DAY;

/// A URL that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub row: Row,
    pub key: TenantKey,
    /// Its id.
    pub id: u32,
    pub harm: Harm,
    pub class: Class,
    /// Whether nobody clicked it in the 30 days before the window. `None` where nothing is known
    /// of them.
    pub is_new: Option<bool>,
}

impl Url {
    /// What is written down of it, to be corrected.
    pub(super) fn told(&self) -> ReportedUrl {
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
pub(super) enum Which {
    /// All but the clean ones.
    Suspicious,
    /// Every one.
    All,
}

/// Counts the people behind all URLs that may be listed.
pub(super) fn count_clickers(
    snapshot: &Snapshot<'_>,
    tenants: &mut [Tenant<'_>],
    which: Which,
) -> Result<(), StoreError> {
    for Tenant { groups, harms, .. } in tenants {
        let mut wanted = vec![which == Which::All; groups.len()];
        for (place, _, group) in groups.iter() {
            if let Some(slot) = wanted.get_mut(place as usize) {
                *slot |= harms.at(place).class(group.tally()) != Class::Clean;
            }
        }
        groups.count_clickers(snapshot, |place| wanted.get(place) == Some(&true))?;
    }
    Ok(())
}

/// URLs in their order, to be taken a few at a time: a row takes several times what it is ordered by.
pub(super) struct Listing<'t, 'q> {
    tenants: &'t [Tenant<'q>],
    groups: Vec<(&'t Arc<str>, &'t Groups<'q>)>,
    entries: std::vec::IntoIter<Entry>,
    texts: Vec<String>,
}

impl<'t, 'q> Listing<'t, 'q> {
    /// The first `limit` URLs.
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        tenants: &'t [Tenant<'q>],
        which: Which,
        by: Order,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let groups: Vec<_> = tenants.iter().map(|tenant| (&tenant.name, &tenant.groups)).collect();
        let mut entries = order::entries(&groups, |tenant, place, group| {
            let harm = tenants.get(tenant as usize).map_or(Harm::default(), |t| t.harms.at(place));
            let is_listed = which == Which::All || harm.class(group.tally()) != Class::Clean;
            is_listed.then(|| rank(group, harm, by))
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
    ) -> Result<Vec<Url>, StoreError> {
        let entries: Vec<Entry> = self.entries.by_ref().take(count).collect();
        let rows = rows(snapshot, &entries, &mut self.texts, &self.groups)?;
        let urls = rows.into_iter().zip(&entries).filter_map(|(row, entry)| {
            let tenant = self.tenants.get(entry.tenant as usize)?;
            let harm = tenant.harms.at(entry.group);
            let class = harm.class(row.tally);
            Some(Url { row, key: tenant.key, id: entry.url, harm, class, is_new: None })
        });
        Ok(urls.collect())
    }
}

/// A number that is smaller the earlier a URL comes.
fn rank(group: &Group, harm: Harm, by: Order) -> u128 {
    match by {
        Order::Column(sort) => order::rank(group, sort),
        Order::Risk => {
            let blocked = group.tally().blocked as u32;
            let keys = [harm.past_block, harm.allowed, blocked, group.clickers];
            !keys.into_iter().fold(0u128, |rank, key| rank << 32 | u128::from(key))
        }
    }
}

/// Finds out which of `urls` are new in the window.
pub(super) fn mark_new(
    snapshot: &Snapshot<'_>,
    span: Span,
    urls: &mut [Url],
) -> Result<(), StoreError> {
    let mut ids: BTreeMap<TenantKey, BTreeSet<u32>> = BTreeMap::new();
    for url in urls.iter() {
        ids.entry(url.key).or_default().insert(url.id);
    }
    let before = Span::new(span.from.plus(-FORGOTTEN), span.from);
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
