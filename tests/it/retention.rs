//! Retention: whole hours go, oldest first, and what is left is exactly what is younger.

use std::time::Duration;

use clickwarden::click::{Present, Text};
use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick, duration_of};
use clickwarden::coverage;
use clickwarden::message::sample;
use clickwarden::retention::Retention;
use clickwarden::stage::Step;
use clickwarden::store::{
    AttemptResult, Changes, ClaimResult, Delivery, FetchedAnswer, KeptFrom, NamedTenant,
    NewMessage, Owner, Priority, Retained,
};
use clickwarden::summary;
use clickwarden::sync_state::hour::{Acceptance, HourState, Seen};
use clickwarden::sync_state::progress::Progress;
use proptest::prelude::*;

use crate::outbox_rules::Desk;
use crate::store_model::segments;
use crate::store_summary::{naive, query};
use crate::support::{NOW, Place, Row, clicks, lease, place};

const WINDOW: Span = Span { from: NOW, until: Tick(NOW.0 + 6 * HOUR) };

/// Removes until nothing is old enough; checks every state on the way.
fn retain(place: &Place, kept: KeptFrom) -> Vec<Retained> {
    let mut all = Vec::new();
    loop {
        let removed = place.store.retain(place.tenant(), kept).unwrap();
        assert_eq!(segments(place).len(), place.live().len());
        if removed.hour.is_none() {
            assert_eq!(removed, Retained::default());
            return all;
        }
        all.push(removed);
    }
}

fn both(at: Tick) -> KeptFrom {
    KeptFrom { clicks: at, hours: at }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_summary_afterwards_is_a_fold_over_what_is_younger(
        rows in prop::collection::vec((0..6 * HOUR, 0..4usize), 0..40),
        gone in prop::collection::vec(0..40usize, 0..10),
        cut in -HOUR..7 * HOUR,
    ) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|(at, url)| Row::new(NOW.plus(*at), ["a", "b", "c", ""][*url], "ClickAllowed"))
            .collect();
        let mut second = rows.clone();
        for place in gone.iter().filter(|place| **place < rows.len()) {
            second[*place].set(Text::ThreatTypes, "Phish");
        }
        let second = &second[..rows.len() * 3 / 4];
        let place = place();
        place.apply(&rows, WINDOW, Acceptance::Accept, NOW);
        place.apply(second, WINDOW, Acceptance::Accept, NOW);
        let before = place.all();
        let cut = NOW.plus(cut);
        let removed = retain(&place, both(cut));
        prop_assert!(removed.is_sorted_by_key(|one| one.hour));
        let edge = cut.floor(HOUR);
        let left: Vec<_> = before.iter().filter(|(row, ..)| row.at >= edge).cloned().collect();
        let count: u64 = removed.iter().map(|one| one.clicks).sum();
        prop_assert_eq!(count, (before.len() - left.len()) as u64);
        prop_assert_eq!(&place.all(), &left);
        let query = query(vec![place.tenant()], WINDOW);
        let got = place.store.read(|snapshot| summary::compute(snapshot, &query)).unwrap();
        let young: Vec<Row> = second.iter().filter(|row| row.at >= edge).cloned().collect();
        prop_assert_eq!(got, naive(&young, WINDOW));
        // The same answer again brings back what was removed, once, and the rest is the same.
        let again = place.apply(second, WINDOW, Acceptance::Accept, NOW);
        prop_assert_eq!(again.same, young.len() as u64);
        prop_assert_eq!(again.new, (second.len() - young.len()) as u64);
        prop_assert_eq!(again.withdrawn + again.changed + again.returned, 0);
    }
}

#[test]
fn a_large_hour_goes_in_slices() {
    let place = place();
    // Many at one instant, so that slices end between equal times and equal rows.
    let at = |n: i64| NOW.plus(n / 7_000 * SECOND);
    let rows: Vec<Row> =
        (0..25_000).map(|n| Row::new(at(n), &format!("{}", n % 9), "ClickAllowed")).collect();
    place.apply(&rows, WINDOW, Acceptance::Accept, NOW);
    place.apply(&rows[..24_000], WINDOW, Acceptance::Accept, NOW);
    let counts: Vec<u64> =
        retain(&place, both(NOW.plus(HOUR))).iter().map(|one| one.clicks).collect();
    assert_eq!(counts, [10_000, 10_000, 5_000]);
    assert!(place.all().is_empty());
}

