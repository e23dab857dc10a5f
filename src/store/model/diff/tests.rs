//! Diffs of random answers, against what they promise.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type RowPlace = (i64, u128);

/// Few values, so that equal rows are frequent.
fn held() -> impl Strategy<Value = Vec<HeldRow>> {
    let row = ((0..3i64, 0..3u128, 0..4u32), (0..3i64, any::<bool>()));
    prop::collection::btree_map(row.0, row.1, 0..12).prop_map(|rows| {
        let held = rows.into_iter().map(|((ts, hash, ordinal), (detail, live))| {
            let key = ClickKey { hash, ordinal };
            HeldRow { ts, key, detail, live }
        });
        held.collect()
    })
}

fn seen() -> impl Strategy<Value = Vec<PreparedRow>> {
    prop::collection::vec((0..3i64, 0..3u128, 0..3i64), 0..12).prop_map(|rows| {
        let mut rows: Vec<_> = (0..)
            .zip(rows)
            .map(|(index, (ts, hash, detail))| PreparedRow { ts, hash, detail, url: 0, index })
            .collect();
        rows.sort_by_key(|row| (row.place(), row.index));
        rows
    })
}

fn count<T: Ord>(all: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

/// The place and details of every row that is live after `steps`.
fn live(
    steps: &[DiffStep],
    held: &[HeldRow],
    seen: &[PreparedRow],
) -> BTreeMap<(RowPlace, i64), usize> {
    count(steps.iter().filter_map(|step| match step {
        DiffStep::Same { held: h } | DiffStep::Kept { held: h } => {
            Some((held[*h].place(), held[*h].detail))
        }
        DiffStep::Changed { seen: s, .. }
        | DiffStep::Returned { seen: s, .. }
        | DiffStep::New { seen: s, .. } => Some((seen[*s].place(), seen[*s].detail)),
        DiffStep::Gone { .. } | DiffStep::Withdrawn { .. } => None,
    }))
}

/// What holds of every list of steps: each held row has one, in order, no key is used twice.
fn check(steps: &[DiffStep], held: &[HeldRow], seen: &[PreparedRow]) -> Result<(), TestCaseError> {
    let mut keys = Vec::new();
    let mut ours = BTreeSet::new();
    let mut theirs = BTreeSet::new();
    for step in steps {
        let (h, s) = match *step {
            DiffStep::Same { held } | DiffStep::Gone { held } | DiffStep::Kept { held } => {
                (Some(held), None)
            }
            DiffStep::Withdrawn { held } => (Some(held), None),
            DiffStep::Changed { held, seen } | DiffStep::Returned { held, seen } => {
                (Some(held), Some(seen))
            }
            DiffStep::New { seen: s, ordinal } => {
                keys.push((seen[s].ts, ClickKey { hash: seen[s].hash, ordinal }));
                (None, Some(s))
            }
        };
        if let Some(h) = h {
            keys.push((held[h].ts, held[h].key));
            prop_assert!(ours.insert(h));
        }
        prop_assert!(s.is_none_or(|s| theirs.insert(s)));
    }
    prop_assert!(keys.windows(2).all(|two| two[0] < two[1]), "{keys:?}");
    prop_assert_eq!(ours.len(), held.len());
    Ok(())
}

proptest! {
    #[test]
    fn after_an_accepted_answer_its_rows_are_the_live_ones(held in held(), seen in seen()) {
        let steps = diff(&held, &seen, Acceptance::Accept);
        check(&steps, &held, &seen)?;
        let answer = count(seen.iter().map(|row| (row.place(), row.detail)));
        prop_assert_eq!(live(&steps, &held, &seen), answer.clone());
        // As many rows as can be are the same.
        let before = count(held.iter().filter(|h| h.live).map(|h| (h.place(), h.detail)));
        let same = steps.iter().filter(|step| matches!(step, DiffStep::Same { .. })).count();
        let most: usize =
            before.iter().map(|(row, n)| answer.get(row).copied().unwrap_or(0).min(*n)).sum();
        prop_assert_eq!(same, most);
    }

    #[test]
    fn any_other_answer_takes_nothing_and_doubles_nothing(held in held(), seen in seen()) {
        let steps = diff(&held, &seen, Acceptance::Keep);
        check(&steps, &held, &seen)?;
        let places = |rows: BTreeMap<(RowPlace, i64), usize>| {
            count(rows.into_iter().flat_map(|((place, _), n)| std::iter::repeat_n(place, n)))
        };
        let mut expect = count(held.iter().filter(|h| h.live).map(HeldRow::place));
        for row in &seen {
            expect.entry(row.place()).or_insert(1);
        }
        prop_assert_eq!(places(live(&steps, &held, &seen)), expect);
        let gone = steps.iter().any(|step| matches!(step, DiffStep::Gone { .. }));
        prop_assert!(!gone);
        let news = steps.iter().filter_map(|step| match step {
            DiffStep::New { ordinal, .. } => Some(*ordinal),
            _ => None,
        });
        prop_assert!(news.into_iter().all(|ordinal| ordinal == 0));
    }

    #[test]
    fn an_answer_twice_changes_nothing_more(seen in seen()) {
        let held: Vec<HeldRow> = diff(&[], &seen, Acceptance::Accept)
            .into_iter()
            .map(|step| match step {
                DiffStep::New { seen: s, ordinal } => {
                    let PreparedRow { ts, hash, detail, .. } = seen[s];
                    HeldRow { ts, key: ClickKey { hash, ordinal }, detail, live: true }
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let again = diff(&held, &seen, Acceptance::Accept);
        let same = again.iter().all(|step| matches!(step, DiffStep::Same { .. }));
        prop_assert!(same, "{again:?}");
    }
}
