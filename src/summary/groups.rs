//! The clicks of one tenant and window, folded into one group per URL.

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
const BITS: u32 = u64::BITS;

/// What is known of one URL: one cache line, since a fold jumps from one to another.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Group {
    /// As [`Tally::into_counts`] has them.
    counts: [u32; 8],
    pub(crate) clickers: u32,
    /// A bit for each of the first [`BITS`] marks.
    marks: u64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Group {
    const EMPTY: Self = Self { counts: [0; 8], clickers: 0, marks: 0, first: 0, last: 0 };

    pub(crate) fn tally(&self) -> Tally {
        Tally::from_counts(self.counts.map(u64::from))
    }
}

/// What one click of a kind adds.
#[derive(Clone, Copy, Debug)]
struct Step {
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
pub(crate) struct Groups<'s> {
    tenant: TenantKey,
    span: Span,
    /// Place in `list` by id of the URL; [`NONE`] where there is none.
    places: Vec<u32>,
    list: Vec<Group>,
    steps: HashMap<Kind, Step>,
    /// Pairs of threat and workload, as words.
    marks: Vec<(u32, u32)>,
    /// Groups with a mark beyond the bits.
    more_marks: BTreeSet<(u32, u32)>,
    resolved: RefCell<HashMap<u64, Marks>>,
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
    Groups,
    /// Who clicked, to be counted without a second look at the segments: 8 bytes a click, worth it
    /// where every row is shown.
    People,
    /// The clicks on threats, and those on past a warning.
    Hits,
}

/// Threat types, workloads.
type Marks = (Arc<[String]>, Arc<[String]>);

const NONE: u32 = u32::MAX;

impl<'s> Groups<'s> {
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
            steps: HashMap::new(),
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

    pub(crate) fn get(&self, place: u32) -> Option<&Group> {
        self.list.get(place as usize)
    }

    /// The group of a URL, with its place.
    pub(crate) fn find(&self, url: u32) -> Option<(u32, &Group)> {
        let place = *self.places.get(url as usize)?;
        let group = self.get(place).filter(|group| group.counts != [0; 8])?;
        Some((place, group))
    }

    /// Place, id of the URL, group; in the order of ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, &Group)> {
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
                *group = Group::EMPTY;
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
        let kinds = slice.kinds().map(|kind| self.step(snapshot, kind));
        let kinds = kinds.collect::<Result<Vec<Step>, _>>()?;
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
        kinds: &[Step],
    ) -> Result<(), StoreError> {
        for row in rows {
            let place = self.place(row.url, row.tick);
            let (Some(group), Some(step)) =
                (self.list.get_mut(place as usize), kinds.get(row.kind as usize))
            else {
                return Err(StoreError::Damaged("a segment names what is not there".to_owned()));
            };
            for (sum, more) in group.counts.iter_mut().zip(step.counts) {
                *sum += more;
            }
            // Rows come oldest first.
            group.last = row.tick.0;
            match self.keep {
                Keep::People => self.kept.push((place, row.person)),
                Keep::Hits if step.danger.is_any() => self.hits.add(place, row, step.danger),
                _ => {}
            }
            if step.mark < BITS {
                group.marks |= 1 << step.mark;
            } else {
                self.more_marks.insert((place, step.mark));
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
                return NONE;
            }
            self.places.resize((at + 1).max(self.places.len() * 2), NONE);
        }
        let Some(place) = self.places.get_mut(at) else { return NONE };
        if *place == NONE {
            *place = self.list.len() as u32;
            self.list.push(Group { first: first.0, ..Group::EMPTY });
        }
        *place
    }

    fn step(&mut self, snapshot: &Snapshot<'_>, kind: Kind) -> Result<Step, StoreError> {
        if let Some(step) = self.steps.get(&kind) {
            return Ok(*step);
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
        let step = Step { counts: counts(action, kind.clicked_through), mark, danger };
        self.steps.insert(kind, step);
        Ok(step)
    }

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
            let place = places.get(row.url as usize).copied().unwrap_or(NONE);
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
    /// there are; [`NONE`] for the others.
    fn room_for_people(&self, wanted: impl Fn(usize) -> bool) -> (Vec<u32>, u32) {
        let mut ends = Vec::with_capacity(self.list.len());
        let mut total = 0u32;
        for (place, group) in self.list.iter().enumerate() {
            let [rows, ..] = group.counts;
            let counts = rows > 0 && wanted(place);
            ends.push(if counts { total } else { NONE });
            total += if counts { rows } else { 0 };
        }
        (ends, total)
    }

    /// A person is counted where the last group that they were seen in is another one.
    fn count_distinct(&mut self, ends: &[u32], people: &[u32]) {
        let most = people.iter().max().map_or(0, |most| (*most).min(self.last.person) as usize + 1);
        let mut last_seen = vec![NONE; most];
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

    /// The threat types and workloads of a group.
    pub(crate) fn marks(&self, snapshot: &Snapshot<'_>, place: u32) -> Result<Marks, StoreError> {
        let bits = self.get(place).map_or(0, |group| group.marks);
        let more = self.more_marks.range((place, 0)..=(place, NONE)).map(|(_, mark)| *mark);
        let more: Vec<u32> = more.collect();
        if more.is_empty()
            && let Some(marks) = self.resolved.borrow().get(&bits)
        {
            return Ok(marks.clone());
        }
        let here = (0..BITS).filter(|bit| bits >> bit & 1 == 1).chain(more.iter().copied());
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
    ) -> Result<Marks, StoreError> {
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
