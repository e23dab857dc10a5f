//! The clicks of one tenant and window, folded into one group per URL.

mod clickers;
mod marks;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::click::Action;
use crate::click::tally::{ClickOutcome, Tally};
use crate::clock::{Span, Tick};
use crate::store::segment::{Kind, Row, Slice};
use crate::store::{LastIds, Snapshot, StoreError, TenantKey};

use super::excluded::{Excluded, kept};
use super::hits::{Danger, Hits, is_threat};

/// How many marks fit in a group's bits; the rest goes to a set beside.
const MARK_BITS: u32 = u64::BITS;

/// What is known of one URL: one cache line, since a fold jumps from one to another.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct UrlGroup {
    /// As [`Tally::into_counts`] has them.
    counts: [u32; 8],
    pub(crate) clickers: u32,
    /// A bit for each of the first [`MARK_BITS`] marks.
    marks: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl UrlGroup {
    const EMPTY: Self = Self { counts: [0; 8], clickers: 0, marks: 0, first: 0, last: 0 };

    pub(crate) fn tally(&self) -> Tally {
        Tally::from_counts(self.counts.map(u64::from))
    }
}

/// What one click of a kind adds.
#[derive(Clone, Copy, Debug)]
struct KindEffect {
    counts: [u32; 8],
    mark: u32,
    danger: Danger,
}

fn counts(action: Action, is_clicked_through: Option<bool>) -> [u32; 8] {
    let mut tally = Tally::default();
    tally.count(ClickOutcome { action, is_clicked_through });
    tally.into_counts().map(|count| count as u32)
}

/// The groups of one tenant.
pub(crate) struct UrlGroups<'s> {
    tenant: TenantKey,
    span: Span,
    /// Place in `list` by id of the URL; [`NO_PLACE`] where there is none.
    places: Vec<u32>,
    list: Vec<UrlGroup>,
    effects: HashMap<Kind, KindEffect>,
    /// Pairs of threat and workload, as words.
    marks: Vec<(u32, u32)>,
    /// Groups with a mark beyond the bits.
    more_marks: BTreeSet<(u32, u32)>,
    resolved: RefCell<HashMap<u64, ThreatsAndWorkloads>>,
    keep: Keep,
    /// The largest ids that there are: what names a larger one is damaged, and gets no room.
    last: LastIds,
    /// Group and person of each click, if they are kept.
    kept: Vec<(u32, u32)>,
    /// If they are kept.
    hits: Hits,
    /// What is left out.
    out: Option<Excluded<'s>>,
}

/// What a fold keeps besides the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing.
    Nothing,
    /// Who clicked, to be counted without a second look at the segments: 8 bytes a click, worth it
    /// where every row is shown.
    People,
    /// The clicks on threats, and those on past a warning.
    Hits,
}

/// Threat types, workloads.
type ThreatsAndWorkloads = (Arc<[String]>, Arc<[String]>);

const NO_PLACE: u32 = u32::MAX;

impl<'s> UrlGroups<'s> {
    pub(super) fn fold(
        snapshot: &Snapshot<'_>,
        tenant: TenantKey,
        span: Span,
        keep: Keep,
        out: Option<Excluded<'s>>,
    ) -> Result<Self, StoreError> {
        let mut groups = Self {
            tenant,
            span,
            places: Vec::new(),
            list: Vec::new(),
            effects: HashMap::new(),
            marks: Vec::new(),
            more_marks: BTreeSet::new(),
            resolved: RefCell::default(),
            keep,
            last: snapshot.last_ids()?,
            kept: Vec::new(),
            hits: Hits::default(),
            out,
        };
        snapshot.fold(tenant, span, |slice| groups.add(snapshot, slice))?;
        Ok(groups)
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, place: u32) -> Option<&UrlGroup> {
        self.list.get(place as usize)
    }

    /// The group of a URL, with its place.
    pub(crate) fn find(&self, url: u32) -> Option<(u32, &UrlGroup)> {
        let place = *self.places.get(url as usize)?;
        let group = self.get(place).filter(|group| group.counts != [0; 8])?;
        Some((place, group))
    }

