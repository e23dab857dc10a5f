//! A segment: the live clicks of one hour as packed columns, in the order of time and identity.
//!
//! Layout, little-endian: version (1 byte), number of kinds and of rows (4 each), the kinds (16
//! each), then a column after the other: url, person, ip, kind (4 bytes a row), the low 4 bytes of
//! the offset in the hour, its high byte. A *kind* is what few rows differ in: action, workload,
//! threat and whether the user went on.

mod kind;

use crate::clock::{HOUR, Hour, Span, Tick};

use kind::KIND;

pub use kind::Kind;

const VERSION: u8 = 1;

/// One click as a segment shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// When the user clicked.
    pub tick: Tick,
    /// Id of the URL.
    pub url: u32,
    /// Id of the user in lower case; 0 is nobody.
    pub person: u32,
    /// Id of the word of the IP address.
    pub ip: u32,
    /// Place in [`Slice::kinds`].
    pub kind: u32,
}

/// A segment, or the part of it that lies in a span, still packed.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    hour: Hour,
    kinds: &'a [[u8; KIND]],
    urls: &'a [[u8; 4]],
    people: &'a [[u8; 4]],
    ips: &'a [[u8; 4]],
    kind: &'a [[u8; 4]],
    low: &'a [[u8; 4]],
    high: &'a [u8],
}

impl<'a> Slice<'a> {
    /// A segment without clicks.
    pub(crate) const fn empty(hour: Hour) -> Self {
        Self { hour, kinds: &[], urls: &[], people: &[], ips: &[], kind: &[], low: &[], high: &[] }
    }

    /// Reads a segment; `None` if the bytes are none.
    pub(crate) fn decode(hour: Hour, bytes: &'a [u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (kinds, rest) = rest.split_first_chunk::<4>()?;
        let (rows, rest) = rest.split_first_chunk::<4>()?;
        let (kinds, rows) = (u32::from_le_bytes(*kinds), u32::from_le_bytes(*rows) as usize);
        let (kinds, rest) = rest.split_at_checked((kinds as usize).checked_mul(KIND)?)?;
        if version != VERSION || rest.len() != rows.checked_mul(21)? {
            return None;
        }
        let (columns, high) = rest.split_at_checked(rows * 20)?;
        let mut columns = columns.as_chunks::<4>().0.chunks_exact(rows.max(1));
        let mut column = || columns.next().unwrap_or_default();
        Some(Self {
            hour,
            kinds: kinds.as_chunks().0,
            urls: column(),
            people: column(),
            ips: column(),
            kind: column(),
            low: column(),
            high,
        })
    }

    /// The part that lies in `span`.
    pub fn cut(self, span: Span) -> Self {
        if span.covers(self.hour.span()) {
            return self;
        }
        self.part(self.first_at(span.from), self.first_at(span.until))
    }

    fn part(self, from: usize, until: usize) -> Self {
        let four = |column: &'a [[u8; 4]]| column.get(from..until).unwrap_or_default();
        Self {
            urls: four(self.urls),
            people: four(self.people),
            ips: four(self.ips),
            kind: four(self.kind),
            low: four(self.low),
            high: self.high.get(from..until).unwrap_or_default(),
            ..self
        }
    }

    /// The place of the first click at or after `tick`.
    pub(crate) fn first_at(&self, tick: Tick) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.tick(middle).is_some_and(|t| t < tick) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn tick(&self, row: usize) -> Option<Tick> {
        Some(self.tick_of(*self.low.get(row)?, *self.high.get(row)?))
    }

    fn tick_of(&self, low: [u8; 4], high: u8) -> Tick {
        let offset = i64::from(u32::from_le_bytes(low)) | i64::from(high) << 32;
        self.hour.start().plus(offset)
    }

    /// The hour.
    pub const fn hour(&self) -> Hour {
        self.hour
    }

    /// How many clicks there are.
    pub const fn len(&self) -> usize {
        self.urls.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// The kinds of the whole hour, in the order that [`Row::kind`] counts in.
    pub fn kinds(&self) -> impl ExactSizeIterator<Item = Kind> + use<'a> {
        self.kinds.iter().map(Kind::from_bytes)
    }

