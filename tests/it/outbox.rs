//! The outbox: what is enqueued is delivered at least once, by one process at a time.

use std::path::Path;
use std::time::Duration;

use clickwarden::auth::SharedAuth;
use clickwarden::clock::{Clock, MINUTE, SECOND};
use clickwarden::config::{Audience, Plain, Route, Sink as Configured, SinkKind};
use clickwarden::deliver::{Channel, ChannelContext};
use clickwarden::message::severity::Severity;
use clickwarden::message::{UrlDisplay, sample};
use clickwarden::outbox::{AttemptReport, DeliveryStep, Outbox, ReadySink};
use clickwarden::store::{
    AttemptResult, ClaimResult, Claimed, Delivery, NewMessage, Owner, Priority, RetryScope, Store,
};
use serde_json::Value;

use crate::support::{NOW, place};

fn delivery(message: &str) -> Delivery {
    Delivery { message: message.to_owned(), sink: "soc".to_owned(), recipient: String::new() }
}

fn enqueue(store: &Store, messages: &[&str], priority: Priority) -> u64 {
    let deliveries: Vec<Delivery> = messages.iter().map(|message| delivery(message)).collect();
    store
        .enqueue(&NewMessage { content: &sample(), deliveries: &deliveries, priority }, NOW)
        .unwrap()
}

fn claimed(turn: ClaimResult) -> Claimed {
    match turn {
        ClaimResult::Deliver(claimed) => *claimed,
        other => panic!("{other:?}"),
    }
}

const ACCEPTED: AttemptResult = AttemptResult::Accepted { pace: Duration::ZERO };

#[test]
fn a_message_is_posted_once_and_the_urgent_go_first() {
    let place = place();
    let (store, owner) = (&place.store, Owner::here());
    assert_eq!(enqueue(store, &["a", "b"], Priority::Digest), 2);
    assert_eq!(enqueue(store, &["b", "c"], Priority::Notice), 1);
    let mut order = Vec::new();
    while let ClaimResult::Deliver(claimed) = store.claim_message("soc", &owner, NOW).unwrap() {
        assert_eq!(claimed.content, sample());
        store.record_attempt(&claimed, &ACCEPTED, "accepted", None, NOW).unwrap();
        order.push(claimed.message);
    }
    assert_eq!(order, ["c", "a", "b"]);
    assert_eq!(store.claim_message("soc", &owner, NOW).unwrap(), ClaimResult::Idle { until: None });
    assert_eq!(enqueue(store, &["a"], Priority::Digest), 0);
}

#[test]
fn one_leaves_at_a_time_and_the_dead_give_theirs_back() {
    let place = place();
    let store = &place.store;
    enqueue(store, &["a"], Priority::Digest);
    let here = Owner::here();
    let gone = Owner { pid: u32::MAX, ..here.clone() };
    let first = claimed(store.claim_message("soc", &gone, NOW).unwrap());
    // Its process is gone: the same message at once, under a later attempt.
    let second = claimed(store.claim_message("soc", &here, NOW).unwrap());
    assert_eq!((second.message.as_str(), second.attempts), ("a", 2));
    // This one lives: nobody else may send for two minutes, then somebody must.
    let until = Some(NOW.plus(2 * MINUTE));
    assert_eq!(store.claim_message("soc", &here, NOW).unwrap(), ClaimResult::Idle { until });
    let third = claimed(store.claim_message("soc", &here, NOW.plus(2 * MINUTE)).unwrap());
    // What the overtaken attempts came to counts nothing any more.
    for old in [&first, &second] {
        store
            .record_attempt(old, &AttemptResult::Dead, "late", None, NOW.plus(2 * MINUTE))
            .unwrap();
    }
    store.record_attempt(&third, &ACCEPTED, "accepted", None, NOW.plus(2 * MINUTE)).unwrap();
    let later = NOW.plus(10 * MINUTE);
    assert_eq!(
        store.claim_message("soc", &here, later).unwrap(),
        ClaimResult::Idle { until: None }
    );
}

