//! The clicks of one tenant that exclusions leave out of a summary.

use std::collections::BTreeMap;

use crate::click::selection::Exclusion;
use crate::clock::Span;
use crate::store::segment::{Row, Slice};
use crate::store::{RowFilter, Snapshot, StoreError, TenantKey};

use super::query::Query;

/// What is left out.
pub(super) struct Excluded<'s> {
    tenant: TenantKey,
    span: Span,
    by: Vec<(&'s Exclusion, RowFilter<'s>)>,
    /// How many clicks, by id of the URL.
    counts: BTreeMap<u32, u64>,
}

impl<'s> Excluded<'s> {
    /// `None` if nothing is excluded in this tenant and window.
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        query: &'s Query,
        tenant: TenantKey,
        name: &str,
    ) -> Result<Option<Self>, StoreError> {
        let mut by = Vec::new();
        for exclusion in query.exclusions.iter().filter(|exclusion| exclusion.is_for(name)) {
            if exclusion.covers(query.span.from) {
                by.push((exclusion, snapshot.row_filter(&exclusion.selection)?));
            }
        }
        let counts = BTreeMap::new();
        Ok((!by.is_empty()).then_some(Self { tenant, span: query.span, by, counts }))
    }

    /// For each row of `slice` whether it is left out.
    pub(super) fn marks(
        &mut self,
        snapshot: &Snapshot<'_>,
        slice: &Slice<'_>,
    ) -> Result<Vec<bool>, StoreError> {
        let mut marks = vec![false; slice.len()];
        for (exclusion, row_filter) in &mut self.by {
            let mut fits = row_filter.fits(snapshot, slice)?;
            for (row, fits) in slice.rows().zip(&mut fits) {
                *fits = *fits && exclusion.covers(row.tick);
            }
            let messages = &exclusion.selection.messages;
            if !messages.is_empty() && fits.contains(&true) {
                let span = slice.hour().span().intersect(self.span);
                let found = snapshot.with_messages(self.tenant, span, messages)?;
                narrow(&mut fits, &found)?;
            }
            marks.iter_mut().zip(fits).for_each(|(mark, fits)| *mark |= fits);
        }
        Ok(marks)
    }

    /// Adds the marked rows of `slice` to what is left out.
    pub(super) fn count_in(&mut self, slice: &Slice<'_>, marks: &[bool]) {
        for (row, _) in slice.rows().zip(marks).filter(|(_, mark)| **mark) {
            *self.counts.entry(row.url).or_default() += 1;
        }
    }

    /// Forgets what was left out of other URLs.
    pub(super) fn retain(&mut self, wanted: impl Fn(u32) -> bool) {
        self.counts.retain(|url, _| wanted(*url));
    }

    /// How many clicks are left out.
    pub(super) fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// Segments do not carry messages: the rows behind one were read, which come in the same order.
fn narrow(fits: &mut [bool], found: &[bool]) -> Result<(), StoreError> {
    if found.len() != fits.len() {
        return Err(StoreError::Damaged("a segment lacks clicks of its hour".to_owned()));
    }
    fits.iter_mut().zip(found).for_each(|(fits, found)| *fits &= *found);
    Ok(())
}

/// The rows of `slice` that are not marked.
pub(super) fn kept<'a>(slice: &Slice<'a>, marks: &'a [bool]) -> impl Iterator<Item = Row> {
    slice.rows().zip(marks).filter(|(_, mark)| !**mark).map(|(row, _)| row)
}
