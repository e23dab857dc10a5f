//! What is known of groups over the whole store: a look at every segment, taken only where a
//! condition hangs on it.

use std::collections::BTreeMap;

use super::event::{ClickEvent, GroupKey};
use super::reader::ClickReader;
use super::scan_filter::{NumberSet, ScanFilter};
use crate::clock::{Span, Tick};
use crate::condition::GroupBy;
use crate::config::By;
use crate::store::StoreError;

/// What is known of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AllTime {
    /// Its first click.
    pub first: Tick,
    /// How many people clicked.
    pub people: u32,
}

/// Groups by what they are by.
pub(super) type KeysByGrouping<'r> = BTreeMap<&'r By, NumberSet<GroupKey>>;

/// What is known of groups.
pub(super) type AllTimeByGroup<'r> = BTreeMap<(&'r By, GroupKey), AllTime>;

/// What is known of each of `groups`, of which `samples` are clicks.
pub(super) fn of<'r>(
    reader: &mut ClickReader<'_, '_>,
    groups: &KeysByGrouping<'r>,
    samples: &[ClickEvent],
) -> Result<AllTimeByGroup<'r>, StoreError> {
    let mut found: BTreeMap<(&By, GroupKey), (Tick, NumberSet<u32>)> = BTreeMap::new();
    let all = Span::new(Tick(i64::MIN), Tick(i64::MAX));
    reader.show(&[all], &filter(groups, samples), |event| {
        for (by, keys) in groups {
            let Some(key) = event.group(by).filter(|key| keys.contains(key)) else { continue };
            let (first, people) =
                found.entry((*by, key)).or_insert_with(|| (event.tick, NumberSet::default()));
            *first = (*first).min(event.tick);
            if event.person != 0 {
                people.insert(event.person);
            }
        }
    })?;
    let all_time =
        |(first, people): (Tick, NumberSet<u32>)| AllTime { first, people: people.len() as u32 };
    Ok(found.into_iter().map(|(group, known)| (group, all_time(known))).collect())
}

/// What has a part in common with the groups of `samples`.
pub(super) fn filter(groups: &KeysByGrouping<'_>, samples: &[ClickEvent]) -> ScanFilter {
    let mut filter = ScanFilter::default();
    for (by, keys) in groups {
        for event in samples {
            if event.group(by).is_none_or(|key| !keys.contains(&key)) {
                continue;
            }
            // One part is enough to find all that shares every part.
            if by.has(GroupBy::Url) {
                filter.add_url(event.url);
            } else if by.has(GroupBy::Host) {
                filter.add_site(event.site);
            } else {
                filter.add_person(event.person);
            }
        }
    }
    filter
}
