//! Two processes and one tenant: who may call and write, and what is left when one is stopped.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Span};
use clickwarden::demo::{Fault, QuotaKind, RetryHint, Rhythm, invent_clicks};
use clickwarden::kql;
use rusqlite::Connection;
use serde_json::Value as Json;

use crate::relay::{Log, Relay, Way};
use crate::stand::{Running, Stand, program, signal};

/// What both sides are sure to keep while a test runs.
fn kept() -> Span {
    let now = Clock::System.now();
    Span::new(now.plus(HOUR - 30 * DAY).hour().end(), now.plus(-2 * HOUR))
}

/// A table whose rows are all there from the start.
fn settled_table(count: usize) -> kql::Table {
    let mut table = kql::click_table(30 * DAY);
    let now = Clock::System.now();
    let span = Span::new(now.plus(-29 * DAY), now.plus(-DAY));
    invent_clicks(&mut table, 21, span, count, Rhythm::Even);
    table
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The one line of JSON that `sync` ends with, about its one tenant.
fn report(output: &std::process::Output) -> Json {
    assert!(output.status.success(), "{output:?}");
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let report = report["tenants"][0].clone();
    // The hour before this one is provisional until it has been over for half an hour.
    let number = |name: &str| report[name].as_u64().unwrap();
    assert!(number("hours") - number("settled") <= 1, "{report}");
    report
}

/// The daemon must be gone soon after it was asked to, and content.
fn stops(daemon: &mut Child) {
    let asked = Instant::now();
    signal(daemon, "TERM");
    assert!(daemon.wait().unwrap().success());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
}

/// Fails if both relays ever had a request under way at once.
fn assert_one_at_a_time(log: &Log) {
    let mut under_way: BTreeSet<(&str, usize)> = BTreeSet::new();
    for (name, connection, way) in log.lock().unwrap().iter() {
        match way {
            Way::ToTenant => under_way.insert((name, *connection)),
            Way::FromTenant => under_way.remove(&(*name, *connection)),
        };
        let names: BTreeSet<&str> = under_way.iter().map(|(name, _)| *name).collect();
        assert!(names.len() < 2, "both had a request under way");
    }
}

/// A daemon in the middle of its first pass: it waits for a gate, and keeps its lease.
async fn waiting_daemon(stand: &Stand, log: &Log) -> Child {
    let gate = Some(Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(4)));
    stand.tenant.expect_faults([None, gate]);
    let relay = Relay::start(&stand.tenant.url(), "daemon", log);
    let config = stand.write_other_config("daemon", &stand.config_text(&relay.url, ""));
    let mut daemon = program(&config, &["run"]);
    let daemon = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the daemon calls", || stand.tenant.queries() == 2).await;
    daemon
}

