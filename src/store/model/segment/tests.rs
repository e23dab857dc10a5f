//! Segments packed and read back.

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
