//! Reading a tenant's clicks for rules: out of segments, only those that are looked for, without what
//! exclusions leave out.

use std::rc::Rc;

use super::click_kind::ClickKinds;
use super::event::{ClickEvent, NewsMark};
use super::scan_filter::{ByNumber, ScanFilter};
use super::sites::Sites;
use crate::click::selection::Exclusion;
use crate::clock::{Span, Tick};
use crate::store::segment::{Row, Slice};
use crate::store::{LiveRow, RowFilter, Snapshot, StoreError, TenantKey};

/// Marks of clicks: by their tick, which of the live ones of that tick.
pub(super) type NewsMarks = ByNumber<Tick, Vec<(u32, NewsMark)>>;

/// A tenant's clicks in one state of the store.
pub(super) struct ClickReader<'s, 'c> {
    pub snapshot: &'s Snapshot<'c>,
    pub tenant: TenantKey,
    pub sites: &'s mut Sites,
    pub kinds: ClickKinds,
    pub marks: NewsMarks,
    /// The times of clicks that later news is of, in order.
    pub later: Vec<Tick>,
    exclusions: Vec<(&'s Exclusion, RowFilter<'s>)>,
    live: ByNumber<Tick, Rc<[LiveRow]>>,
}

impl<'s, 'c> ClickReader<'s, 'c> {
    /// Of the tenant with this name.
    pub(super) fn new(
        snapshot: &'s Snapshot<'c>,
        (tenant, name): (TenantKey, &str),
        exclusions: &'s [Exclusion],
        sites: &'s mut Sites,
    ) -> Result<Self, StoreError> {
        let own = exclusions.iter().filter(|exclusion| exclusion.is_for(name));
        let own = own.map(|one| Ok((one, snapshot.row_filter(&one.selection)?)));
        Ok(Self {
            snapshot,
            tenant,
            sites,
            kinds: ClickKinds::default(),
            marks: NewsMarks::default(),
            later: Vec::new(),
            exclusions: own.collect::<Result<_, StoreError>>()?,
            live: ByNumber::default(),
        })
    }

    /// What segments do not carry of the live clicks of a tick.
    pub(super) fn live_at(&mut self, at: Tick) -> Result<Rc<[LiveRow]>, StoreError> {
        if let Some(known) = self.live.get(&at) {
            return Ok(Rc::clone(known));
        }
        let live: Rc<[LiveRow]> = self.snapshot.live_at(self.tenant, at)?.into();
        self.live.insert(at, Rc::clone(&live));
        Ok(live)
    }

    /// The clicks of `spans`, which do not overlap and come in order, that pass `filter`; oldest first.
    pub(super) fn read(
        &mut self,
        spans: &[Span],
        filter: &ScanFilter,
    ) -> Result<Vec<ClickEvent>, StoreError> {
        let mut events = Vec::new();
        self.show(spans, filter, |event| events.push(event))?;
        Ok(events)
    }

    /// Shows `take` what [`ClickReader::read`] would gather.
    pub(super) fn show(
        &mut self,
        spans: &[Span],
        filter: &ScanFilter,
        take: impl FnMut(ClickEvent),
    ) -> Result<(), StoreError> {
        let mut filter = filter.clone();
        filter.spread(self.sites);
        self.each(spans, |reader, url, person| reader.is_wanted(&mut filter, url, person), take)
    }

    /// The clicks that bear a mark, oldest first.
    pub(super) fn read_marked(&mut self) -> Result<Vec<ClickEvent>, StoreError> {
        let ticks = self.marks.keys().map(|tick| Span::new(*tick, tick.plus(1)));
        let spans = merged(ticks.collect());
        let mut events = Vec::new();
        self.each(&spans, |_, _, _| Ok(true), |event| events.push(event))?;
        events.retain(|event: &ClickEvent| event.mark.is_news());
        Ok(events)
    }

