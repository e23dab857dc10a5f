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
mod tests;
