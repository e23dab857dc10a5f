//! The daemon as systemd runs it: what it says on the notify socket, and what signals do.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, Span};
use clickwarden::demo::{Rhythm, Tenant, TenantSettings, invent_clicks};
use clickwarden::kql;
use clickwarden::store::Store;

use crate::disk_full::Disk;
use crate::stand::{Stand, signal};

/// Nothing here takes longer.
const LONGEST: Duration = Duration::from_mins(1);

/// The daemon with a service manager that listens.
struct Service {
    child: Child,
    socket: UnixDatagram,
    log: PathBuf,
    /// Everything it told the service manager.
    told: Vec<String>,
}

impl Service {
    /// Started with a watchdog time.
    fn start(stand: &Stand, watchdog: Duration) -> Self {
        let (path, log) = (stand.dir.path().join("notify"), stand.dir.path().join("log"));
        let _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(LONGEST)).unwrap();
        let mut command = stand.command(&["run"]);
        command.env("NOTIFY_SOCKET", &path);
        command.env("WATCHDOG_USEC", watchdog.as_micros().to_string());
        command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
        Self { child: command.spawn().unwrap(), socket, log, told: Vec::new() }
    }

    /// The next thing it tells.
    fn hear(&mut self) -> String {
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer).unwrap_or_else(|error| {
            panic!("{error}; heard {:?}; log:\n{}", self.told, self.log());
        });
        let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
        self.told.push(text.clone());
        text
    }

    /// Listens until something with `words` in it.
    fn hear_of(&mut self, words: &str) -> String {
        loop {
            let text = self.hear();
            if text.contains(words) {
                return text;
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log holds `words` as often as that.
    fn logs(&mut self, words: &str, times: usize) {
        let end = Instant::now() + LONGEST;
        while self.log().matches(words).count() < times {
            assert!(Instant::now() < end, "no {words:?} in {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits for the end: what a stop may take, and no longer.
    fn ends(&mut self) -> ExitStatus {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "still there after ten seconds; {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn table() -> kql::Table {
    let now = Clock::System.now();
    let mut table = kql::click_table(30 * DAY);
    let span = Span::new(now.plus(-20 * DAY), now.plus(-2 * HOUR));
    invent_clicks(&mut table, 8, span, 100, Rhythm::Even);
    table
}

/// A section for one more tenant at `url`.
fn section(stand: &Stand, name: &str, url: &str) -> String {
    let text = stand.config_text(url, "");
    let from = text.find("[[tenant]]").unwrap();
    let until = text.find("[collect]").unwrap();
    text[from..until].replace("contoso", name)
}

/// Writes the usual configuration, then changed.
fn configure(stand: &Stand, collect: &str, change: impl FnOnce(String) -> String) {
    let text = change(stand.config_text(&stand.tenant.url(), collect));
    fs::write(stand.config(), text).unwrap();
}

fn last_pass(status: &str) -> Option<&str> {
    status.split("last pass ended ").nth(1).and_then(|rest| rest.split_whitespace().next())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_when_it_is_ready_alive_reloading_and_stopping() {
    let stand = Stand::new(table(), "interval = \"1s\"").await;
    let mut service = Service::start(&stand, Duration::from_secs(2));
    let first = service.hear();
    assert!(first.starts_with("READY=1\nSTATUS=collecting 1 tenant\n"), "{first}");
    // By then the store was there.
    assert!(Store::open_read_only(&stand.database()).is_ok());
    let first = service.hear_of("last pass ended");
    assert!(first.starts_with("WATCHDOG=1\nSTATUS=collecting 1 tenant; last pass"), "{first}");
    let later = loop {
        let later = service.hear_of("WATCHDOG=1");
        if last_pass(&later) != last_pass(&first) {
            break later;
        }
    };
    assert!(last_pass(&later) > last_pass(&first), "{later}");
    service.signal("HUP");
    let reloading = service.hear_of("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    service.hear_of("READY=1");
    service.signal("TERM");
    service.hear_of("STOPPING=1");
    assert_eq!(service.ends().code(), Some(0));
    assert_eq!(service.told.iter().filter(|said| said.contains("READY=1")).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_process_keeps_busy_starves_nobody() {
    let stand = Stand::new(table(), "interval = \"1s\"").await;
    let mut service = Service::start(&stand, Duration::from_secs(1));
    service.hear_of("last pass ended");
    let db = rusqlite::Connection::open(stand.database()).unwrap();
    db.busy_timeout(LONGEST).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The next pass waits for the writer, and everything behind it.
    service.hear_of("store is kept busy by another process");
    for _ in 0..8 {
        let still = service.hear();
        assert!(still.starts_with("WATCHDOG=1\nSTATUS=collecting"), "{still}");
    }
    db.execute_batch("ROLLBACK").unwrap();
    service.hear_of("tenant; last pass");
    assert!(!service.log().contains("the watchdog is not fed"), "{}", service.log());
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
}

/// A file system that lets nobody write, as a disk does that hangs.
struct Frozen<'a>(&'a Disk);

impl<'a> Frozen<'a> {
    fn new(disk: &'a Disk) -> Self {
        fsfreeze("-f", disk);
        Self(disk)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        fsfreeze("-u", self.0);
    }
}

fn fsfreeze(how: &str, disk: &Disk) {
    assert!(Command::new("fsfreeze").arg(how).arg(disk.folder()).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_stuck_starves_the_watchdog() {
    let Some(disk) = Disk::that_freezes() else { return };
    let stand = Stand::new(table(), "interval = \"1s\"").await;
    let (here, there) = (stand.database(), disk.file("clicks.db"));
    configure(&stand, "interval = \"1s\"", |text| {
        text.replace(here.to_str().unwrap(), there.to_str().unwrap())
    });
    let mut service = Service::start(&stand, Duration::from_secs(1));
    service.hear_of("last pass ended");
    let frozen = Frozen::new(&disk);
    let stuck = service.hear_of("STATUS=stuck");
    assert!(stuck.contains("store does not answer") && !stuck.contains("WATCHDOG"), "{stuck}");
    for _ in 0..4 {
        let still = service.hear();
        assert!(still.starts_with("STATUS=stuck"), "{still}");
    }
    drop(frozen);
    service.hear_of("WATCHDOG=1");
    service.logs("the watchdog is fed again", 1);
    assert!(service.log().contains("the watchdog is not fed any more: store does not answer"));
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_never_ready_with_a_bad_configuration_or_store() {
    let stand = Stand::new(table(), "interval = \"soon\"").await;
    let mut service = Service::start(&stand, Duration::from_secs(2));
    assert_eq!(service.ends().code(), Some(78));
    stand.write_config("");
    fs::write(stand.database(), "no database").unwrap();
    let mut other = Service::start(&stand, Duration::from_secs(2));
    assert_eq!(other.ends().code(), Some(78));
    for service in [service, other] {
        service.socket.set_nonblocking(true).unwrap();
        assert!(service.socket.recv(&mut [0; 16]).is_err(), "told something");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_configuration_changes_nothing() {
    let stand = Stand::new(table(), "interval = \"1s\"").await;
    let mut service = Service::start(&stand, Duration::from_mins(1));
    service.logs("pass ended", 1);
    configure(&stand, "interval = \"soon\"\nfetch_rosw = 5", |text| text);
    service.signal("HUP");
    service.logs("the new configuration is refused, the old one stays", 2);
    let log = service.log();
    assert!(log.contains("collect.interval: is no duration"), "{log}");
    assert!(log.contains("collect.fetch_rosw: unknown key; did you mean fetch_rows?"), "{log}");
    let passes = log.matches("pass ended").count();
    service.logs("pass ended", passes + 2);
    // A secret that cannot be read is as bad.
    stand.write_config("interval = \"1d\"");
    fs::remove_file(stand.dir.path().join("secret")).unwrap();
    service.signal("HUP");
    service.logs("tenant[0].client_secret_file", 1);
    let passes = service.log().matches("pass ended").count();
    service.logs("pass ended", passes + 2);
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
}

/// It would be tried again a quarter of an hour later.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_tenant_is_tried_at_once_when_the_configuration_is_read_again() {
    let stand = Stand::new(table(), "interval = \"1s\"").await;
    stand.write_secret("wrong");
    let mut service = Service::start(&stand, Duration::from_mins(1));
    service.logs("the client secret is wrong", 1);
    assert_eq!(stand.tenant.queries(), 0);
    stand.write_secret(&stand.tenant.settings().client_secret);
    service.signal("HUP");
    service.logs("pass ended", 2);
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_configuration_takes_effect_and_disturbs_nobody_else() {
    let stand = Stand::new(table(), "interval = \"1s\"").await;
    let other = Tenant::start(TenantSettings::new(Clock::System), table()).await.unwrap();
    let mut service = Service::start(&stand, Duration::from_mins(1));
    service.logs("pass ended", 1);
    // One more, before the other in the file.
    let added = section(&stand, "added", &other.url());
    let before = |more: &str| {
        let more = more.to_owned();
        move |text: String| text.replacen("[[tenant]]", &format!("{more}[[tenant]]"), 1)
    };
    configure(&stand, "interval = \"1s\"", before(&added));
    service.signal("HUP");
    service.logs("pass ended tenant=added", 1);
    // It changes, in a way that nobody sees at the source.
    let changed = format!("{added}secret_expires = \"2999-01-01\"\n\n");
    configure(&stand, "interval = \"1s\"", before(&changed));
    service.signal("HUP");
    service.logs("begins anew tenant=added", 1);
    let passes = service.log().matches("pass ended tenant=added").count();
    service.logs("pass ended tenant=added", passes + 2);
    // It goes, and gives its lease back.
    configure(&stand, "interval = \"1s\"", |text| text);
    service.signal("HUP");
    service.logs("is no longer collected tenant=added", 1);
    let store = Store::open_read_only(&stand.database()).unwrap();
    let holder = || {
        store.read(|snapshot| {
            let tenants = snapshot.tenants()?;
            let (key, _) = tenants.into_iter().find(|(_, name)| name == "added").unwrap();
            snapshot.lease_holder(key, Clock::System.now())
        })
    };
    let end = Instant::now() + LONGEST;
    while holder().unwrap().is_some() {
        assert!(Instant::now() < end, "the lease was not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let asked = other.queries();
    let passes = service.log().matches("pass ended tenant=contoso").count();
    service.logs("pass ended tenant=contoso", passes + 2);
    assert_eq!(other.queries(), asked, "still collected");
    let log = service.log();
    assert!(!log.contains("anew tenant=contoso"), "{log}");
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_collection_and_retention_are_taken_over_but_not_the_path() {
    let stand = Stand::new(table(), "interval = \"1d\"").await;
    let mut service = Service::start(&stand, Duration::from_mins(1));
    service.logs("pass ended", 1);
    let elsewhere = stand.dir.path().join("elsewhere.db");
    let store = format!("path = {elsewhere:?}\nretention = \"30d\"");
    configure(&stand, "interval = \"1s\"", |text| {
        let path = format!("path = {:?}", stand.database());
        text.replacen(&path, &store, 1)
    });
    service.signal("HUP");
    service.logs("store.path: the new path is used after a restart", 1);
    service.logs("the new configuration is in force", 1);
    // A day's rest would be over tomorrow.
    service.logs("pass ended", 3);
    assert!(!elsewhere.exists());
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_no_call() {
    let stand = Stand::new(table(), "").await;
    // It takes every connection and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    fs::write(stand.config(), stand.config_text(&url, "")).unwrap();
    let mut service = Service::start(&stand, Duration::from_mins(1));
    let call = silent.accept().await.unwrap();
    service.signal("INT");
    assert_eq!(service.ends().code(), Some(0));
    drop(call);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let stand = Stand::new(table(), "").await;
    // A call is under way for ever, and so the lease is held.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    fs::write(stand.config(), stand.config_text(&url, "")).unwrap();
    let mut service = Service::start(&stand, Duration::from_mins(1));
    let call = silent.accept().await.unwrap();
    // Whoever holds the writer keeps the daemon from giving the lease back.
    let db = rusqlite::Connection::open(stand.database()).unwrap();
    db.busy_timeout(LONGEST).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    service.signal("TERM");
    service.logs("stopping", 1);
    service.signal("TERM");
    assert_eq!(service.ends().code(), Some(0));
    assert!(service.log().contains("told twice"), "{}", service.log());
    db.execute_batch("ROLLBACK").unwrap();
    drop(call);
}
