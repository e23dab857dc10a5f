//! The real program against the simulated tenant, over real HTTP.

use std::time::Duration;

use clickwarden::click::{Click, Text};
use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::{CollectStep, Idle, Start};
use clickwarden::config::Config;
use clickwarden::daemon::Resources;
use clickwarden::demo::{
    Fault, QuotaKind, RetryHint, Rhythm, TenantSettings, invent_clicks, invented_table,
};
use clickwarden::kql;
use clickwarden::store::{Changes, LeaseClaim, Owner, Store};

use crate::stand::Stand;

fn now() -> Tick {
    Clock::System.now()
}

/// What both sides are sure to keep while a test runs.
fn kept() -> Span {
    Span::new(now().plus(HOUR - 30 * DAY).hour().end(), now().plus(-2 * HOUR))
}

/// A table whose rows are all there from the start.
fn settled_table(count: usize) -> kql::Table {
    let mut table = kql::click_table(30 * DAY);
    let span = Span::new(now().plus(-30 * DAY), now().plus(-2 * HOUR));
    invent_clicks(&mut table, 11, span, count, Rhythm::OfficeHours);
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sync_makes_the_copy_equal_the_source() {
    let stand = Stand::new(invented_table(3, now(), 3_000), "").await;
    let output = stand.run(&["sync", "--format", "json"]);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let tenant = &report["tenants"][0];
    assert_eq!(tenant["gaps"].as_array().unwrap().len(), 0, "{report}");
    // The hour before this one is provisional until it has been over for half an hour.
    let number = |name: &str| tenant[name].as_u64().unwrap();
    assert!(number("hours") - number("settled") <= 1, "{report}");
    assert!(tenant["calls"].as_u64().unwrap() <= 10, "{report}");
    let copy = stand.copy(kept());
    assert!(copy.len() > 2_000);
    assert_eq!(copy, stand.truth(kept()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_asks_nothing_before_its_time() {
    let stand = Stand::new(settled_table(200), "").await;
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    let asked = stand.tenant.queries();
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stand.tenant.queries(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_made_before_the_gate_opens() {
    let stand = Stand::new(settled_table(200), "").await;
    for retry in [
        RetryHint::Seconds(3_000),
        RetryHint::Date(now().plus(DAY / 2)),
        RetryHint::InMessage(2_871),
    ] {
        let fault = Some(Fault::Throttled(QuotaKind::Cpu, retry));
        stand.tenant.expect_faults([fault]);
        let asked = stand.tenant.queries();
        let first = stand.run(&["sync"]);
        assert_eq!(first.status.code(), Some(75), "{first:?}");
        assert_eq!(stand.tenant.queries(), asked + 1);
        let second = stand.run(&["sync"]);
        assert_eq!(second.status.code(), Some(75));
        assert!(String::from_utf8_lossy(&second.stdout).contains("gate"), "{second:?}");
        assert_eq!(stand.tenant.queries(), asked + 1);
        std::fs::remove_file(stand.database()).unwrap();
    }
}

/// A call that is made again with a new token is a second call: it needs a permit of its own.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_in_the_ledger() {
    let stand = Stand::new(settled_table(200), "").await;
    stand.tenant.expect_faults([None, Some(Fault::Unauthorized)]);
    let output = stand.run(&["sync", "--format", "json"]);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((stand.tenant.sign_ins(), stand.tenant.received()[1].status), (2, 401));
    assert_eq!(report["tenants"][0]["calls"].as_u64(), Some(stand.tenant.queries()));
    tokio::task::block_in_place(|| {
        let store = Store::open(&stand.database()).unwrap();
        let tenant = store.tenant("contoso").unwrap();
        let calls = store.read(|snapshot| snapshot.calls_last_minute(tenant, now())).unwrap();
        assert_eq!(u64::from(calls), stand.tenant.queries());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_to_do() {
    let stand = Stand::new(settled_table(10), "").await;
    stand.write_secret("wrong");
    let output = stand.run(&["sync"]);
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("AADSTS7000215"), "{output:?}");
}

/// Kills the daemon again and again while everything else goes wrong too; once the source behaves,
/// the copy equals it.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_copy_converges() {
    let collect = "interval = \"1s\"\nfetch_rows = 150";
    let stand = Stand::new(settled_table(4_000), collect).await;
    let mut random = fastrand::Rng::with_seed(5);
    let mut dice = random.fork();
    stand.tenant.script_faults(move |_, _| {
        let faults = [
            Fault::Unavailable(RetryHint::Unsaid),
            Fault::Timeout,
            Fault::TooBigAbove(dice.usize(20..100)),
            Fault::Missing(0),
            Fault::Reset,
            Fault::Half,
            Fault::Html,
            Fault::NullResults,
            Fault::Unauthorized,
        ];
        (dice.u8(..) < 60).then(|| faults[dice.usize(..faults.len())])
    });
    let faults = || stand.tenant.received().iter().filter(|asked| asked.fault.is_some()).count();
    for kills in 0.. {
        if kills >= 25 && faults() >= 25 {
            break;
        }
        assert!(kills < 300, "only {} faults were met", faults());
        let mut daemon = stand.start(&["run"]);
        tokio::time::sleep(Duration::from_millis(random.u64(30..400))).await;
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    stand.tenant.behave();
    let_disputes_fall_due(&stand);
    let mut daemon = stand.start(&["run"]);
    let truth = stand.truth(kept());
    let deadline = now().plus(MINUTE);
    while stand.copy(kept()) != truth {
        assert!(now() < deadline, "the copy does not converge");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let asked_to_stop = now();
    std::process::Command::new("kill").arg(daemon.id().to_string()).status().unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(now().since(asked_to_stop) < 10 * SECOND);
}

/// Windows that would not settle are looked at again after an hour: here, that hour has passed.
fn let_disputes_fall_due(stand: &Stand) {
    tokio::task::block_in_place(|| {
        let store = Store::open(&stand.database()).unwrap();
        let tenant = store.tenant("contoso").unwrap();
        let claim = store.lease(tenant, &Owner::here(), Duration::from_mins(1), now()).unwrap();
        let LeaseClaim::Granted(lease) = claim else { panic!("{claim:?}") };
        let (mut progress, mut hours) = store.load(tenant).unwrap();
        progress.retry_at = None;
        for dispute in hours.values_mut().filter_map(|state| state.dispute.as_mut()) {
            dispute.next = now();
        }
        let hours = hours.iter().map(|(hour, state)| (*hour, state)).collect();
        store.record(&lease, &Changes { hours, progress: Some(&progress) }).unwrap();
        store.release(&lease).unwrap();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_pass_takes_two_calls() {
    let stand = Stand::new(settled_table(500), "interval = \"1s\"").await;
    assert!(stand.run(&["sync"]).status.success());
    let asked = stand.tenant.queries();
    // Until the next pass is due, a sync asks nothing.
    let deadline = now().plus(MINUTE);
    while stand.tenant.queries() == asked && now() < deadline {
        assert!(stand.run(&["sync"]).status.success());
    }
    let queries = stand.tenant.received().split_off(asked as usize);
    assert_eq!(queries.len(), 2, "{queries:#?}");
    assert!(queries.iter().all(|asked| asked.query.contains("summarize")), "{queries:#?}");
}

/// More rows at one instant than an answer may have: found by drilling, fetched by `ReportId`.
#[tokio::test(flavor = "multi_thread")]
async fn an_instant_that_is_too_big_is_split() {
    let mut table = kql::click_table(30 * DAY);
    let at = now().plus(-30 * HOUR);
    for number in 0..80_u32 {
        let report =
            format!("{:08x}-0000-4000-8000-000000000000", number.wrapping_mul(0x9E37_79B9));
        let mut texts = [""; Text::COUNT];
        texts[Text::Url as usize] = "https://a.example/";
        texts[Text::ReportId as usize] = &report;
        let click = Click { timestamp: at, texts, is_clicked_through: None, extra: "" };
        kql::add_click(&mut table, &click, Span::new(at, Tick(i64::MAX)));
    }
    let stand = Stand::new(table, "").await;
    stand.tenant.script_faults(|_, _| Some(Fault::TooBigAbove(20)));
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stand.copy(kept()).len(), 80);
    assert_eq!(stand.copy(kept()), stand.truth(kept()));
    let parts =
        stand.tenant.received().iter().filter(|a| a.query.contains("startswith_cs")).count();
    assert_eq!(parts, 17);
}

/// The daemon's own clock a day wrong: the source's decides, so nothing is hidden.
#[tokio::test(flavor = "multi_thread")]
async fn the_sources_clock_decides() {
    let table = settled_table(300);
    for wrong_by in [-DAY, DAY] {
        let clock = Clock::manual(now());
        let settings =
            TenantSettings { calls_per_minute: None, ..TenantSettings::new(clock.clone()) };
        let stand = Stand::with(settings, table.clone(), "").await;
        let config = Config::load(Some(&stand.config()), []).unwrap();
        let ours = Clock::manual(now().plus(wrong_by));
        let store = Store::open(&stand.database()).unwrap();
        let (config_, store_, clock_) = (config.clone(), store.clone(), ours.clone());
        let made = move || {
            let Config { tenants, collect, .. } = &config_;
            Resources::new(store_, clock_).collectors(tenants, collect, Start::WhenDue)
        };
        let mut collectors = tokio::task::spawn_blocking(made).await.unwrap().unwrap();
        let collector = &mut collectors[0];
        let until = loop {
            if let CollectStep::Idle(Idle::Done { until }) = collector.step().await.unwrap() {
                break until;
            }
        };
        assert_eq!(stand.copy(kept()), stand.truth(kept()), "wrong by {wrong_by}");
        // The next pass is due in five minutes by our clock too, not in a day.
        let rest = until.since(ours.now());
        assert!((4 * MINUTE..=5 * MINUTE + SECOND).contains(&rest), "rests {rest} ticks");
    }
}
