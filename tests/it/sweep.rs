//! Texts that no click uses any more go, and none that one uses, whoever writes meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clickwarden::click::{Present, Text};
use clickwarden::clock::{DAY, HOUR, SECOND, Span, Tick};
use clickwarden::store::{Changes, FetchedAnswer, KeptFrom, Store, Sweep};
use clickwarden::sync_state::hour::Acceptance::{Accept, Keep};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::db_check::damaged_parts;
use crate::support::{NOW, Place, Row, clicks, place};

/// A click that shares no text with one of another number, and few with one of another spelling.
fn row(at: Tick, number: usize, spelling: usize) -> Row {
    let user = ["ann", "Ann", "ANN"][spelling % 3];
    Row::new(at, &format!("https://{number}.example/"), &format!("Action{number}"))
        .with(Text::AccountUpn, &format!("{user}{number}@contoso.example"))
        .with(Text::IPAddress, &format!("192.0.2.{number}"))
        .with(Text::Workload, &format!("Workload{number}"))
        .with(Text::ThreatTypes, &format!("Threat{number}"))
        .with(Text::DetectionMethods, &format!("Method{number}"))
        .with(Text::AppName, &format!("App{number}"))
        .with(Text::AppVersion, &format!("1.{number}"))
        .with(Text::UrlChain, &format!("[\"{number}\",\"b\"]"))
}

fn until(at: Tick) -> KeptFrom {
    KeptFrom { clicks: at, hours: at }
}

fn retain(store: &Store, place: &Place, at: Tick) {
    while store.retain(place.tenant(), until(at)).unwrap().hour.is_some() {}
}

/// Goes on to the end.
fn finish(store: &Store, sweep: Sweep, now: Tick) {
    let mut sweep = Some(sweep);
    while let Some(under_way) = sweep {
        sweep = store.sweep(under_way, now).unwrap();
    }
}

/// Texts of each table that no click uses, but for the last, which may have a lower case.
fn unused(place: &Place) -> Vec<String> {
    let db = Connection::open(place.store.file().path()).unwrap();
    let words = "SELECT action FROM click UNION SELECT workload FROM click UNION SELECT ip FROM click \
                 UNION SELECT threat FROM click UNION SELECT methods FROM click \
                 UNION SELECT app FROM click UNION SELECT app_version FROM click";
    let people = "SELECT person FROM click UNION \
                  SELECT folded FROM person WHERE id IN (SELECT person FROM click) \
                  OR id = (SELECT max(id) FROM person)";
    let mut found = Vec::new();
    for (table, used) in [
        ("url", "SELECT url FROM click"),
        ("chain", "SELECT chain FROM click WHERE chain IS NOT NULL"),
        ("word", words),
        ("person", people),
    ] {
        let sql = format!(
            "SELECT text FROM {table} WHERE id > 0 AND id NOT IN ({used}) \
             AND id != (SELECT max(id) FROM {table})"
        );
        let mut statement = db.prepare(&sql).unwrap();
        let texts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        found.extend(texts.map(Result::unwrap));
    }
    found
}

const SPAN: Span = Span { from: NOW, until: Tick(NOW.0 + 9 * HOUR) };

#[test]
fn texts_go_with_the_last_click_that_uses_them() {
    let place = place();
    let rows: Vec<Row> =
        (0..6).map(|n| row(NOW.plus(n as i64 * HOUR), n, n)).chain([row(NOW, 5, 0)]).collect();
    place.apply(&rows, SPAN, Accept, NOW);
    // Withdrawn and changed ones are used, too.
    let mut changed = rows[..6].to_vec();
    changed[5].set(Text::ThreatTypes, "Other");
    place.apply(&changed[..4], Span::new(NOW, NOW.plus(5 * HOUR)), Accept, NOW);
    place.apply(&changed[5..], Span::new(NOW.plus(5 * HOUR), SPAN.until), Accept, NOW);
    let store = &place.store;
    assert!(store.begin_sweep(NOW).unwrap().is_none(), "nothing was removed");
    retain(store, &place, NOW.plus(2 * HOUR));
    let left = place.all();
    assert_eq!(left.len(), 4);
    assert!(unused(&place).len() > 10);
    let sweep = store.begin_sweep(NOW).unwrap().unwrap();
    finish(store, sweep, NOW);
    assert_eq!(unused(&place), [] as [&str; 0]);
    assert_eq!(place.all(), left);
    assert_eq!(damaged_parts(store).unwrap(), []);
    // The next one a day later, and only if there is something to do.
    assert!(store.begin_sweep(NOW.plus(2 * DAY)).unwrap().is_none());
    retain(store, &place, NOW.plus(4 * HOUR));
    assert!(store.begin_sweep(NOW.plus(DAY - SECOND)).unwrap().is_none());
    let sweep = store.begin_sweep(NOW.plus(DAY)).unwrap().unwrap();
    finish(store, sweep, NOW.plus(DAY));
    assert_eq!(unused(&place), [] as [&str; 0]);
    // What comes again is there again.
    place.apply(&rows, SPAN, Accept, NOW);
    assert_eq!(damaged_parts(store).unwrap(), []);
    assert_eq!(place.live().len(), rows.len());
}

