//! A selection over interned texts: which rows of a segment may be meant, each text looked at once.

use std::collections::HashMap;

use crate::click::pattern::UserSet;
use crate::click::selection::{Indicators, Selection};
use crate::store::model::error::StoreError;
use crate::store::model::segment::{Kind, Row, Slice};

use super::snapshot::Snapshot;

/// Tells by the segments which clicks a [`Selection`] may mean. What segments do not carry
/// (messages, reports, chains) is left to whoever reads the rows.
pub struct RowFilter<'s> {
    selection: &'s Selection,
    urls: Column,
    people: Column,
    addresses: Column,
    kinds: HashMap<Kind, bool>,
}

/// How a text meets the conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fit {
    /// Every condition on its column.
    every: bool,
    /// Any of the indicators.
    any: bool,
}

/// The texts of one column, by id.
enum Column {
    /// Nothing is asked of it.
    Free,
    /// Looked at when first met.
    Met(Vec<Option<Fit>>),
    /// All that fit are known; the others do not.
    Listed { fits: HashMap<u32, Fit>, others: Fit },
}

impl Column {
    fn fit(
        &mut self,
        id: u32,
        look: impl FnOnce() -> Result<Fit, StoreError>,
    ) -> Result<Fit, StoreError> {
        match self {
            Self::Free => Ok(Fit { every: true, any: false }),
            Self::Listed { fits, others } => Ok(fits.get(&id).copied().unwrap_or(*others)),
            Self::Met(known) => {
                let at = id as usize;
                if let Some(Some(fit)) = known.get(at) {
                    return Ok(*fit);
                }
                // An id that there is not, of a damaged segment, fails here and gets no room.
                let fit = look()?;
                if known.len() <= at {
                    known.resize((at + 1).max(known.len() * 2), None);
                }
                if let Some(slot) = known.get_mut(at) {
                    *slot = Some(fit);
                }
                Ok(fit)
            }
        }
    }
}

impl<'s> RowFilter<'s> {
    pub(crate) fn new(
        snapshot: &Snapshot<'_>,
        selection: &'s Selection,
    ) -> Result<Self, StoreError> {
        let wants = selection.indicators.as_ref();
        let addresses = !selection.networks.is_empty()
            || wants.is_some_and(|indicators| !indicators.networks.is_empty());
        Ok(Self {
            urls: urls(selection),
            people: people(snapshot, selection)?,
            addresses: if addresses { Column::Met(Vec::new()) } else { Column::Free },
            kinds: HashMap::new(),
            selection,
        })
    }

    /// For each row of `slice` whether it may be meant.
    pub fn fits(
        &mut self,
        snapshot: &Snapshot<'_>,
        slice: &Slice<'_>,
    ) -> Result<Vec<bool>, StoreError> {
        let kinds = self.kinds(snapshot, slice)?;
        slice.rows().map(|row| self.fits_row(snapshot, &kinds, &row)).collect()
    }

    /// For each of the kinds of `slice` whether a click of it may be meant.
    pub fn kinds(
        &mut self,
        snapshot: &Snapshot<'_>,
        slice: &Slice<'_>,
    ) -> Result<Vec<bool>, StoreError> {
        slice.kinds().map(|kind| self.kind(snapshot, kind)).collect()
    }

    /// Whether a row may be meant of whose segment [`RowFilter::kinds`] told `kinds`.
    pub fn fits_row(
        &mut self,
        snapshot: &Snapshot<'_>,
        kinds: &[bool],
        row: &Row,
    ) -> Result<bool, StoreError> {
        let mut any = self.selection.indicators.as_ref().is_none_or(|any| !any.ids.is_empty());
        if kinds.get(row.kind as usize) != Some(&true) {
            return Ok(false);
        }
        for look in [Self::url, Self::person, Self::address] {
            let fit = look(self, snapshot, row)?;
            if !fit.every {
                return Ok(false);
            }
            any |= fit.any;
        }
        Ok(any)
    }

    fn kind(&mut self, snapshot: &Snapshot<'_>, kind: Kind) -> Result<bool, StoreError> {
        if let Some(fits) = self.kinds.get(&kind) {
            return Ok(*fits);
        }
        let fits = self.selection.actions_fit(&snapshot.word(kind.action)?)
            && self.selection.threats_fit(&snapshot.word(kind.threat)?)
            && self.selection.workloads_fit(&snapshot.word(kind.workload)?);
        self.kinds.insert(kind, fits);
        Ok(fits)
    }

    fn url(&mut self, snapshot: &Snapshot<'_>, row: &Row) -> Result<Fit, StoreError> {
        let selection = self.selection;
        self.urls.fit(row.url, || {
            let url = snapshot.url(row.url)?;
            let any = selection.indicators.as_ref().is_some_and(|any| any.has_url(&url));
            Ok(Fit { every: selection.urls_fit(&url), any })
        })
    }

    fn person(&mut self, _: &Snapshot<'_>, row: &Row) -> Result<Fit, StoreError> {
        // People are always listed.
        self.people.fit(row.person, || Ok(Fit { every: false, any: false }))
    }

    fn address(&mut self, snapshot: &Snapshot<'_>, row: &Row) -> Result<Fit, StoreError> {
        let selection = self.selection;
        self.addresses.fit(row.ip, || {
            let address = snapshot.word(row.ip)?;
            let any = selection.indicators.as_ref().is_some_and(|any| any.networks.has(&address));
            Ok(Fit { every: selection.networks_fit(&address), any })
        })
    }
}

/// Equal URLs have many spellings: each URL that is met is looked at, once.
fn urls(selection: &Selection) -> Column {
    let every = !selection.urls.is_empty() || !selection.hosts.is_empty();
    let any = selection.indicators.as_ref().is_some_and(Indicators::has_links);
    if every || any { Column::Met(Vec::new()) } else { Column::Free }
}

fn people(snapshot: &Snapshot<'_>, selection: &Selection) -> Result<Column, StoreError> {
    let none = UserSet::default();
    let every = &selection.users;
    let any = selection.indicators.as_ref().map_or(&none, |indicators| &indicators.users);
    if every.is_empty() && any.is_empty() {
        return Ok(Column::Free);
    }
    let mut fits = HashMap::new();
    for name in every.names().chain(any.names()) {
        if let Some(id) = snapshot.find_person(name)? {
            let fit = Fit { every: every.is_empty() || every.has(name), any: any.has(name) };
            fits.insert(id, fit);
        }
    }
    Ok(Column::Listed { fits, others: Fit { every: every.is_empty(), any: false } })
}
