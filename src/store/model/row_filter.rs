//! A selection over interned texts: which rows of a segment may be meant, each text looked at once.

use std::collections::HashMap;
use std::rc::Rc;

use crate::click::of_alert::OfAlert;
use crate::click::pattern::UserSet;
use crate::click::selection::{Indicators, Selection};

use super::error::StoreError;
use super::segment::{Kind, Row, Slice};

/// The texts of a store by their ids.
pub trait TextLookup {
    /// The URL with this id.
    fn url(&self, id: u32) -> Result<String, StoreError>;

    /// The action, workload, threat or address with this id.
    fn word(&self, id: u32) -> Result<Rc<str>, StoreError>;

    /// The id that segments have for a user, compared without case.
    fn find_person(&self, user: &str) -> Result<Option<u32>, StoreError>;
}

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
        texts: &impl TextLookup,
        selection: &'s Selection,
    ) -> Result<Self, StoreError> {
        let wants = selection.indicators.as_ref();
        let addresses = !selection.networks.is_empty()
            || wants.is_some_and(|indicators| !indicators.networks.is_empty());
        Ok(Self {
            urls: urls(selection),
            people: people(texts, selection)?,
            addresses: if addresses { Column::Met(Vec::new()) } else { Column::Free },
            kinds: HashMap::new(),
            selection,
        })
    }

    /// For each row of `slice` whether it may be meant.
    pub fn fits(
        &mut self,
        texts: &impl TextLookup,
        slice: &Slice<'_>,
    ) -> Result<Vec<bool>, StoreError> {
        let kinds = self.kinds(texts, slice)?;
        if !kinds.contains(&true) {
            return Ok(vec![false; slice.len()]);
        }
        slice.rows().map(|row| self.fits_row(texts, &kinds, &row)).collect()
    }

    /// For each of the kinds of `slice` whether a click of it may be meant.
    pub fn kinds(
        &mut self,
        texts: &impl TextLookup,
        slice: &Slice<'_>,
    ) -> Result<Vec<bool>, StoreError> {
        slice.kinds().map(|kind| self.kind(texts, kind)).collect()
    }

    /// Whether a row may be meant of whose segment [`RowFilter::kinds`] told `kinds`.
    pub fn fits_row(
        &mut self,
        texts: &impl TextLookup,
        kinds: &[bool],
        row: &Row,
    ) -> Result<bool, StoreError> {
        let mut any = self.selection.indicators.as_ref().is_none_or(|any| !any.ids.is_empty());
        if kinds.get(row.kind as usize) != Some(&true) {
            return Ok(false);
        }
        for column in [Self::url, Self::person, Self::address] {
            let fit = column(self, texts, row)?;
            if !fit.every {
                return Ok(false);
            }
            any |= fit.any;
        }
        Ok(any)
    }

    fn kind(&mut self, texts: &impl TextLookup, kind: Kind) -> Result<bool, StoreError> {
        if let Some(fits) = self.kinds.get(&kind) {
            return Ok(*fits);
        }
        let fits = self.selection.actions_fit(&texts.word(kind.action)?)
            && self.selection.threats_fit(&texts.word(kind.threat)?)
            && self.selection.workloads_fit(&texts.word(kind.workload)?)
            && self.selection.ending_fits(kind.clicked_through);
        self.kinds.insert(kind, fits);
        Ok(fits)
    }

    fn url(&mut self, texts: &impl TextLookup, row: &Row) -> Result<Fit, StoreError> {
        let selection = self.selection;
        self.urls.fit(row.url, || {
            let url = texts.url(row.url)?;
            let any = selection.indicators.as_ref().is_some_and(|any| any.has_url(&url));
            Ok(Fit { every: selection.urls_fit(&url), any })
        })
    }

    fn person(&mut self, _: &impl TextLookup, row: &Row) -> Result<Fit, StoreError> {
        // People are always listed.
        self.people.fit(row.person, || Ok(Fit { every: false, any: false }))
    }

    fn address(&mut self, texts: &impl TextLookup, row: &Row) -> Result<Fit, StoreError> {
        let selection = self.selection;
        self.addresses.fit(row.ip, || {
            let address = texts.word(row.ip)?;
            let any = selection.indicators.as_ref().is_some_and(|any| any.networks.has(&address));
            Ok(Fit { every: selection.networks_fit(&address), any })
        })
    }
}

/// Equal URLs have many spellings: each URL that is met is looked at, once.
fn urls(selection: &Selection) -> Column {
    let of_alert = |alert: &OfAlert| alert.url.is_some() || alert.host.is_some();
    let every = !selection.urls.is_empty()
        || !selection.hosts.is_empty()
        || selection.alert.as_ref().is_some_and(of_alert);
    let any = selection.indicators.as_ref().is_some_and(Indicators::has_links);
    if every || any { Column::Met(Vec::new()) } else { Column::Free }
}

fn people(texts: &impl TextLookup, selection: &Selection) -> Result<Column, StoreError> {
    let none = UserSet::default();
    let every = &selection.users;
    let own = selection.alert.as_ref().and_then(|alert| alert.user.as_deref());
    let any = selection.indicators.as_ref().map_or(&none, |indicators| &indicators.users);
    if every.is_empty() && own.is_none() && any.is_empty() {
        return Ok(Column::Free);
    }
    let mut fits = HashMap::new();
    for name in every.names().chain(own).chain(any.names()) {
        if let Some(id) = texts.find_person(name)? {
            let fit = Fit { every: selection.users_fit(name), any: any.has(name) };
            fits.insert(id, fit);
        }
    }
    Ok(Column::Listed {
        fits,
        others: Fit { every: every.is_empty() && own.is_none(), any: false },
    })
}