    /// Place, id of the URL, group; in the order of ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, &UrlGroup)> {
        (0u32..).zip(&self.places).filter_map(|(url, place)| {
            let group = self.list.get(*place as usize)?;
            (group.counts != [0; 8]).then_some((*place, url, group))
        })
    }

    /// Leaves out the groups whose URL is not `wanted`.
    pub(crate) fn retain(&mut self, wanted: impl Fn(u32) -> bool + Copy) {
        for (url, place) in (0u32..).zip(&self.places) {
            if let Some(group) = self.list.get_mut(*place as usize)
                && !wanted(url)
            {
                *group = UrlGroup::EMPTY;
            }
        }
        if let Some(out) = &mut self.out {
            out.retain(wanted);
        }
    }

    /// How many clicks were left out.
    pub(crate) fn excluded(&self) -> u64 {
        self.out.as_ref().map_or(0, Excluded::count)
    }

    fn add(&mut self, snapshot: &Snapshot<'_>, slice: &Slice<'_>) -> Result<(), StoreError> {
        let kinds = slice.kinds().map(|kind| self.effect(snapshot, kind));
        let kinds = kinds.collect::<Result<Vec<KindEffect>, _>>()?;
        match &mut self.out {
            None => self.add_rows(slice.rows(), &kinds),
            Some(out) => {
                let marks = out.marks(snapshot, slice)?;
                out.count_in(slice, &marks);
                self.add_rows(kept(slice, &marks), &kinds)
            }
        }
    }

    fn add_rows(
        &mut self,
        rows: impl Iterator<Item = Row>,
        kinds: &[KindEffect],
    ) -> Result<(), StoreError> {
        for row in rows {
            let place = self.place(row.url, row.tick);
            let (Some(group), Some(effect)) =
                (self.list.get_mut(place as usize), kinds.get(row.kind as usize))
            else {
                return Err(StoreError::Damaged("a segment names what is not there".to_owned()));
            };
            for (sum, more) in group.counts.iter_mut().zip(effect.counts) {
                *sum += more;
            }
            // Rows come oldest first.
            group.last = row.tick.0;
            match self.keep {
                Keep::People => self.kept.push((place, row.person)),
                Keep::Hits if effect.danger.is_any() => self.hits.add(place, row, effect.danger),
                _ => {}
            }
            if effect.mark < MARK_BITS {
                group.marks |= 1 << effect.mark;
            } else {
                self.more_marks.insert((place, effect.mark));
            }
        }
        Ok(())
    }

    /// Gives away what a fold with [`Keep::Hits`] kept, oldest first.
    pub(crate) fn take_hits(&mut self) -> Hits {
        std::mem::take(&mut self.hits)
    }

    fn place(&mut self, url: u32, first: Tick) -> u32 {
        let at = url as usize;
        if self.places.len() <= at {
            if url > self.last.url {
                return NO_PLACE;
            }
            self.places.resize((at + 1).max(self.places.len() * 2), NO_PLACE);
        }
        let Some(place) = self.places.get_mut(at) else { return NO_PLACE };
        if *place == NO_PLACE {
            *place = self.list.len() as u32;
            self.list.push(UrlGroup { first: first.0, ..UrlGroup::EMPTY });
        }
        *place
    }

    fn effect(&mut self, snapshot: &Snapshot<'_>, kind: Kind) -> Result<KindEffect, StoreError> {
        if let Some(effect) = self.effects.get(&kind) {
            return Ok(*effect);
        }
        let action = Action::of(&snapshot.word(kind.action)?);
        let mark = (kind.threat, kind.workload);
        let known = self.marks.iter().position(|known| *known == mark);
        let mark = known.unwrap_or_else(|| {
            self.marks.push(mark);
            self.marks.len() - 1
        }) as u32;
        let is_threat = is_threat(&snapshot.word(kind.threat)?);
        let is_through = kind.clicked_through == Some(true);
        let danger = Danger { action, is_threat, is_through };
        let effect = KindEffect { counts: counts(action, kind.clicked_through), mark, danger };
        self.effects.insert(kind, effect);
        Ok(effect)
    }
}