#[test]
fn history_goes_with_its_clicks() {
    let place = place();
    let old = Row::new(NOW, "a", "ClickAllowed");
    let young = Row::new(NOW.plus(HOUR), "a", "ClickAllowed");
    place.apply(&[old.clone(), young.clone()], WINDOW, Acceptance::Accept, NOW);
    let changed = [old, young].map(|row| row.with(Text::ThreatTypes, "Phish"));
    place.apply(&changed, WINDOW, Acceptance::Accept, NOW);
    let removed = retain(&place, both(NOW.plus(HOUR)));
    assert_eq!((removed[0].clicks, removed[0].changes), (1, 1));
    assert_eq!(place.live(), changed[1..]);
    let other = place.store.tenant("fabrikam").unwrap();
    assert_eq!(place.store.retain(other, both(Tick(i64::MAX))).unwrap(), Retained::default());
}

/// A store with one counted and held click in each of three hours.
fn collected() -> (Place, Vec<Row>) {
    let place = place();
    let rows: Vec<Row> =
        (0..3).map(|n| Row::new(NOW.plus(n * HOUR), "a", "ClickAllowed")).collect();
    place.apply(&rows, WINDOW, Acceptance::Accept, NOW);
    let seen = Seen { at: NOW.plus(9 * HOUR), ..Seen::default() };
    let state = HourState { seen: Some(seen), ..HourState::default() };
    let hours = (0..3).map(|n| (NOW.plus(n * HOUR).hour(), &state)).collect();
    place.store.record(&place.lease, &Changes { hours, progress: None }).unwrap();
    (place, rows)
}

#[test]
fn what_is_known_of_an_hour_outlives_its_clicks() {
    let (place, rows) = collected();
    let kept = KeptFrom { clicks: NOW.plus(2 * HOUR), hours: NOW.plus(HOUR) };
    assert_eq!(retain(&place, kept).len(), 2);
    assert_eq!(place.live(), rows[2..]);
    let (_, hours) = place.store.load(place.tenant()).unwrap();
    assert_eq!(hours.len(), 2, "the second hour's state stays: it would be fetched again");
    let tenants = [NamedTenant::stored(place.tenant(), "contoso")];
    let span = Span::new(NOW, NOW.plus(3 * HOUR));
    let coverage = place.store.read(|s| coverage::of(s, &tenants, span)).unwrap();
    assert_eq!((coverage.removed, coverage.settled, coverage.missing()), (2, 1, 2));
    assert_eq!(coverage.gaps.len(), 1);
    assert_eq!(coverage.gaps[0].why, "older than store.retention, removed");
    // Later the state goes, too.
    let kept = KeptFrom { clicks: NOW.plus(2 * HOUR), hours: NOW.plus(2 * HOUR) };
    assert_eq!(retain(&place, kept).len(), 1);
    assert_eq!(place.store.load(place.tenant()).unwrap().1.len(), 1);
}

#[test]
fn collection_goes_on_in_a_half_removed_hour() {
    let place = place();
    let rows: Vec<Row> =
        (0..15_000).map(|n| Row::new(NOW.plus(n * HOUR / 15_000), "a", "ClickAllowed")).collect();
    place.apply(&rows, WINDOW, Acceptance::Accept, NOW);
    place.store.retain(place.tenant(), both(NOW.plus(HOUR))).unwrap();
    assert_eq!(place.live().len(), 5_000);
    let batch = place.store.prepare(clicks(&rows), Present::ALL);
    let window = Span::new(NOW, NOW.plus(45 * MINUTE));
    let changes = Changes::default();
    place
        .store
        .apply(
            &place.lease,
            &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
            &changes,
            NOW,
        )
        .unwrap();
    assert_eq!(place.live(), rows);
    assert_eq!(segments(&place).len(), 15_000);
}