    /// The ids of their URLs alone, oldest first.
    pub fn urls(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.urls.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// The ids of URL and user of each click alone, oldest first: what tells which are looked for.
    pub fn who(&self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        self.urls.iter().zip(self.people).map(move |(url, person)| (number(url), number(person)))
    }

    /// The click at a place, counted from the oldest.
    pub fn row(&self, place: usize) -> Option<Row> {
        self.part(place, place.checked_add(1)?).rows().next()
    }

    /// Which of the clicks of its tick the one at a place is.
    pub fn nth(&self, place: usize) -> u32 {
        let first = self.tick(place).map_or(place, |tick| self.first_at(tick));
        place.saturating_sub(first) as u32
    }

    /// The clicks, oldest first.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<'a> {
        let it = *self;
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        let who = it.urls.iter().zip(it.people).zip(it.ips).zip(it.kind);
        who.zip(it.low.iter().zip(it.high)).map(
            move |((((url, person), ip), kind), (low, high))| Row {
                tick: it.tick_of(*low, *high),
                url: number(url),
                person: number(person),
                ip: number(ip),
                kind: number(kind),
            },
        )
    }
}

/// A segment being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Builder {
    kinds: Vec<Kind>,
    urls: Vec<[u8; 4]>,
    people: Vec<[u8; 4]>,
    ips: Vec<[u8; 4]>,
    kind: Vec<[u8; 4]>,
    low: Vec<[u8; 4]>,
    high: Vec<u8>,
}

impl Builder {
    /// An empty segment that rows of `old` can be copied into.
    pub(crate) fn beside(old: &Slice<'_>) -> Self {
        Self { kinds: old.kinds().collect(), ..Self::default() }
    }

    /// Copies the rows of `old`, which this was made beside, from `from` to before `until`.
    pub(crate) fn copy(&mut self, old: &Slice<'_>, from: usize, until: usize) {
        let part = old.part(from, until);
        self.urls.extend_from_slice(part.urls);
        self.people.extend_from_slice(part.people);
        self.ips.extend_from_slice(part.ips);
        self.kind.extend_from_slice(part.kind);
        self.low.extend_from_slice(part.low);
        self.high.extend_from_slice(part.high);
    }

    /// The place of a kind, which is added when it is new. Kinds are few and neighbours often
    /// alike, so a list looked through from its end is enough.
    pub(crate) fn kind(&mut self, kind: Kind) -> u32 {
        let known = self.kinds.iter().rposition(|known| *known == kind);
        let place = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        place as u32
    }

    /// Adds a row; rows come in the order of time and identity. `kind` is from [`Builder::kind`].
    pub(crate) fn push(&mut self, row: Row) {
        let offset = row.tick.0.rem_euclid(HOUR);
        self.urls.push(row.url.to_le_bytes());
        self.people.push(row.person.to_le_bytes());
        self.ips.push(row.ip.to_le_bytes());
        self.kind.push(row.kind.to_le_bytes());
        self.low.push((offset as u32).to_le_bytes());
        self.high.push((offset >> 32) as u8);
    }

    /// How many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.urls.len()
    }

    /// The bytes.
    pub(crate) fn encode(mut self) -> Vec<u8> {
        self.drop_unused_kinds();
        let mut bytes = Vec::with_capacity(9 + self.kinds.len() * KIND + self.len() * 21);
        bytes.push(VERSION);
        bytes.extend_from_slice(&(self.kinds.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(self.len() as u32).to_le_bytes());
        for kind in &self.kinds {
            bytes.extend_from_slice(&kind.to_bytes());
        }
        for column in [&self.urls, &self.people, &self.ips, &self.kind, &self.low] {
            bytes.extend_from_slice(column.as_flattened());
        }
        bytes.extend_from_slice(&self.high);
        bytes
    }

    /// A row that changed may have been the last of its kind.
    fn drop_unused_kinds(&mut self) {
        let mut places = vec![None; self.kinds.len()];
        let mut used = Vec::with_capacity(self.kinds.len());
        for slot in &mut self.kind {
            let old = u32::from_le_bytes(*slot) as usize;
            let (Some(place), Some(kind)) = (places.get_mut(old), self.kinds.get(old)) else {
                continue;
            };
            let new: u32 = *place.get_or_insert_with(|| {
                used.push(*kind);
                (used.len() - 1) as u32
            });
            *slot = new.to_le_bytes();
        }
        self.kinds = used;
    }
}

#[cfg(test)]
mod tests;
