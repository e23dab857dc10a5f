//! What an answer changes: the held rows of a window and those of the answer, merged in order.
//! Pure, so that every back end can share it.

use crate::sync_state::hour::Acceptance;

use super::identity::ClickKey;
use super::prepare::PreparedRow;

/// A row that the store holds, live or withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldRow {
    pub(crate) ts: i64,
    pub(crate) key: ClickKey,
    pub(crate) detail: i64,
    pub(crate) live: bool,
}

/// What becomes of one row; numbers are places in the lists of held and seen rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiffStep {
    /// Held, live, and seen unchanged.
    Same { held: usize },
    /// Held, live, and seen with other details.
    Changed { held: usize, seen: usize },
    /// Was withdrawn and is seen again, perhaps with other details.
    Returned { held: usize, seen: usize },
    /// Never held before.
    New { seen: usize, ordinal: u32 },
    /// Held, live, and not in an accepted answer.
    Gone { held: usize },
    /// Held, live, not in the answer, which says nothing.
    Kept { held: usize },
    /// Withdrawn, and stays so.
    Withdrawn { held: usize },
}

impl DiffStep {
    /// Whether it writes nothing.
    pub(crate) const fn is_quiet(&self) -> bool {
        matches!(self, Self::Same { .. } | Self::Kept { .. } | Self::Withdrawn { .. })
    }
}

/// Merges `held` (ordered by time and key) with `seen` (ordered by place). The steps come in the
/// order of time and key.
pub(crate) fn diff(
    held: &[HeldRow],
    seen: &[PreparedRow],
    acceptance: Acceptance,
) -> Vec<DiffStep> {
    let mut steps = Vec::with_capacity(held.len().max(seen.len()));
    let (mut h, mut s) = (0, 0);
    loop {
        let place = match (held.get(h).map(HeldRow::place), seen.get(s).map(PreparedRow::place)) {
            (None, None) => return steps,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) => one.min(other),
        };
        let ours = run(held, h, |row| row.place() == place);
        let theirs = run(seen, s, |row| row.place() == place);
        IdentityGroup { held, seen, ours: h..h + ours, theirs: s..s + theirs }
            .steps(acceptance, &mut steps);
        (h, s) = (h + ours, s + theirs);
    }
}

/// How many rows from `start` on are `alike`.
fn run<T>(rows: &[T], start: usize, alike: impl Fn(&T) -> bool) -> usize {
    rows.get(start..).unwrap_or_default().iter().take_while(|row| alike(row)).count()
}

impl HeldRow {
    const fn place(&self) -> (i64, u128) {
        (self.ts, self.key.hash)
    }
}

/// All rows of one identity.
struct IdentityGroup<'a> {
    held: &'a [HeldRow],
    seen: &'a [PreparedRow],
    ours: std::ops::Range<usize>,
    theirs: std::ops::Range<usize>,
}

impl IdentityGroup<'_> {
    fn steps(&self, acceptance: Acceptance, steps: &mut Vec<DiffStep>) {
        let row = self.held.get(self.ours.start).filter(|row| row.live);
        match (self.ours.len(), self.theirs.len(), row) {
            // Nearly every row: one of each, or one new.
            (1, 1, Some(row)) => steps.push(self.pair(self.ours.start, *row, self.theirs.start)),
            (0, 1, _) => steps.push(DiffStep::New { seen: self.theirs.start, ordinal: 0 }),
            _ => self.pair_all(acceptance, steps),
        }
    }

    /// Equal rows are paired by equal details first, so that their order in an answer is no change.
    fn pair_all(&self, acceptance: Acceptance, steps: &mut Vec<DiffStep>) {
        let mut pairs = vec![None; self.ours.len()];
        let mut left: Vec<usize> = self.theirs.clone().collect();
        let live: fn(&HeldRow) -> bool = |row| row.live;
        let withdrawn: fn(&HeldRow) -> bool = |row| !row.live;
        let mut take = |which: fn(&HeldRow) -> bool, details, most| {
            self.take(&mut pairs, &mut left, which, details, most)
        };
        match acceptance {
            Acceptance::Accept => {
                take(live, Details::Equal, usize::MAX);
                take(withdrawn, Details::Equal, usize::MAX);
                take(live, Details::Any, usize::MAX);
                take(withdrawn, Details::Any, usize::MAX);
            }
            // Such an answer may show a row twice: it brings back one at most, and only if none is live.
            Acceptance::Keep => {
                take(live, Details::Equal, usize::MAX);
                take(live, Details::Any, usize::MAX);
                if !self.ours.clone().filter_map(|h| self.held.get(h)).any(live) {
                    let back = take(withdrawn, Details::Equal, 1);
                    take(withdrawn, Details::Any, 1 - back);
                }
            }
        }
        if acceptance == Acceptance::Keep {
            left.truncate(usize::from(self.ours.is_empty()));
        }
        self.write(&pairs, &left, acceptance, steps);
    }

    /// Pairs rows that are left; returns how many.
    fn take(
        &self,
        pairs: &mut [Option<usize>],
        left: &mut Vec<usize>,
        which: fn(&HeldRow) -> bool,
        details: Details,
        most: usize,
    ) -> usize {
        let mut taken = 0;
        let rows = self.held.get(self.ours.clone()).unwrap_or_default();
        for (slot, row) in pairs.iter_mut().zip(rows) {
            if slot.is_some() || !which(row) || taken == most {
                continue;
            }
            let fits = |s: &usize| {
                details == Details::Any || self.seen.get(*s).map(|s| s.detail) == Some(row.detail)
            };
            if let Some(found) = left.iter().position(fits) {
                *slot = Some(left.remove(found));
                taken += 1;
            }
        }
        taken
    }

    /// Steps in the order of ordinals: new rows fill the ordinals that are free.
    fn write(
        &self,
        pairs: &[Option<usize>],
        left: &[usize],
        acceptance: Acceptance,
        out: &mut Vec<DiffStep>,
    ) {
        let mut left = left.iter();
        let mut next = 0;
        for (h, pair) in self.ours.clone().zip(pairs) {
            let Some(row) = self.held.get(h) else { continue };
            for ordinal in next..row.key.ordinal {
                let Some(&seen) = left.next() else { break };
                out.push(DiffStep::New { seen, ordinal });
            }
            next = row.key.ordinal + 1;
            out.push(match (pair, row.live, acceptance) {
                (Some(seen), _, _) => self.pair(h, *row, *seen),
                (None, false, _) => DiffStep::Withdrawn { held: h },
                (None, true, Acceptance::Accept) => DiffStep::Gone { held: h },
                (None, true, Acceptance::Keep) => DiffStep::Kept { held: h },
            });
        }
        out.extend((next..).zip(left).map(|(ordinal, &seen)| DiffStep::New { seen, ordinal }));
    }

    fn pair(&self, held: usize, row: HeldRow, seen: usize) -> DiffStep {
        match row.live {
            false => DiffStep::Returned { held, seen },
            true if self.seen.get(seen).map(|s| s.detail) == Some(row.detail) => {
                DiffStep::Same { held }
            }
            true => DiffStep::Changed { held, seen },
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Details {
    Equal,
    Any,
}

#[cfg(test)]
mod tests {
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
    fn check(
        steps: &[DiffStep],
        held: &[HeldRow],
        seen: &[PreparedRow],
    ) -> Result<(), TestCaseError> {
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
}
