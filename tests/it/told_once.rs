//! What is wrong is told once in the log, with what to do, and once that it is over.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clickwarden::auth::SharedAuth;
use clickwarden::clock::{Clock, HOUR, SECOND, duration_of};
use clickwarden::collect::{CollectStep, Collector, Idle};
use clickwarden::config::Config;
use clickwarden::daemon::disk_pause::DiskPause;
use clickwarden::daemon::{Collecting, Counters, StageContext, deliver};
use clickwarden::demo::{Fault, RetryHint, TenantSettings};
use clickwarden::digest::Digests;
use clickwarden::kql::click_table;
use clickwarden::message::sample;
use clickwarden::outbox::{Outbox, ReadySink};
use clickwarden::stage;
use clickwarden::stage::heartbeat::Heartbeat;
use clickwarden::store::{Delivery, NewMessage, Priority, Store};
use rusqlite::Connection;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::subscriber::DefaultGuard;

use crate::alerting;
use crate::delivering::{Daemon, file_sink};
use crate::program::Program;
use crate::reports::{Desk, at, daily};
use crate::stand::Stand;
use crate::tenants::CLIENT_ID;

/// Hears what this thread logs, until it is dropped.
struct Ear {
    heard: Heard,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Ear {
    fn new() -> Self {
        let heard = Heard::default();
        let writer = heard.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .with_writer(move || writer.clone())
            .finish();
        Self { heard, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// The lines that hold `words`, in order.
    fn lines(&self, words: &str) -> Vec<String> {
        let text = String::from_utf8(self.heard.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::trim).filter(|line| line.contains(words)).map(str::to_owned).collect()
    }

    /// How many of them have each level.
    fn levels(&self, words: &str) -> [usize; 3] {
        let lines = self.lines(words);
        ["ERROR", "WARN", "DEBUG"]
            .map(|level| lines.iter().filter(|line| line.starts_with(level)).count())
    }
}

/// Steps through a pass, time passing wherever it waits.
async fn pass(collector: &mut Collector, clock: &Clock) {
    loop {
        if let CollectStep::Idle(idle) = collector.step().await.unwrap() {
            clock.advance(duration_of(idle.until().since(clock.now())));
            if matches!(idle, Idle::Done { .. }) {
                return;
            }
        }
    }
}

#[tokio::test]
async fn an_outage_of_the_source_is_told_once_and_so_is_its_end() {
    let ear = Ear::new();
    let clock = Clock::manual(Clock::System.now());
    let stand = Stand::with(TenantSettings::new(clock.clone()), click_table(HOUR), "").await;
    let mut collector = stand.collector(&clock).await;
    for _ in 0..2 {
        stand.tenant.script_faults(|_, _| Some(Fault::Unavailable(RetryHint::Unsaid)));
        let asked = stand.tenant.queries();
        for _ in 0..3 {
            pass(&mut collector, &clock).await;
        }
        assert_eq!(stand.tenant.queries() - asked, 9);
        stand.tenant.behave();
        for _ in 0..2 {
            pass(&mut collector, &clock).await;
        }
    }
    // Two outages of three passes of three calls each.
    assert_eq!(ear.levels("the call is made again"), [0, 2, 16]);
    let told = ear.lines("WARN");
    assert_eq!(told.len(), 2, "{told:#?}");
    let remedy = "network and permission are right, the error is Microsoft's";
    assert!(told[0].contains("503") && told[0].contains(remedy), "{told:#?}");
    assert!(told[0].ends_with("tenant=contoso"), "{told:#?}");
    let ended = ear.lines("collection goes on");
    assert_eq!(ended, vec!["INFO collection goes on: the source answers again tenant=contoso"; 2]);
}

/// A refusal names another trace id each time.
#[tokio::test]
async fn a_refusal_that_stays_is_told_once() {
    let ear = Ear::new();
    let clock = Clock::manual(Clock::System.now());
    let stand = Stand::with(TenantSettings::new(clock.clone()), click_table(HOUR), "").await;
    let mut collector = stand.collector(&clock).await;
    stand.tenant.script_faults(|_, _| Some(Fault::Forbidden));
    let mut idles = 0;
    while idles < 3 {
        if let CollectStep::Idle(idle) = collector.step().await.unwrap() {
            idles += 1;
            clock.advance(duration_of(idle.until().since(clock.now())));
        }
    }
    let [errors, warnings, again] = ear.levels("ThreatHunting.Read.All");
    assert_eq!((errors, warnings), (1, 0), "{:#?}", ear.lines(""));
    assert!(again >= 2, "{again}");
}

/// Nothing can be read of tenants until it is mended.
fn break_tenants(program: &Program) {
    let store = Connection::open(program.store_path()).unwrap();
    store.execute_batch("ALTER TABLE tenant RENAME TO gone").unwrap();
}

fn mend_tenants(program: &Program) {
    let store = Connection::open(program.store_path()).unwrap();
    store.execute_batch("ALTER TABLE gone RENAME TO tenant").unwrap();
}

#[test]
fn a_failing_store_is_told_once_by_the_stage_of_the_rules() {
    let mut post = alerting::Post::new(&["contoso"], alerting::SOC);
    post.settle();
    let ear = Ear::new();
    break_tenants(&post.program);
    for _ in 0..4 {
        post.step();
        post.clock.advance(Duration::from_secs(30));
    }
    assert_eq!(ear.levels("alerts wait for 30 s"), [1, 0, 3], "{:#?}", ear.lines(""));
    mend_tenants(&post.program);
    post.settle();
    assert_eq!(ear.lines("alerts go on").len(), 1, "{:#?}", ear.lines(""));
}

#[test]
fn a_failing_store_is_told_once_by_the_stage_of_digests() {
    let desk = Desk::new(&["contoso"], at("2026-11-20T14:30:00Z"), &daily(""));
    let path = desk.program.folder.path().join("clickwarden.toml");
    let (_config, seen) = watch::channel(Arc::new(Config::load(Some(&path), []).unwrap()));
    let mut stage = Digests::new(desk.store.clone(), desk.clock.clone(), seen);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ear = Ear::new();
    break_tenants(&desk.program);
    for _ in 0..4 {
        runtime.block_on(stage.step());
        desk.clock.advance(Duration::from_secs(30));
    }
    assert_eq!(ear.levels("its digest waits for 30 s"), [1, 0, 3], "{:#?}", ear.lines(""));
    assert!(ear.lines("ERROR")[0].ends_with("report=daily"), "{:#?}", ear.lines(""));
    mend_tenants(&desk.program);
    for _ in 0..2 {
        runtime.block_on(stage.step());
    }
    assert_eq!(ear.lines("its digest goes on").len(), 1, "{:#?}", ear.lines(""));
}

/// A lease that is lost as soon as it is granted: nothing of a pass can be written.
const LOST: &str = "CREATE TRIGGER lost AFTER INSERT ON lease BEGIN DELETE FROM lease; END";

#[tokio::test]
async fn a_failing_store_is_told_once_by_the_stage_of_a_tenant() {
    let ear = Ear::new();
    let clock = Clock::manual(Clock::System.now());
    let stand = Stand::with(TenantSettings::new(clock.clone()), click_table(HOUR), "").await;
    let collector = stand.collector(&clock).await;
    let path = stand.database();
    let store = tokio::task::spawn_blocking(move || Store::open(&path).unwrap()).await.unwrap();
    let mut stage =
        Collecting::new(collector, clock.clone(), Counters::default(), DiskPause::new(store));
    let outside = Connection::open(stand.database()).unwrap();
    outside.execute_batch(LOST).unwrap();
    let mut rest = async |clock: &Clock| loop {
        if let stage::Step::Idle { until } = stage.step().await {
            clock.advance(duration_of(until.since(clock.now())));
            return;
        }
    };
    for _ in 0..4 {
        rest(&clock).await;
    }
    assert_eq!(ear.levels("collection rests for 30 s"), [1, 0, 3], "{:#?}", ear.lines(""));
    outside.execute_batch("DROP TRIGGER lost").unwrap();
    for _ in 0..3 {
        rest(&clock).await;
    }
    assert_eq!(ear.lines("collection goes on").len(), 1, "{:#?}", ear.lines(""));
    assert!(ear.lines("ERROR")[0].ends_with("tenant=contoso"), "{:#?}", ear.lines(""));
}

/// No message can be claimed: SQLite calls a table full whose largest number is taken.
const FULL: &str = "CREATE TABLE crowd(id INTEGER PRIMARY KEY AUTOINCREMENT);
    INSERT INTO crowd VALUES (9223372036854775807);
    CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN INSERT INTO crowd VALUES (NULL); END";

fn post(store: &Store, message: &str) {
    let delivery =
        Delivery { message: message.to_owned(), sink: "soc".to_owned(), recipient: String::new() };
    let message =
        NewMessage { content: &sample(), deliveries: &[delivery], priority: Priority::Alert };
    store.enqueue(&message, Clock::System.now()).unwrap();
}

/// Waits until `lines` lines hold `words`.
async fn hears(ear: &Ear, words: &str, lines: usize) {
    let end = Instant::now() + Duration::from_mins(1);
    while ear.lines(words).len() < lines {
        assert!(Instant::now() < end, "{:#?}", ear.lines(""));
        tokio::time::sleep(duration_of(SECOND / 100)).await;
    }
}

#[tokio::test]
async fn a_failing_store_is_told_once_by_the_stage_of_a_sink() {
    let program = Program::offline();
    program.configure_also(&file_sink(&program, "soc"));
    let config = alerting::load(&program);
    let path = program.store_path();
    let store = tokio::task::spawn_blocking(move || Store::open(&path).unwrap()).await.unwrap();
    let outside = Connection::open(program.store_path()).unwrap();
    outside.execute_batch(FULL).unwrap();
    let sink =
        ReadySink::checked(&config.sinks[0], &config, &SharedAuth::default(), &Clock::System);
    let outbox =
        Outbox::new(sink.unwrap(), store.clone(), Clock::System, fastrand::Rng::with_seed(1));
    let ear = Ear::new();
    // Before the stage begins: what is posted during its first step may be met by that step, and wake the
    // stage for another all the same.
    let (posting, first) = (store.clone(), "message 1");
    tokio::task::spawn_blocking(move || post(&posting, first)).await.unwrap();
    let stop = CancellationToken::new();
    let context = StageContext {
        stop: stop.clone(),
        clock: Clock::System,
        counters: Counters::default(),
        heartbeat: Heartbeat::default(),
    };
    let stage = deliver(outbox, store.clone(), context);
    let test = async {
        hears(&ear, "delivery rests for 30 s: disk is full", 1).await;
        for number in 2..=3 {
            // What is posted wakes the stage.
            let store = store.clone();
            let posted = move || post(&store, &format!("message {number}"));
            tokio::task::spawn_blocking(posted).await.unwrap();
            hears(&ear, "delivery rests for 30 s: disk is full", number).await;
        }
        assert_eq!(ear.levels("delivery rests"), [1, 0, 2], "{:#?}", ear.lines(""));
        outside.execute_batch("DROP TRIGGER full").unwrap();
        let store = store.clone();
        tokio::task::spawn_blocking(move || post(&store, "message 4")).await.unwrap();
        hears(&ear, "accepted", 4).await;
        assert_eq!(ear.lines("delivery goes on").len(), 1, "{:#?}", ear.lines(""));
        stop.cancel();
    };
    tokio::join!(stage, test);
}

/// Three tenants share an app: what is wrong with its file is one line, not three.
#[test]
fn a_file_that_tenants_share_is_told_of_once_at_a_reload() {
    let program = Program::offline();
    let (secret, store) = (program.folder.path().join("secret"), program.store_path());
    let tenants = ["a", "b", "c"].map(|name| {
        format!(
            "[[tenant]]\nname = {name:?}\ntenant_id = \"{name}.example\"\n\
             login_url = \"http://127.0.0.1:9\"\ngraph_url = \"http://127.0.0.1:9\"\n"
        )
    });
    program.configure(&format!(
        "[store]\npath = {store:?}\n[app]\nclient_id = {CLIENT_ID:?}\n\
         client_secret_file = {secret:?}\n{}",
        tenants.concat()
    ));
    let daemon = Daemon::start(program);
    daemon.says("cannot reach 127.0.0.1");
    let aside = secret.with_extension("aside");
    std::fs::rename(&secret, &aside).unwrap();
    daemon.signal("HUP");
    let refused = "the new configuration is refused, the old one stays";
    daemon.says(refused);
    std::fs::rename(&aside, &secret).unwrap();
    daemon.signal("HUP");
    daemon.says("the new configuration is in force");
    assert_eq!(daemon.log().matches(refused).count(), 1, "{}", daemon.log());
}