#[test]
fn a_refusal_holds_the_message_or_the_whole_sink() {
    let place = place();
    let (store, owner) = (&place.store, Owner::here());
    enqueue(store, &["a", "b"], Priority::Digest);
    let wait = Duration::from_mins(1);
    let first = claimed(store.claim_message("soc", &owner, NOW).unwrap());
    let later = AttemptResult::Later { wait, scope: RetryScope::Message };
    store.record_attempt(&first, &later, "greylisted", None, NOW).unwrap();
    // The other message goes all the same.
    let second = claimed(store.claim_message("soc", &owner, NOW).unwrap());
    assert_eq!((first.message.as_str(), second.message.as_str()), ("a", "b"));
    let later = AttemptResult::Later { wait: wait * 2, scope: RetryScope::Sink };
    store.record_attempt(&second, &later, "throttled", None, NOW).unwrap();
    let until = Some(NOW.plus(2 * MINUTE));
    assert_eq!(
        store.claim_message("soc", &owner, NOW.plus(90 * SECOND)).unwrap(),
        ClaimResult::Idle { until }
    );
    // A clock that jumped back does not lengthen the wait.
    assert_eq!(
        store.claim_message("soc", &owner, NOW.plus(-60 * MINUTE)).unwrap(),
        ClaimResult::Idle { until: Some(NOW.plus(-58 * MINUTE)) }
    );
    let again = claimed(store.claim_message("soc", &owner, NOW.plus(2 * MINUTE)).unwrap());
    store
        .record_attempt(
            &again,
            &AttemptResult::Pause,
            "the address is gone",
            None,
            NOW.plus(2 * MINUTE),
        )
        .unwrap();
    assert_eq!(
        store.claim_message("soc", &owner, NOW.plus(600 * MINUTE)).unwrap(),
        ClaimResult::Paused { why: "the address is gone".to_owned() }
    );
}

/// A stage whose messages end up in `path`.
fn stage(store: &Store, path: &Path, clock: &Clock) -> Outbox {
    let configured = Configured {
        name: "soc".to_owned(),
        kind: SinkKind::File(path.to_owned()),
        route: Route { plain: Plain::Loopback, ..Route::default() },
        audience: Audience::All,
        pace: Duration::ZERO,
        urls: UrlDisplay::Cut,
        min_severity: Severity::Low,
        location: clickwarden::config::SectionLocation::default(),
    };
    let (auth, sample) = (SharedAuth::default(), sample());
    let context = ChannelContext { tenants: &[], auth: &auth, clock, sample: &sample };
    let channel = Channel::of(&configured, context).unwrap();
    let sink = ReadySink { settings: configured, channel };
    Outbox::new(sink, store.clone(), clock.clone(), fastrand::Rng::with_seed(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_delivered_waits_and_goes_when_it_can() {
    let place = tokio::task::block_in_place(place);
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = (place.store.clone(), Clock::manual(NOW));
    let path = folder.path().join("not there yet/messages.jsonl");
    let shared = store.clone();
    tokio::task::spawn_blocking(move || enqueue(&shared, &["a"], Priority::Digest)).await.unwrap();
    let mut stage = stage(&store, &path, &clock);
    let mut failures = 0;
    // Two hours of failures: it waits longer and longer, at most a quarter of an hour.
    while clock.now() < NOW.plus(120 * MINUTE) {
        match stage.step().await.unwrap() {
            DeliveryStep::Attempted(AttemptReport {
                result: AttemptResult::Later { wait, scope },
                detail,
                ..
            }) => {
                assert!(wait <= Duration::from_mins(15) && scope == RetryScope::Sink, "{detail}");
                failures += 1;
            }
            DeliveryStep::Idle { until: Some(until) } => {
                clock.advance(clickwarden::clock::duration_of(until.since(clock.now())));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(failures > 8, "{failures}");
    std::fs::create_dir(folder.path().join("not there yet")).unwrap();
    while stage.step().await.unwrap() != (DeliveryStep::Idle { until: None }) {
        clock.advance(Duration::from_mins(15));
    }
    let lines = std::fs::read_to_string(&path).unwrap();
    let line: Value = serde_json::from_str(lines.trim_end()).unwrap();
    assert_eq!((&line["id"], &line["time"]), (&"a".into(), &NOW.to_string().into()));
}
