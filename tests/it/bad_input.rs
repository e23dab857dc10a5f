//! Bad input through the real program: each gets one clear sentence and its exit code, and what
//! was there before is there afterwards.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use clickwarden::clock::{Clock, DAY, HOUR, Span};
use clickwarden::demo::{Rhythm, invent_clicks};
use clickwarden::kql;
use clickwarden::store::Store;
use rusqlite::Connection;

use crate::program::{Program, Ran};
use crate::stand::Stand;

/// The content of every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// One sentence on stderr with `words` in it, nothing on stdout, and the exit code.
fn assert_said(ran: &Ran, code: i32, words: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{words}: {}", ran.err);
    assert!(ran.err.starts_with("clickwarden: "), "{}", ran.err);
    assert!(ran.err.contains(words), "{words}: {}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

fn few_clicks() -> kql::Table {
    let mut table = kql::click_table(30 * DAY);
    let now = Clock::System.now();
    let span = Span::new(now.plus(-3 * DAY), now.plus(-3 * HOUR));
    invent_clicks(&mut table, 31, span, 60, Rhythm::Even);
    table
}

/// A tenant, and a store that holds its clicks.
async fn collected(collect: &str) -> Stand {
    let stand = Stand::new(few_clicks(), collect).await;
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    stand
}

fn run(stand: &Stand, arguments: &[&str]) -> Ran {
    stand.run(arguments).into()
}

/// Changes the configuration of a stand.
fn reconfigure(stand: &Stand, from: &str, to: &str) {
    let text = fs::read_to_string(stand.config()).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(stand.config(), text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_wrong_is_refused_by_every_command() {
    let stand = collected("").await;
    let good = fs::read_to_string(stand.config()).unwrap();
    let (before, asked) = (files(stand.dir.path()), stand.tenant.queries());
    for (from, to, words) in [
        ("[collect]", "[colect]", "colect: unknown section; did you mean collect?"),
        ("[collect]", "[collect]\nintervall = \"5m\"", "did you mean interval?"),
        ("client_secret_file", "client_secret", "secrets are read from files only"),
        ("[collect]", "[summary]\nwindow = \"0s\"\n[collect]", "summary.window: must be longer"),
        ("[collect]", "[collect]\ninterval = \"0s\"", "collect.interval: must be longer"),
        ("graph_url = \"http://127.0.0.1", "graph_url = \"http://192.0.2.1", "graph_url: "),
        ("login_url = \"http://127.0.0.1", "login_url = \"http://login.example", "login_url: "),
    ] {
        fs::write(stand.config(), good.replacen(from, to, 1)).unwrap();
        for command in ["run", "sync", "summary", "clicks", "config"] {
            let show = (command == "config").then_some("show");
            let ran = run(&stand, &[&[command], show.as_slice()].concat());
            assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""), "{words}: {}", ran.err);
            assert!(ran.err.contains(words), "{words}: {}", ran.err);
        }
    }
    fs::write(stand.config(), good).unwrap();
    assert!(files(stand.dir.path()) == before, "a file has changed");
    assert_eq!(stand.tenant.queries(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_leaves_the_machine_nowhere() {
    let stand = collected("").await;
    reconfigure(&stand, "graph_url = \"http://127.0.0.1", "graph_url = \"http://192.0.2.1");
    reconfigure(&stand, "calls_per_minute = 1000000", "");
    for command in ["run", "sync"] {
        assert_said(&run(&stand, &[command]), 78, "https");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_used_is_named_before_any_call() {
    let stand = collected("").await;
    let (secret, database) = (stand.dir.path().join("secret"), fs::read(stand.database()).unwrap());
    let sign_ins = stand.tenant.sign_ins();
    let again = |content: &str, mode| {
        let _ = (fs::remove_file(&secret), fs::remove_dir(&secret));
        fs::write(&secret, content).unwrap();
        fs::set_permissions(&secret, Permissions::from_mode(mode)).unwrap();
    };
    let cases: [(&dyn Fn(), &str); 5] = [
        (&|| fs::remove_file(&secret).unwrap(), "cannot be read"),
        (&|| fs::create_dir(&secret).unwrap(), "is no file; name a file that holds"),
        (&|| again("", 0o600), "is empty; put the secret's value"),
        (&|| again("\r\n", 0o600), "is empty; put the secret's value"),
        (&|| again("simulated-secret", 0o644), "can be read by others (mode 0644); run: chmod 600"),
    ];
    for (prepare, words) in cases {
        prepare();
        for command in ["run", "sync"] {
            let ran = run(&stand, &[command]);
            assert_said(&ran, 78, words);
            assert!(ran.err.contains("tenant[0].client_secret_file: "), "{}", ran.err);
            assert!(!ran.err.contains("simulated-secret"), "{}", ran.err);
        }
        assert_eq!(run(&stand, &["summary"]).code, Some(0), "what is stored can still be read");
    }
    assert_eq!(stand.tenant.sign_ins(), sign_ins);
    assert!(fs::read(stand.database()).unwrap() == database, "the database has changed");
}

/// The line that `sync` ends with.
fn assert_line(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, Some(code), "{} {}", ran.out, ran.err);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    for word in words {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_does_not_exist_is_a_refusal() {
    let stand = Stand::new(few_clicks(), "").await;
    reconfigure(&stand, "00000000-0000-4000-8000-00000000cafe", "nobody.example");
    for _ in 0..2 {
        let ran = run(&stand, &["sync"]);
        let words = ["there is no tenant nobody.example", "AADSTS90002", "check tenant_id"];
        assert_line(&ran, 77, &words);
    }
    assert_eq!(stand.tenant.queries(), 0);
}

/// An address on this machine where nobody listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_cannot_be_reached_is_tried_later() {
    let words = ["cannot reach 127.0.0.1", "Connection refused"];
    let stand = Stand::new(few_clicks(), "").await;
    let good = fs::read_to_string(stand.config()).unwrap();
    let tenant = stand.tenant.url();
    for key in ["login_url", "graph_url"] {
        let away = format!("{key} = \"http://{}\"", closed_port());
        fs::write(stand.config(), good.replace(&format!("{key} = \"{tenant}\""), &away)).unwrap();
        assert_line(&run(&stand, &["sync"]), 75, &words);
    }
}

/// Also where nothing is missing yet: the pass was not made.
#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_could_not_be_made_is_no_success() {
    let stand = collected("interval = \"1s\"").await;
    let clicks = run(&stand, &["clicks", "--window", "30d", "--format", "csv"]).out;
    assert!(clicks.lines().count() > 50);
    reconfigure(&stand, &stand.tenant.url(), &format!("http://{}", closed_port()));
    let due = Clock::System.now().plus(clickwarden::clock::SECOND);
    while Clock::System.now() < due {
        tokio::task::yield_now().await;
    }
    assert_line(&run(&stand, &["sync"]), 75, &["cannot reach 127.0.0.1"]);
    let again = run(&stand, &["clicks", "--window", "30d", "--format", "csv"]).out;
    assert_eq!(again, clicks, "nothing is lost");
}

/// What the program must refuse to open, made of a good database.
fn spoilt(kind: &str, path: &Path) {
    drop(Store::open(path).unwrap());
    let whole = fs::read(path).unwrap();
    match kind {
        "foreign" => {
            fs::remove_file(path).unwrap();
            let other = Connection::open(path).unwrap();
            other.execute_batch("CREATE TABLE notes(text); PRAGMA user_version = 1").unwrap();
        }
        "newer" => Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap(),
        "cut" => fs::write(path, &whole[..whole.len() / 2]).unwrap(),
        "overwritten" => {
            let mut bytes = whole;
            bytes[100..8_000].fill(0x5A);
            fs::write(path, bytes).unwrap();
        }
        "text" => fs::write(path, "Url,Clicks\nhttps://a.example/,7\n").unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_database_that_is_not_ours_is_left_alone() {
    for (kind, words) in [
        ("foreign", "is the database of another program; change store.path"),
        ("newer", "was written by a newer version (schema 99, this one knows 7); upgrade"),
        ("cut", "is damaged (file is cut short); restore a backup or move the file away"),
        ("overwritten", "is damaged ("),
        ("text", "is no database; change store.path or move the file away"),
    ] {
        let program = Program::offline();
        spoilt(kind, &program.store_path());
        let before = files(program.folder.path());
        for command in ["run", "sync", "summary", "clicks"] {
            assert_said(&program.run(&[command]), 78, words);
        }
        let mut after = files(program.folder.path());
        // SQLite looks into this one, and leaves an empty log.
        after.retain(|name, bytes| {
            !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty())
        });
        assert!(after == before, "{kind}: {:?} became {:?}", before.keys(), after.keys());
    }
}

/// Damage that shows only when the page is read: said, and nothing worse.
#[tokio::test(flavor = "multi_thread")]
async fn damage_inside_a_database_is_said() {
    let stand = collected("interval = \"1s\"").await;
    // Opened for writing and closed again, so that nothing is left in a log that would hide it.
    let db = Connection::open(stand.database()).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    let mut bytes = fs::read(stand.database()).unwrap();
    bytes[16_384..].fill(0xA5);
    fs::write(stand.database(), &bytes).unwrap();
    for command in ["run", "sync", "summary", "clicks"] {
        let ran = run(&stand, &[command]);
        assert!(matches!(ran.code, Some(1 | 78)), "{command}: {:?} {}", ran.code, ran.err);
        let said = ran.out + &ran.err;
        assert!(
            said.contains("is damaged") && !said.contains("panicked"),
            "{command}: {:?} {said}",
            ran.code
        );
    }
}

#[test]
fn a_path_that_leads_nowhere_is_named() {
    for (path, words) in [
        ("/nowhere/at/all/c.db", "its folder does not exist; create it or change store.path"),
        ("/tmp", "is a folder; store.path must name a file"),
    ] {
        let program = Program::offline();
        let config = program.folder.path().join("clickwarden.toml");
        let text = fs::read_to_string(&config).unwrap();
        let good = format!("path = {:?}", program.store_path());
        fs::write(&config, text.replace(&good, &format!("path = {path:?}"))).unwrap();
        for command in ["run", "sync", "summary"] {
            assert_said(&program.run(&[command]), 78, words);
        }
    }
}

/// A user who may read the database, and no more. Root may do everything, so as root the program
/// is run as nobody.
struct Reader {
    uid: Option<u32>,
    binary: std::path::PathBuf,
}

impl Reader {
    const NOBODY: u32 = 65_534;

    fn new(folder: &Path) -> Self {
        let binary = folder.join("clickwarden");
        let built = Path::new(env!("CARGO_BIN_EXE_clickwarden"));
        // Nobody may not be able to come where the program was built.
        fs::hard_link(built, &binary).or_else(|_| fs::copy(built, &binary).map(drop)).unwrap();
        let root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let uid = root.then_some(Self::NOBODY);
        fs::set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let secret = path.file_name() == Some(OsStr::new("secret"));
            if let (Some(uid), true) = (uid, secret) {
                chown(&path, Some(uid), None).unwrap();
            } else if path.extension().is_some() {
                fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
            }
        }
        Self { uid, binary }
    }

    fn run(&self, program: &Program, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(program.folder.path().join("clickwarden.toml"));
        command.args(arguments).env_clear().current_dir("/");
        if let Some(uid) = self.uid {
            command.uid(uid).gid(uid);
        }
        command.output().unwrap().into()
    }
}

#[test]
fn a_database_that_cannot_be_written_is_said_to_be() {
    let program = Program::offline();
    drop(Store::open(&program.store_path()).unwrap());
    let before = fs::read(program.store_path()).unwrap();
    let reader = Reader::new(program.folder.path());
    for command in ["run", "sync"] {
        let ran = reader.run(&program, &[command]);
        assert_said(&ran, 78, "cannot be written; check the owner and mode");
    }
    // A file of its own, in a folder in which SQLite's log and index have no place.
    if let Some(uid) = reader.uid {
        chown(program.store_path(), Some(uid), None).unwrap();
    }
    fs::set_permissions(program.store_path(), Permissions::from_mode(0o600)).unwrap();
    for command in ["run", "sync"] {
        let ran = reader.run(&program, &[command]);
        assert_said(&ran, 78, "cannot be written; check the owner and mode");
    }
    // And a folder in which it cannot be made.
    let config = program.folder.path().join("clickwarden.toml");
    fs::set_permissions(&config, Permissions::from_mode(0o644)).unwrap();
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("/c.db", "/new.db")).unwrap();
    for command in ["run", "sync"] {
        let ran = reader.run(&program, &[command]);
        assert_said(&ran, 78, "cannot be written; check the owner and mode");
    }
    assert!(fs::read(program.store_path()).unwrap() == before, "the database has changed");
    fs::set_permissions(program.folder.path(), Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_that_make_no_sense_are_usage_errors() {
    let stand = collected("").await;
    let before = files(stand.dir.path());
    let future = Clock::System.now().plus(HOUR).to_string();
    for command in ["summary", "clicks"] {
        for (flag, value, words) in [
            ("--until", future.as_str(), "is in the future"),
            ("--until", "noon", "is no time"),
            ("--until", "", "is no time"),
            ("--until", "2026-13-01T00:00:00Z", "is no time"),
            ("--window", "0s", "must be longer than zero"),
            ("--window", "0d", "must be longer than zero"),
            ("--window", "", "is no duration"),
            ("--window", "7", "is no duration"),
        ] {
            assert_said(&run(&stand, &[command, flag, value]), 2, words);
        }
    }
    assert!(files(stand.dir.path()) == before, "a file has changed");
}
