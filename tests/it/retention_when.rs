//! When retention removes: by `sync` as by the daemon, and never by a clock that no source confirms.

use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, Span, Tick};
use clickwarden::demo::invented_table;
use clickwarden::retention::Retention;
use clickwarden::stage::Step;
use clickwarden::store::{Changes, FetchedAnswer, Store};
use clickwarden::sync_state::hour::Acceptance;

use crate::clock_set::Two;
use crate::program::Ran;
use crate::retention::hear;
use crate::stand::Stand;
use crate::support::{NOW, Row, clicks, lease, place};

#[tokio::test(flavor = "multi_thread")]
async fn sync_removes_what_is_too_old() {
    let now = Clock::System.now();
    let stand = Stand::new(invented_table(3, now, 2_000), "interval = \"1s\"").await;
    let ran: Ran = stand.run(&["sync"]).into();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = stand.config_text(&stand.tenant.url(), "interval = \"1s\"");
    let text = text.replace("[store]\n", "[store]\nretention = \"1d\"\n");
    std::fs::write(stand.config(), text).unwrap();
    let all = Span::new(now.plus(-40 * DAY), now.plus(-2 * HOUR));
    let young = Span::new(now.plus(-DAY).hour().end(), all.until);
    assert!(stand.copy(all).len() > stand.copy(young).len());
    // Once more, and nothing of it is fetched again.
    for _ in 0..2 {
        let ran: Ran = stand.run(&["sync"]).into();
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.contains(" 0 new;"), "{}", ran.out);
        let kept = stand.copy(Span::new(all.from, young.from.plus(-HOUR)));
        assert_eq!(kept, [], "{}", ran.out);
        assert_eq!(stand.copy(young), stand.truth(young));
    }
    // Nor do texts stay that only those had, but for the last.
    let db = rusqlite::Connection::open(stand.database()).unwrap();
    let unused = "SELECT count(*) FROM url WHERE id NOT IN (SELECT url FROM click)";
    let unused: i64 = db.query_row(unused, [], |row| row.get(0)).unwrap();
    assert!(unused <= 1, "{unused}");
}

/// Keeps clicks for four weeks of the month that the source has.
fn stage(two: &Two, store: &Store) -> Retention {
    Retention::new(store.clone(), two.ours.clone(), Duration::from_hours(28 * 24))
}

/// Steps until nothing is old enough; the oldest click that is left.
async fn removed(stage: &mut Retention, store: &Store) -> Option<Tick> {
    while stage.step().await == Step::Worked {}
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]
    let size = tokio::task::block_in_place(|| store.read(|snapshot| snapshot.size())).unwrap();
    size.oldest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_no_source_confirms_removes_nothing() {
    for by in [-DAY, DAY, 365 * DAY] {
        let mut two = Two::new().await;
        let database = two.stand.database();
        let store = tokio::task::block_in_place(|| Store::open(&database)).unwrap();
        let mut running = stage(&two, &store);
        assert_eq!(removed(&mut running, &store).await, None, "nothing is there");
        two.rests().await;
        let oldest = removed(&mut running, &store).await;
        let edge = |two: &Two| two.theirs.now().plus(-28 * DAY).hour().start();
        assert!(oldest >= Some(edge(&two)) && oldest < Some(edge(&two).plus(DAY)));
        // Somebody sets the clock between two passes, or we begin with a wrong one and no network.
        two.ours.set_by(by);
        for _ in 0..3 {
            for stage in [&mut running, &mut stage(&two, &store)] {
                assert_eq!(removed(stage, &store).await, oldest, "set by {by}");
            }
            two.advance(8 * HOUR);
        }
        two.rests().await;
        let later = removed(&mut running, &store).await;
        assert!(later > oldest && later >= Some(edge(&two)), "set by {by}");
        assert!(later < Some(edge(&two).plus(DAY)), "set by {by}");
    }
}

/// What was learnt of our clock from a tenant that was left long ago is not used for ever.
#[tokio::test(flavor = "multi_thread")]
async fn tenants_that_are_no_longer_asked_age_by_the_sources_that_are() {
    let (place, store) = tokio::task::block_in_place(|| {
        let place = place();
        let store = place.store.clone();
        (place, store)
    });
    for (skew, days, stays) in [(365 * DAY, 2, true), (-365 * DAY, 4, false)] {
        tokio::task::block_in_place(|| {
            let name = format!("left {skew}");
            let lease = lease(&store, store.tenant(&name).unwrap());
            let batch = store.prepare(
                clicks(&[Row::new(NOW.plus(-days * DAY), "a", "ClickAllowed")]),
                clickwarden::click::Present::ALL,
            );
            let span = Span::new(NOW.plus(-9 * DAY), NOW);
            let (last_source_time, skew) = (Some(NOW.plus(-9 * DAY)), skew);
            let progress = clickwarden::sync_state::progress::Progress {
                last_source_time,
                skew,
                ..Default::default()
            };
            let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
            store
                .apply(
                    &lease,
                    &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
                    &changes,
                    NOW,
                )
                .unwrap();
            hear(&place, NOW, 0);
        });
        let three_days = Duration::from_hours(3 * 24);
        let mut stage = Retention::new(store.clone(), Clock::manual(NOW), three_days);
        assert_eq!(removed(&mut stage, &store).await.is_some(), stays, "{skew}");
        // The next turn begins with nothing there.
        stage = Retention::new(store.clone(), Clock::manual(NOW), Duration::from_hours(24));
        assert_eq!(removed(&mut stage, &store).await, None);
    }
}