fn sync_beside(stand: &Stand, log: &Log) -> Child {
    let relay = Relay::start(&stand.tenant.url(), "sync", log);
    let config = stand.write_other_config("sync", &stand.config_text(&relay.url, ""));
    let mut sync = program(&config, &["sync", "--format", "json"]);
    sync.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_beside_the_daemon_waits_for_its_turn() {
    let stand = Stand::new(settled_table(2_000), "").await;
    let log = Log::default();
    let mut daemon = waiting_daemon(&stand, &log).await;
    let output = sync_beside(&stand, &log).wait_with_output().unwrap();
    // The daemon was faster: there is nothing left to do.
    assert_eq!(report(&output)["calls"], 0);
    assert_eq!(stand.copy(kept()), stand.truth(kept()));
    assert!(stand.tenant.queries() > 2, "the daemon went on");
    assert!(log.lock().unwrap().iter().all(|(name, ..)| *name == "daemon"));
    stops(&mut daemon);
}

/// A daemon that is at work nearly all the time, in steps of a second as `sync` asks in, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_beside_a_daemon_of_a_short_interval_has_its_turn() {
    let stand = Stand::new(settled_table(100), "interval = \"1s\"").await;
    stand.tenant.script_faults(|_, _| {
        std::thread::sleep(Duration::from_millis(400));
        None
    });
    let daemon = Running::start(stand.command(&["run"]), &stand.dir.path().join("words"));
    until("the daemon collects", || stand.tenant.queries() > 4).await;
    for _ in 0..3 {
        let before = stand.tenant.queries();
        let output = stand.run(&["sync", "--format", "json"]);
        report(&output);
        // The pass under way, its own, and the first of the next.
        let calls = stand.tenant.queries() - before;
        assert!(calls <= 12, "{calls} calls while it waited");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_takes_over_from_a_daemon_that_stops() {
    let stand = Stand::new(settled_table(2_000), "").await;
    let log = Log::default();
    let mut daemon = waiting_daemon(&stand, &log).await;
    let mut sync = sync_beside(&stand, &log);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        assert_eq!(sync.try_wait().unwrap(), None, "it waits");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stand.tenant.queries(), 2, "and calls nobody");
    stops(&mut daemon);
    let report = report(&sync.wait_with_output().unwrap());
    assert!(report["calls"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(stand.copy(kept()), stand.truth(kept()));
    let names: BTreeSet<&str> = log.lock().unwrap().iter().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), 2, "both called");
    assert_one_at_a_time(&log);
}

/// Every row of every table, in words.
fn content(stand: &Stand) -> Vec<String> {
    let db = Connection::open(stand.database()).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let names: Vec<String> = db
        .prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = Vec::new();
    for name in names {
        let mut rows = db.prepare(&format!("SELECT * FROM {name:?}")).unwrap();
        let columns = rows.column_count();
        let in_words = |row: &rusqlite::Row<'_>| {
            let cell = |n| format!("{:?}", row.get_ref(n).unwrap());
            Ok(format!("{name}: {}", (0..columns).map(cell).collect::<Vec<_>>().join(", ")))
        };
        all.extend(rows.query_map([], in_words).unwrap().map(Result::unwrap));
    }
    all
}

/// A daemon that sleeps through the end of its lease, an answer half received, wakes up to a store
/// that is another's: it must not write, nor call.
#[tokio::test(flavor = "multi_thread")]
async fn who_sleeps_through_the_end_of_its_lease_writes_nothing() {
    let stand = Stand::new(settled_table(2_000), "fetch_rows = 500").await;
    let relay = Relay::start(&stand.tenant.url(), "daemon", &Log::default());
    let config = stand.config_text(&relay.url, "fetch_rows = 500");
    let config = stand.write_other_config("daemon", &config);
    relay.hold_at_next_fetch();
    let words = stand.dir.path().join("words");
    let mut daemon = program(&config, &["run"]);
    let mut daemon = daemon.stderr(File::create(&words).unwrap()).spawn().unwrap();
    relay.wait_until_held();
    // With both of its calls out it is not in the middle of a transaction.
    let is_fetch = |query: &str| !query.contains("summarize") && !query.contains("take 0");
    let fetches = || stand.tenant.received().iter().filter(|asked| is_fetch(&asked.query)).count();
    until("both fetches are out", || fetches() == 2).await;
    signal(&daemon, "STOP");
    // A minute passes, for the lease.
    let db = Connection::open(stand.database()).unwrap();
    let aged = db.execute("UPDATE lease SET start = start - 610000000 WHERE held", []).unwrap();
    assert_eq!(aged, 1);
    drop(db);
    // What it was answered is out of date by now: to believe it would withdraw these.
    stand.tenant.write(|table| {
        let now = Clock::System.now();
        let span = Span::new(now.plus(-20 * DAY), now.plus(-DAY));
        invent_clicks(table, 22, span, 1_000, Rhythm::Even);
    });
    // Hours that were counted before need not be counted again now, so it may not get them all.
    let output = stand.run(&["sync", "--format", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 75)), "{output:?}");
    assert!(stand.copy(kept()).len() > 1_000);
    let (before, asked) = (content(&stand), stand.tenant.queries());
    relay.let_go();
    signal(&daemon, "CONT");
    let lost = || std::fs::read_to_string(&words).unwrap().contains("lease on the tenant was lost");
    until("the daemon notices", lost).await;
    assert_eq!(content(&stand), before);
    stops(&mut daemon);
    assert_eq!(content(&stand), before);
    assert_eq!(stand.tenant.queries(), asked, "no call was made without the lease");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_fill_that_is_stopped_goes_on_where_it_was() {
    let stand = Stand::new(settled_table(3_000), "").await;
    let relay = Relay::start(&stand.tenant.url(), "daemon", &Log::default());
    let config = stand.config_text(&relay.url, "fetch_rows = 100");
    let config = stand.write_other_config("daemon", &config);
    let mut daemon = program(&config, &["run"]);
    let mut daemon = daemon.stderr(Stdio::null()).spawn().unwrap();
    until("some rows are stored", || stand.database().exists() && stand.tenant.queries() > 12)
        .await;
    // It is stopped while the source takes its time.
    relay.hold_at_next_fetch();
    relay.wait_until_held();
    stops(&mut daemon);
    let (stored, all) = (stand.copy(kept()).len(), stand.truth(kept()).len());
    assert!(0 < stored && stored < all, "{stored} of {all}");
    let report = report(&stand.run(&["sync", "--format", "json"]));
    assert_eq!(report["fetched_rows"].as_u64(), Some((all - stored) as u64), "{report}");
    assert_eq!(stand.copy(kept()), stand.truth(kept()));
}