/// The source of `place` says what time it is, and that our clock is off by `skew`.
pub fn hear(place: &Place, last_source_time: Tick, skew: i64) {
    let progress =
        Progress { last_source_time: Some(last_source_time), skew, ..Progress::default() };
    let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
    place.store.record(&place.lease, &changes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stage_removes_an_hour_a_step_then_rests() {
    let (place, rows) = tokio::task::block_in_place(collected);
    let clock = Clock::manual(NOW.plus(DAY + 2 * HOUR));
    let mut stage = Retention::new(place.store.clone(), clock.clone(), Duration::from_hours(24));
    let rests = Step::Idle { until: clock.now().plus(HOUR) };
    assert_eq!(stage.step().await, rests, "no source told the time");
    tokio::task::block_in_place(|| hear(&place, clock.now(), 0));
    assert_eq!(stage.step().await, Step::Worked);
    assert_eq!(stage.step().await, Step::Worked);
    let (live, hours) = tokio::task::block_in_place(|| {
        (place.live(), place.store.load(place.tenant()).unwrap().1.len())
    });
    assert_eq!((live, hours), (rows[2..].to_vec(), 3));
    // What no click uses goes next, once.
    for _ in 0..9 {
        stage.step().await;
    }
    assert_eq!(stage.step().await, rests);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_when_nobody_asks_for_them_any_more_and_what_they_told_with_the_last() {
    let desk = tokio::task::block_in_place(|| Desk::new(&["contoso"]));
    let (store, clock, start) = (desk.store.clone(), desk.clock.clone(), NOW);
    let attempted = |message: &str, result: AttemptResult| {
        desk.enqueue("soc", message, &sample());
        let ClaimResult::Deliver(claimed) =
            store.claim_message("soc", &Owner::here(), start).unwrap()
        else {
            panic!()
        };
        store.record_attempt(&claimed, &result, "", None, start).unwrap();
    };
    tokio::task::block_in_place(|| {
        for n in 0..120 {
            attempted(&format!("a{n}"), AttemptResult::Accepted { pace: Duration::ZERO });
        }
        attempted("dead", AttemptResult::Dead);
        // One message to two, of whom one has it.
        let deliveries = ["x", "y"].map(|recipient| Delivery {
            message: "both".to_owned(),
            sink: "mail".to_owned(),
            recipient: recipient.to_owned(),
        });
        let message =
            NewMessage { content: &sample(), deliveries: &deliveries, priority: Priority::Digest };
        store.enqueue(&message, start).unwrap();
        let ClaimResult::Deliver(claimed) =
            store.claim_message("mail", &Owner::here(), start).unwrap()
        else {
            panic!()
        };
        let accepted = AttemptResult::Accepted { pace: Duration::ZERO };
        store.record_attempt(&claimed, &accepted, "", None, start).unwrap();
    });
    let db = rusqlite::Connection::open(desk.program.store_path()).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("outbox"), count("content")), (123, 122));
    // A source tells the time, and clicks are kept for ever.
    let last_source_time =
        Progress { last_source_time: Some(start.plus(1_000 * DAY)), ..Progress::default() };
    tokio::task::block_in_place(|| {
        let lease = lease(&store, store.tenant("contoso").unwrap());
        let changes = Changes { hours: Vec::new(), progress: Some(&last_source_time) };
        store.record(&lease, &changes).unwrap();
    });
    let mut stage = Retention::new(store.clone(), clock.clone(), Duration::from_hours(24 * 36_500));
    for (days, outbox, content) in [(29, 123, 122), (31, 2, 2), (89, 2, 2), (91, 1, 1), (400, 1, 1)]
    {
        clock.advance(duration_of(start.plus(days * DAY).since(clock.now())));
        let rested = clock.now().plus(HOUR);
        // A slice a step.
        for _ in 0..5 {
            if stage.step().await == (Step::Idle { until: rested }) {
                break;
            }
        }
        assert_eq!((count("outbox"), count("content")), (outbox, content), "{days}");
    }
}
