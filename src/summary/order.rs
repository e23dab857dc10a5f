//! The order of summary rows, found with as few URLs as texts as can be.

use std::sync::Arc;

use crate::click::sort::Sort;

use super::groups::{UrlGroup, UrlGroups};

/// A row to be: what it is ordered by, and where its group and its URL are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The column asked for, then `ClickedThrough` and `Blocked`, as one number that is smaller
    /// the earlier the row comes.
    rank: u128,
    /// Stands for the URL's first bytes; see [`head`].
    pub(crate) head: u128,
    /// The id of the URL.
    pub(crate) url: u32,
    /// The place of its URL's text.
    pub(crate) text: u32,
    /// The group's place in its tenant's.
    pub(crate) group: u32,
    /// The tenant's place; tenants are ordered by name.
    pub(crate) tenant: u32,
}

/// An entry for each group that has a rank; `rank` is told the tenant's place and the group's.
pub(crate) fn entries<'g, 's: 'g>(
    tenants: &[(&'g Arc<str>, &'g UrlGroups<'s>)],
    rank: impl Fn(u32, u32, &UrlGroup) -> Option<u128>,
) -> Vec<Entry> {
    let most = tenants.iter().map(|(_, groups)| groups.len()).sum();
    let mut entries = Vec::with_capacity(most);
    for (tenant, (_, groups)) in (0u32..).zip(tenants) {
        entries.extend(groups.iter().filter_map(|(group, url, it)| {
            let rank = rank(tenant, group, it)?;
            Some(Entry { rank, head: 0, url, text: 0, group, tenant })
        }));
    }
    entries
}

/// A number that is smaller the earlier a group comes in the order of a column.
pub(crate) fn rank(group: &UrlGroup, sort: Sort) -> u128 {
    let tally = group.tally();
    let asked = match sort {
        Sort::Url => return 0,
        Sort::FirstClick => group.first,
        Sort::LastClick => group.last,
        Sort::Clickers => i64::from(group.clickers),
        Sort::ClickedThrough => tally.clicked_through.cast_signed(),
        Sort::Blocked => tally.blocked.cast_signed(),
        Sort::Allowed => tally.allowed.cast_signed(),
        Sort::PendingVerdict => tally.pending_verdict.cast_signed(),
        Sort::Error => tally.error.cast_signed(),
        Sort::BlockedByTenantPolicy => tally.blocked_by_tenant_policy.cast_signed(),
        Sort::Other => tally.other.cast_signed(),
    };
    // Times may lie before 1970: the offset keeps the order of signed numbers.
    let asked = asked.cast_unsigned() ^ 1 << 63;
    !(u128::from(asked) << 64 | u128::from(tally.clicked_through << 32 | tally.blocked))
}

/// Drops what cannot be among the first `limit` rows, whatever its URL is.
pub(crate) fn drop_beyond(entries: &mut Vec<Entry>, limit: Option<usize>) {
    let Some(limit) = limit.filter(|limit| *limit < entries.len()) else { return };
    let Some(last) = limit.checked_sub(1) else { return entries.clear() };
    let (_, last, _) = entries.select_nth_unstable_by(last, |a, b| a.rank.cmp(&b.rank));
    let worst = last.rank;
    entries.retain(|entry| entry.rank <= worst);
}

/// Sorts by ranks, URL and tenant; `texts` are those of [`Entry::text`].
pub(crate) fn sort(entries: &mut [Entry], texts: &[String]) {
    let url = |entry: &Entry| texts.get(entry.text as usize).map(String::as_bytes);
    entries.sort_unstable_by(|a, b| {
        (a.rank.cmp(&b.rank))
            .then(a.head.cmp(&b.head))
            .then_with(|| url(a).cmp(&url(b)))
            .then(a.tenant.cmp(&b.tenant))
    });
}

/// A number that is smaller for a smaller URL, though perhaps equal for different ones: the first
/// bytes after `https://`, which most have in common.
pub(crate) fn head(url: &str) -> u128 {
    const COMMON: &[u8] = b"https://";
    let bytes = url.as_bytes();
    let (rank, rest) = match bytes.strip_prefix(COMMON) {
        Some(rest) => (1u8, rest),
        None if bytes < COMMON => (0, bytes),
        None => (2, bytes),
    };
    let mut head = [0; 16];
    for (slot, byte) in head.iter_mut().zip([rank].iter().chain(rest)) {
        *slot = *byte;
    }
    u128::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn heads_never_contradict_the_order(
            a in "(http://|https://|https:/|)[\\x00-\\x7f]{0,20}|\\PC{0,9}",
            b in "(http://|https://|https:/|)[\\x00-\\x7f]{0,20}|\\PC{0,9}",
        ) {
            let heads = head(&a).cmp(&head(&b));
            prop_assert!(heads == Ordering::Equal || heads == a.as_bytes().cmp(b.as_bytes()));
        }
    }
}
