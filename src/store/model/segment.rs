//! A segment: the live clicks of one hour as packed columns, in the order of time and identity.
//!
//! Layout, little-endian: version (1 byte), number of kinds and of rows (4 each), the kinds (16
//! each), then a column after the other: url, person, ip, kind (4 bytes a row), the low 4 bytes of
//! the offset in the hour, its high byte. A *kind* is what few rows differ in: action, workload,
//! threat and whether the user went on.

use crate::clock::{HOUR, Hour, Span, Tick};

const VERSION: u8 = 1;
const KIND: usize = 16;

/// What many clicks of an hour share. Numbers are ids of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// `ActionType`.
    pub action: u32,
    /// `Workload`.
    pub workload: u32,
    /// `ThreatTypes`.
    pub threat: u32,
    /// `IsClickedThrough`.
    pub clicked_through: Option<bool>,
}

impl Kind {
    fn to_bytes(self) -> [u8; KIND] {
        let mut bytes = [0; KIND];
        let flag = self.clicked_through.map_or(2, u32::from);
        let words = [self.action, self.workload, self.threat, flag];
        for (slot, word) in bytes.chunks_exact_mut(4).zip(words) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; KIND]) -> Self {
        let (words, _) = bytes.as_chunks::<4>();
        let word = |at: usize| words.get(at).map_or(0, |w| u32::from_le_bytes(*w));
        let clicked_through = match word(3) {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        Self { action: word(0), workload: word(1), threat: word(2), clicked_through }
    }
}

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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: Hour = Hour(495_694);

    type TestClick = (Tick, [u32; 3], Kind);

    fn clicks() -> impl Strategy<Value = Vec<TestClick>> {
        let kind = (0..3u32, 0..3u32, any::<u32>(), any::<Option<bool>>());
        let kind = kind.prop_map(|(action, workload, threat, clicked_through)| Kind {
            action,
            workload,
            threat: threat % 3,
            clicked_through,
        });
        prop::collection::vec((0..HOUR, any::<[u32; 3]>(), kind), 0..30).prop_map(|mut clicks| {
            clicks.sort_by_key(|click| click.0);
            clicks.into_iter().map(|(at, ids, kind)| (AT.start().plus(at), ids, kind)).collect()
        })
    }

    fn push(to: &mut Builder, (tick, [url, person, ip], kind): TestClick) {
        let kind = to.kind(kind);
        to.push(Row { tick, url, person, ip, kind });
    }

    fn encode(clicks: &[TestClick]) -> Vec<u8> {
        let mut builder = Builder::default();
        for click in clicks {
            push(&mut builder, *click);
        }
        builder.encode()
    }

    fn read(slice: &Slice<'_>) -> Vec<TestClick> {
        let kinds: Vec<Kind> = slice.kinds().collect();
        let rows = slice.rows();
        rows.map(|r| (r.tick, [r.url, r.person, r.ip], kinds[r.kind as usize])).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(clicks in clicks()) {
            let bytes = encode(&clicks);
            prop_assert_eq!(read(&Slice::decode(AT, &bytes).unwrap()), clicks);
        }

        #[test]
        fn a_cut_is_exact_to_the_tick(clicks in clicks(), a in -5..HOUR + 5, b in -5..HOUR + 5) {
            let span = Span::new(AT.start().plus(a), AT.start().plus(b));
            let bytes = encode(&clicks);
            let cut = read(&Slice::decode(AT, &bytes).unwrap().cut(span));
            let expect = clicks.into_iter().filter(|click| span.contains(click.0));
            prop_assert_eq!(cut, expect.collect::<Vec<_>>());
        }

        #[test]
        fn each_place_is_read_alone_as_among_all(clicks in clicks()) {
            let bytes = encode(&clicks);
            let slice = Slice::decode(AT, &bytes).unwrap();
            let rows: Vec<Row> = slice.rows().collect();
            let who: Vec<_> = rows.iter().map(|row| (row.url, row.person)).collect();
            prop_assert_eq!(slice.who().collect::<Vec<_>>(), who);
            for (place, row) in rows.iter().enumerate() {
                let nth = rows[..place].iter().filter(|other| other.tick == row.tick).count();
                prop_assert_eq!((slice.row(place), slice.nth(place) as usize), (Some(*row), nth));
            }
            prop_assert_eq!(slice.row(rows.len()), None);
        }

        #[test]
        fn a_splice_replaces_exactly_a_part(clicks in clicks(), new in clicks(), a: u8, b: u8) {
            let (a, b) = (usize::from(a) % (clicks.len() + 1), usize::from(b) % (clicks.len() + 1));
            let (a, b) = (a.min(b), a.max(b));
            let bytes = encode(&clicks);
            let old = Slice::decode(AT, &bytes).unwrap();
            let mut builder = Builder::beside(&old);
            builder.copy(&old, 0, a);
            for click in &new {
                push(&mut builder, *click);
            }
            builder.copy(&old, b, old.len());
            let bytes = builder.encode();
            let got = Slice::decode(AT, &bytes).unwrap();
            let expect = [&clicks[..a], &new, &clicks[b..]].concat();
            prop_assert_eq!(read(&got), expect);
            // Kinds that nothing is of any more are gone.
            let used: std::collections::BTreeSet<_> = got.rows().map(|row| row.kind).collect();
            prop_assert_eq!(used.len(), got.kinds().len());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Some(slice) = Slice::decode(AT, &bytes) {
                prop_assert_eq!(slice.rows().count(), slice.len());
            }
        }
    }

    /// Rules find a click's row by this number: two with the same would be taken for one another.
    #[test]
    fn the_clicks_of_a_crowded_tick_are_told_apart() {
        const CROWD: u32 = 70_000;
        let kind = Kind { action: 0, workload: 0, threat: 0, clicked_through: None };
        let clicks: Vec<TestClick> =
            (0..CROWD).map(|id| (AT.start().plus(HOUR / 2), [id; 3], kind)).collect();
        let bytes = encode(&clicks);
        let slice = Slice::decode(AT, &bytes).unwrap();
        for place in [0, 65_534, 65_535, 65_536, CROWD - 1] {
            assert_eq!(slice.nth(place as usize), place);
        }
    }
}
