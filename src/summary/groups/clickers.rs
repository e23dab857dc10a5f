//! How many people are behind each group.

use super::{NO_PLACE, UrlGroups};
use crate::store::segment::Row;
use crate::store::{Snapshot, StoreError};
use crate::summary::excluded::kept;

impl UrlGroups<'_> {
    /// Counts the people behind each group that is `wanted`, in a second look at the segments: the
    /// people of each group are put side by side, then counted.
    pub(crate) fn count_clickers(
        &mut self,
        snapshot: &Snapshot<'_>,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<(), StoreError> {
        let (mut ends, total) = self.room_for_people(wanted);
        let mut people = vec![0u32; total as usize];
        let (places, out) = (&self.places, &mut self.out);
        let mut put = |row: Row| {
            let place = places.get(row.url as usize).copied().unwrap_or(NO_PLACE);
            let Some(end) = ends.get_mut(place as usize) else { return };
            if let Some(slot) = people.get_mut(*end as usize) {
                *slot = row.person;
                *end += 1;
            }
        };
        snapshot.fold(self.tenant, self.span, |slice| {
            match out {
                None => slice.rows().for_each(&mut put),
                Some(out) => kept(slice, &out.marks(snapshot, slice)?).for_each(&mut put),
            }
            Ok(())
        })?;
        self.count_distinct(&ends, &people);
        Ok(())
    }

    /// The same for every group, from the people that the fold kept.
    pub(crate) fn count_kept(&mut self) {
        let (mut ends, total) = self.room_for_people(|_| true);
        let mut people = vec![0u32; total as usize];
        for (place, person) in std::mem::take(&mut self.kept) {
            let Some(end) = ends.get_mut(place as usize) else { continue };
            if let Some(slot) = people.get_mut(*end as usize) {
                *slot = person;
                *end += 1;
            }
        }
        self.count_distinct(&ends, &people);
    }

    /// Where the people of each wanted group begin when they are put side by side, and how many
    /// there are; [`NO_PLACE`] for the others.
    fn room_for_people(&self, wanted: impl Fn(usize) -> bool) -> (Vec<u32>, u32) {
        let mut ends = Vec::with_capacity(self.list.len());
        let mut total = 0u32;
        for (place, group) in self.list.iter().enumerate() {
            let [rows, ..] = group.counts;
            let counts = rows > 0 && wanted(place);
            ends.push(if counts { total } else { NO_PLACE });
            total += if counts { rows } else { 0 };
        }
        (ends, total)
    }

    /// A person is counted where the last group that they were seen in is another one.
    fn count_distinct(&mut self, ends: &[u32], people: &[u32]) {
        let most = people.iter().max().map_or(0, |most| (*most).min(self.last.person) as usize + 1);
        let mut last_seen = vec![NO_PLACE; most];
        for ((place, group), end) in (0u32..).zip(&mut self.list).zip(ends) {
            let [rows, ..] = group.counts;
            let (from, end) = (end.saturating_sub(rows) as usize, *end as usize);
            group.clickers = 0;
            for person in people.get(from..end).unwrap_or_default() {
                let Some(seen) = last_seen.get_mut(*person as usize) else { continue };
                // 0 is nobody.
                group.clickers += u32::from(*person != 0 && *seen != place);
                *seen = place;
            }
        }
    }
}