#[test]
fn a_repair_or_another_sweep_ends_a_sweep() {
    for repair in [true, false] {
        let place = place();
        let rows: Vec<Row> = (0..6).map(|n| row(NOW.plus(n as i64 * HOUR), n, n)).collect();
        place.apply(&rows, SPAN, Accept, NOW);
        let other = Store::open(place.store.file().path()).unwrap();
        retain(&other, &place, NOW.plus(3 * HOUR));
        let sweep = place.store.begin_sweep(NOW).unwrap().unwrap();
        let before = unused(&place).len();
        let second = if repair {
            assert_eq!(other.file().repair_texts().unwrap(), Some(0));
            None
        } else {
            other.begin_sweep(NOW).unwrap()
        };
        finish(&place.store, sweep, NOW);
        assert_eq!(unused(&place).len(), before);
        if let Some(second) = second {
            finish(&other, second, NOW);
            assert_eq!(unused(&place), [] as [&str; 0]);
        }
    }
}

/// What happens between two steps of a sweep.
#[derive(Clone, Debug)]
enum Event {
    Step,
    /// Clicks come, through this connection or another one: hours, numbers and spellings.
    Come {
        rows: Vec<(usize, usize, usize)>,
        complete: bool,
        here: bool,
    },
    /// What is older than so many hours goes.
    Old {
        hours: i64,
        here: bool,
    },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let row = (0..6usize, 0..8usize, 0..3usize);
    let rows = prop::collection::vec(row, 0..5);
    let event = prop_oneof![
        4 => Just(Event::Step),
        3 => (rows, any::<bool>(), any::<bool>())
            .prop_map(|(rows, complete, here)| Event::Come { rows, complete, here }),
        1 => (0..6i64, any::<bool>()).prop_map(|(hours, here)| Event::Old { hours, here }),
    ];
    prop::collection::vec(event, 5..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_text_that_is_used_goes_in_any_order_of_events(events in events()) {
        let place = place();
        let other = Store::open(place.store.file().path()).unwrap();
        let (mut sweep, mut now) = (None, NOW);
        let first: Vec<Row> = (0..8).map(|n| row(NOW.plus(n as i64 * HOUR / 2), n, n)).collect();
        place.apply(&first, SPAN, Accept, NOW);
        for event in events {
            match event {
                Event::Step => {
                    let under_way = match sweep.take() {
                        Some(sweep) => Some(sweep),
                        None => place.store.begin_sweep(now).unwrap(),
                    };
                    now = now.plus(DAY);
                    sweep = under_way.and_then(|it: Sweep| place.store.sweep(it, now).unwrap());
                }
                Event::Come { rows, complete, here } => {
                    let rows: Vec<Row> = rows
                        .iter()
                        .map(|(hour, n, s)| row(NOW.plus(*hour as i64 * HOUR), *n, *s))
                        .collect();
                    let store = if here { &place.store } else { &other };
                    let batch = store.prepare(clicks(&rows), Present::ALL);
                    let verdict = if complete { Accept } else { Keep };
                    let changes = Changes::default();
                    store.apply(&place.lease, &FetchedAnswer { batch: &batch, window: SPAN, acceptance: verdict }, &changes, now).unwrap();
                }
                Event::Old { hours, here } => {
                    let store = if here { &place.store } else { &other };
                    retain(store, &place, NOW.plus(hours * HOUR));
                }
            }
            prop_assert_eq!(damaged_parts(&other).unwrap(), []);
        }
        if let Some(sweep) = sweep {
            finish(&place.store, sweep, now);
        }
        retain(&place.store, &place, NOW.plus(7 * HOUR));
        if let Some(sweep) = place.store.begin_sweep(now.plus(9 * DAY)).unwrap() {
            finish(&place.store, sweep, now);
            prop_assert_eq!(unused(&place), [] as [&str; 0]);
        }
        prop_assert_eq!(damaged_parts(&place.store).unwrap(), []);
    }
}

/// Tells others to stop, however it ends.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One brings again what another is about to remove, at the very same time.
#[test]
fn sweeps_beside_a_busy_writer_take_nothing_that_is_used() {
    const TEXTS: usize = 600;
    let place = place();
    // They take turns at the one connection that writes.
    let store = &place.store;
    let (stop, round) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _stops = Stops(&stop);
        scope.spawn(|| {
            let mut random = fastrand::Rng::with_seed(1);
            while !stop.load(Ordering::Relaxed) {
                let number = round.load(Ordering::Relaxed) * TEXTS + random.usize(..TEXTS);
                let at = NOW.plus(DAY + random.i64(0..HOUR));
                let rows = [row(at, number, random.usize(..3))];
                place.apply(&rows, Span::new(at, at.plus(1)), Keep, NOW);
            }
        });
        let lease = crate::support::lease(store, store.tenant("fabrikam").unwrap());
        for day in 1..=4 {
            // All of these come and go, but for those that come again.
            let numbers = day * TEXTS..(day + 1) * TEXTS;
            let at = NOW.plus(day as i64 * HOUR);
            let rows: Vec<Row> = numbers.map(|n| row(at.plus(n as i64), n, n)).collect();
            let batch = store.prepare(clicks(&rows), Present::ALL);
            store
                .apply(
                    &lease,
                    &FetchedAnswer { batch: &batch, window: SPAN, acceptance: Accept },
                    &Changes::default(),
                    NOW,
                )
                .unwrap();
            round.store(day, Ordering::Relaxed);
            let edge = until(at.plus(HOUR));
            while store.retain(lease.tenant(), edge).unwrap().hour.is_some() {}
            let now = NOW.plus(day as i64 * DAY);
            let sweep = store.begin_sweep(now).unwrap().unwrap();
            finish(store, sweep, now);
            assert_eq!(damaged_parts(store).unwrap(), [], "{day}");
        }
    });
    assert!(unused(&place).len() < 4 * TEXTS, "{}", unused(&place).len());
}
