//! The threat types and workloads of groups, which are kept as marks until they are asked for.

use std::collections::BTreeSet;

use super::{MARK_BITS, NO_PLACE, ThreatsAndWorkloads, UrlGroups};
use crate::store::{Snapshot, StoreError};

impl UrlGroups<'_> {
    /// The threat types and workloads of a group.
    pub(crate) fn marks(
        &self,
        snapshot: &Snapshot<'_>,
        place: u32,
    ) -> Result<ThreatsAndWorkloads, StoreError> {
        let bits = self.get(place).map_or(0, |group| group.marks);
        let more = self.more_marks.range((place, 0)..=(place, NO_PLACE)).map(|(_, mark)| *mark);
        let more: Vec<u32> = more.collect();
        if more.is_empty()
            && let Some(marks) = self.resolved.borrow().get(&bits)
        {
            return Ok(marks.clone());
        }
        let here = (0..MARK_BITS).filter(|bit| bits >> bit & 1 == 1).chain(more.iter().copied());
        let marks = self.resolve(snapshot, here)?;
        if more.is_empty() {
            self.resolved.borrow_mut().insert(bits, marks.clone());
        }
        Ok(marks)
    }

    fn resolve(
        &self,
        snapshot: &Snapshot<'_>,
        marks: impl Iterator<Item = u32>,
    ) -> Result<ThreatsAndWorkloads, StoreError> {
        let (mut threats, mut workloads) = (BTreeSet::new(), BTreeSet::new());
        for mark in marks {
            let Some((threat, workload)) = self.marks.get(mark as usize) else { continue };
            let types = snapshot.word(*threat)?;
            threats.extend(types.split(',').map(|one| one.trim().to_owned()));
            workloads.insert(snapshot.word(*workload)?.trim().to_owned());
        }
        let list = |set: BTreeSet<String>| set.into_iter().filter(|t| !t.is_empty()).collect();
        Ok((list(threats), list(workloads)))
    }
}