/// The lease of a process that was killed is free at once, not when its time is up.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_takes_over_at_once_from_a_daemon_that_was_killed() {
    let stand = Stand::new(settled_table(2_000), "").await;
    let log = Log::default();
    let mut daemon = waiting_daemon(&stand, &log).await;
    let db = Connection::open(stand.database()).unwrap();
    let lease = || {
        let sql = "SELECT token, held, start + length FROM lease";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        db.query_row::<(i64, bool, i64), _, _>(sql, [], row).unwrap()
    };
    signal(&daemon, "KILL");
    daemon.wait().unwrap();
    let (token, held, until) = lease();
    assert!(held, "it could not give it back");
    let report = report(&sync_beside(&stand, &log).wait_with_output().unwrap());
    assert!(report["calls"].as_u64().unwrap() > 0, "{report}");
    assert!(Clock::System.now().0 < until, "the lease would still be good");
    let (new, held, _) = lease();
    assert!(new > token && !held);
    assert_eq!(stand.copy(kept()), stand.truth(kept()));
    assert_one_at_a_time(&log);
}

/// Two daemons on one store collect by turns, and keep one pace together.
#[tokio::test(flavor = "multi_thread")]
async fn two_daemons_by_mistake_are_as_one() {
    const PACE: usize = 40;
    let stand = Stand::new(settled_table(500), "").await;
    let log = Log::default();
    let daemons = ["one", "other"].map(|name| {
        let relay = Relay::start(&stand.tenant.url(), name, &log);
        let text = stand.config_text(&relay.url, "interval = \"1s\"");
        let text = text.replace("1000000", &PACE.to_string());
        let config = stand.write_other_config(name, &text);
        Running::start(program(&config, &["run"]), &stand.dir.path().join(format!("{name}.log")))
    });
    let names = || -> BTreeSet<&str> { log.lock().unwrap().iter().map(|(n, ..)| *n).collect() };
    until("both have a turn", || names().len() == 2 && stand.tenant.queries() >= 20).await;
    daemons.into_iter().for_each(Running::stop);
    assert_one_at_a_time(&log);
    let asked: Vec<_> = stand.tenant.received().iter().map(|asked| asked.at).collect();
    // In any minute: the first of more than so many is more than a minute before the last.
    let crowded = asked.windows(PACE + 1).find(|w| w[PACE].since(w[0]) < MINUTE);
    assert_eq!(crowded, None);
    assert_eq!(stand.copy(kept()), stand.truth(kept()));
    // Each pass is one process's: it begins with the count of hours, and ends with that of minutes.
    let is = |query: &str, bin: &str| query.contains(&format!("bin(Timestamp, {bin})"));
    let queries: Vec<_> = stand.tenant.received().into_iter().map(|asked| asked.query).collect();
    let hours = queries.iter().filter(|query| is(query, "1h")).count();
    let minutes = queries.iter().filter(|query| is(query, "1m")).count();
    assert!(hours - minutes <= 1, "{queries:#?}");
}
