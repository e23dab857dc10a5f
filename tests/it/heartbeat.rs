//! Heartbeats of real stages: late is who was silent for longer than its work may take.

use std::time::Duration;

use clickwarden::clock::{Clock, MINUTE};
use clickwarden::daemon::{Counters, HealthCheck, StageContext, deliver};
use clickwarden::message::sample;
use clickwarden::outbox::DELIVERY_TIMEOUT;
use clickwarden::stage::heartbeat::{Heartbeats, LONGEST_STEP};
use clickwarden::stage::{StageLoop, Step};
use clickwarden::store::Store;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::outbox_rules::Desk;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_step_that_never_ends_is_noticed() {
    let (heartbeats, stop) = (Heartbeats::default(), CancellationToken::new());
    let began = Instant::now();
    let mut stage_loop = StageLoop::new(stop.clone(), Clock::System, heartbeats.of("contoso"));
    let stage = tokio::spawn(async move { stage_loop.next(std::future::pending()).await });
    while heartbeats.late_at(began + 2 * LONGEST_STEP).is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(heartbeats.late_at(began + LONGEST_STEP - SECOND), [""; 0]);
    assert_eq!(heartbeats.late_at(Instant::now() + LONGEST_STEP + SECOND), ["contoso"]);
    // One that was told to end is not missed.
    stop.cancel();
    assert_eq!(stage.await.unwrap(), None);
    assert_eq!(heartbeats.late_at(began + 2 * LONGEST_STEP), [""; 0]);
}

#[tokio::test]
async fn one_that_rests_may_be_silent_until_it_wakes() {
    let (heartbeats, stop) = (Heartbeats::default(), CancellationToken::new());
    let began = Instant::now();
    let mut stage_loop = StageLoop::new(stop.clone(), Clock::System, heartbeats.of("contoso"));
    let until = Clock::System.now().plus(60 * MINUTE);
    let (tell, told) = tokio::sync::oneshot::channel();
    let stage = tokio::spawn(async move {
        let step = async move {
            tell.send(()).unwrap();
            Step::Idle { until }
        };
        stage_loop.next(step).await
    });
    told.await.unwrap();
    tokio::task::yield_now().await;
    let hour = Duration::from_hours(1);
    assert_eq!(heartbeats.late_at(began + hour), [""; 0]);
    assert_eq!(heartbeats.late_at(Instant::now() + hour + 2 * Duration::from_mins(1)), ["contoso"]);
    stop.cancel();
    stage.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_of_the_daemon_that_is_stuck_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let store = tokio::task::spawn_blocking(move || Store::open(&path).unwrap()).await.unwrap();
    let health_check = HealthCheck::new(store);
    let (good, bad) =
        (health_check.heartbeats().of("good"), health_check.heartbeats().of("contoso"));
    good.beat(LONGEST_STEP);
    bad.beat(Duration::ZERO);
    while health_check.heartbeats().late().is_empty() {
        tokio::task::yield_now().await;
    }
    let look = health_check.check(Duration::from_secs(30)).await;
    assert_eq!(look.faults(), ["stage contoso is stuck"]);
    assert!(!look.is_alive() && !look.is_ready());
    bad.beat(LONGEST_STEP);
    assert!(health_check.check(Duration::from_secs(30)).await.is_ready());
}

#[tokio::test]
async fn a_hint_wakes_one_that_rests_also_one_given_during_its_step() {
    let (heartbeats, stop) = (Heartbeats::default(), CancellationToken::new());
    let (hint, hinted) = tokio::sync::watch::channel(());
    let stage_loop = StageLoop::new(stop, Clock::System, heartbeats.of("soc"));
    let mut stage_loop = stage_loop.woken_by(hinted);
    let idle = || Step::Idle { until: Clock::System.now().plus(24 * 60 * MINUTE) };
    let step = async {
        hint.send_replace(());
        idle()
    };
    assert_eq!(stage_loop.next(step).await, Some(()));
    // One that came before the step is known to it.
    hint.send_replace(());
    let mut resting = std::pin::pin!(stage_loop.next_whole(async { idle() }));
    tokio::select! {
        biased;
        _ = &mut resting => panic!("woken by what the step knew"),
        () = tokio::task::yield_now() => {}
    }
    hint.send_replace(());
    assert_eq!(resting.await, Some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_is_stuck_a_few_minutes_after_a_delivery_should_have_ended_and_no_sooner() {
    // It takes the connection and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", silent.local_addr().unwrap());
    let desk = tokio::task::block_in_place(|| {
        let desk = Desk::new(&["contoso"]);
        desk.sink("soc", "webhook", &address, "");
        desk.enqueue("soc", "1", &sample());
        desk
    });
    let (heartbeats, stop) = (Heartbeats::default(), CancellationToken::new());
    let context = StageContext {
        stop: stop.clone(),
        clock: desk.clock.clone(),
        counters: Counters::default(),
        heartbeat: heartbeats.of("sink soc"),
    };
    let began = Instant::now();
    let delivery = deliver(desk.stage("soc"), desk.store.clone(), context);
    let stage = tokio::spawn(delivery);
    let connection = silent.accept().await.unwrap();
    let (minute, now) = (Duration::from_mins(1), Instant::now());
    assert_eq!(heartbeats.late_at(began + DELIVERY_TIMEOUT + 2 * minute), [""; 0]);
    assert_eq!(heartbeats.late_at(now + DELIVERY_TIMEOUT + 4 * minute), ["sink soc"]);
    // Nobody answers any more, so it ends at once.
    stop.cancel();
    drop(connection);
    stage.await.unwrap();
}
