//! What is known of groups over the whole store: a look at every segment, taken only where a
//! condition hangs on it.

use std::collections::BTreeMap;

use super::event::{Event, GroupKey};
use super::reader::Reader;
use super::wanted::{NumberSet, Wanted};
use crate::clock::{Span, Tick};
use crate::condition::GroupBy;
use crate::config::By;
use crate::store::StoreError;

/// What is known of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// Its first click.
    pub first: Tick,
    /// How many people clicked.
    pub people: u32,
}

/// Groups by what they are by.
pub(super) type Groups<'r> = BTreeMap<&'r By, NumberSet<GroupKey>>;

/// What is known of groups.
pub(super) type Known<'r> = BTreeMap<(&'r By, GroupKey), Whole>;

/// What is known of each of `groups`, of which `samples` are clicks.
pub(super) fn of<'r>(
    reader: &mut Reader<'_, '_>,
    groups: &Groups<'r>,
    samples: &[Event],
) -> Result<Known<'r>, StoreError> {
    let mut found: BTreeMap<(&By, GroupKey), (Tick, NumberSet<u32>)> = BTreeMap::new();
    let all = Span::new(Tick(i64::MIN), Tick(i64::MAX));
    reader.show(&[all], &wanted(groups, samples), |event| {
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
    let whole =
        |(first, people): (Tick, NumberSet<u32>)| Whole { first, people: people.len() as u32 };
    Ok(found.into_iter().map(|(group, known)| (group, whole(known))).collect())
}

/// What has a part in common with the groups of `samples`.
pub(super) fn wanted(groups: &Groups<'_>, samples: &[Event]) -> Wanted {
    let mut wanted = Wanted::default();
    for (by, keys) in groups {
        for event in samples {
            if event.group(by).is_none_or(|key| !keys.contains(&key)) {
                continue;
            }
            // One part is enough to find all that shares every part.
            if by.has(GroupBy::Url) {
                wanted.add_url(event.url);
            } else if by.has(GroupBy::Host) {
                wanted.add_site(event.site);
            } else {
                wanted.add_person(event.person);
            }
        }
    }
    wanted
}