    /// Shows `take` the clicks of `spans` whose URL and user pass `is_wanted` and that no exclusion
    /// leaves out. Few pass, so the other columns are left packed until one does.
    pub(super) fn each(
        &mut self,
        spans: &[Span],
        mut is_wanted: impl FnMut(&mut Self, u32, u32) -> Result<bool, StoreError>,
        mut take: impl FnMut(ClickEvent),
    ) -> Result<(), StoreError> {
        let (snapshot, tenant) = (self.snapshot, self.tenant);
        for span in spans {
            snapshot.fold(tenant, *span, |slice| {
                let page = SegmentKinds::of(self, slice)?;
                for (place, (url, person)) in slice.who().enumerate() {
                    if !is_wanted(self, url, person)? {
                        continue;
                    }
                    // Spans begin and end with whole ticks, so that none is counted short.
                    let (Some(row), nth) = (slice.row(place), slice.nth(place)) else { break };
                    if !self.is_excluded(&page, &row, nth)? {
                        take(self.event(&page, &row, nth)?);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn is_wanted(
        &mut self,
        filter: &mut ScanFilter,
        url: u32,
        person: u32,
    ) -> Result<bool, StoreError> {
        if filter.has(url, person) {
            return Ok(true);
        }
        if !filter.asks_for_sites() || self.sites.knows(url) {
            return Ok(false);
        }
        let is_wanted = filter.has_site(self.sites.of(self.snapshot, url)?);
        if is_wanted {
            filter.add_url(url);
        }
        Ok(is_wanted)
    }

    fn event(
        &mut self,
        page: &SegmentKinds,
        row: &Row,
        nth: u32,
    ) -> Result<ClickEvent, StoreError> {
        let Row { tick, url, person, kind, .. } = *row;
        let marks = self.marks.get(&tick);
        let mark = marks.and_then(|all| all.iter().find(|(place, _)| *place == nth));
        let is_later = mark.is_none() && self.later.binary_search(&tick).is_ok();
        let unmarked = if is_later { NewsMark::Later } else { NewsMark::Old };
        Ok(ClickEvent {
            tick,
            url,
            site: self.sites.of(self.snapshot, url)?,
            person,
            kind: page.kinds.get(kind as usize).copied().unwrap_or(u32::MAX),
            nth,
            mark: mark.map_or(unmarked, |(_, mark)| *mark),
        })
    }

    fn is_excluded(
        &mut self,
        page: &SegmentKinds,
        row: &Row,
        nth: u32,
    ) -> Result<bool, StoreError> {
        let snapshot = self.snapshot;
        for place in 0..self.exclusions.len() {
            let Some((exclusion, row_filter)) = self.exclusions.get_mut(place) else { break };
            let kinds = page.fits.get(place).map_or(&[] as &[bool], Vec::as_slice);
            if !exclusion.covers(row.tick) || !row_filter.fits_row(snapshot, kinds, row)? {
                continue;
            }
            let messages = &exclusion.selection.messages;
            if messages.is_empty() {
                return Ok(true);
            }
            let live = self.live_at(row.tick)?;
            if live.get(nth as usize).is_some_and(|row| messages.has(&row.message)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What is looked up once for a segment.
struct SegmentKinds {
    kinds: Vec<u32>,
    /// For each exclusion, which kinds it may mean.
    fits: Vec<Vec<bool>>,
}

impl SegmentKinds {
    fn of(reader: &mut ClickReader<'_, '_>, slice: &Slice<'_>) -> Result<Self, StoreError> {
        let snapshot = reader.snapshot;
        let kinds = slice.kinds().map(|kind| reader.kinds.number(snapshot, kind));
        let kinds = kinds.collect::<Result<_, _>>()?;
        let fits =
            reader.exclusions.iter_mut().map(|(_, row_filter)| row_filter.kinds(snapshot, slice));
        Ok(Self { kinds, fits: fits.collect::<Result<_, _>>()? })
    }
}

/// Spans in order, those that touch or overlap as one.
pub(super) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.from);
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => merged.push(span),
        }
    }
    merged
}
