//! `export`: repeated with `--since`, it reproduces the whole of a source that changes.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use clickwarden::click::{Present, Text};
use clickwarden::clock::{Clock, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::store::{Changes, FetchedAnswer, KeptFrom, Lease, Store};
use clickwarden::sync_state::hour::Acceptance;
use proptest::prelude::*;
use serde_json::Value;

use crate::program::Program;
use crate::support::{Row, clicks};

fn base() -> Tick {
    Clock::System.now().plus(-2 * HOUR).hour().start()
}

fn window(at: Tick) -> Span {
    Span::new(at, at.plus(HOUR))
}

fn apply(store: &Store, lease: &Lease, rows: &[Row], now: Tick) {
    apply_with(store, lease, rows, Present::ALL, now);
}

fn apply_with(store: &Store, lease: &Lease, rows: &[Row], present: Present, now: Tick) {
    let batch = store.prepare(clicks(rows), present);
    let span = window(base());
    let changes = Changes::default();
    store
        .apply(
            lease,
            &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
            &changes,
            now,
        )
        .unwrap();
}

/// Exports to a file; takes the rows over by their ids, and gives the value for the next time.
fn take(program: &Program, since: Option<&str>, copy: &mut BTreeMap<String, Value>) -> String {
    let file = program.folder.path().join("out.jsonl");
    let mut arguments =
        vec!["export", "--format", "jsonl", "--force", "-o", file.to_str().unwrap()];
    arguments.extend(since.iter().flat_map(|since| ["--since", since]));
    let ran = program.run(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for line in std::fs::read_to_string(&file).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        copy.insert(row["ClickId"].as_str().unwrap().to_owned(), row);
    }
    assert!(ran.err.contains(&format!("next time: --since {}", ran.out.trim())), "{}", ran.err);
    ran.out.trim().to_owned()
}

/// What the source may show: few times, many twins.
fn shows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..6i64, 0..3usize, any::<bool>(), any::<bool>());
    prop::collection::vec(row, 0..8).prop_map(|rows| {
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|(at, url, blocked, phish)| {
                let url = ["https://a.example/", "=b", ""].get(url).copied().unwrap();
                let action = if blocked { "ClickBlocked" } else { "ClickAllowed" };
                let row = Row::new(base().plus(at * 10 * MINUTE), url, action);
                row.with(Text::ThreatTypes, if phish { "Phish" } else { "" })
            })
            .collect();
        rows.sort();
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn repeated_exports_reproduce_the_whole(
        // What the source shows, how the clock moves in between, and whether we export then.
        steps in prop::collection::vec((shows(), -SECOND..SECOND, any::<bool>()), 1..8),
    ) {
        let program = Program::offline();
        let (store, lease) = program.store("contoso");
        let (mut copy, mut since, mut now) = (BTreeMap::new(), None, Clock::System.now());
        for (rows, moved, export) in steps {
            now = now.plus(moved);
            apply(&store, &lease, &rows, now);
            if export {
                since = Some(take(&program, since.as_deref(), &mut copy));
            }
        }
        take(&program, since.as_deref(), &mut copy);
        let mut whole = BTreeMap::new();
        take(&program, None, &mut whole);
        prop_assert_eq!(copy, whole);
    }
}

#[test]
fn nothing_new_is_nothing_to_export() {
    let program = Program::offline();
    let (store, lease) = program.store("contoso");
    let now = Clock::System.now();
    apply(&store, &lease, &[Row::new(base(), "https://a.example/", "ClickAllowed")], now);
    let next = take(&program, None, &mut BTreeMap::new());
    let mut copy = BTreeMap::new();
    assert_eq!(take(&program, Some(&next), &mut copy), next);
    assert!(copy.is_empty());
    // A late row, by a clock that stands still.
    let late = Row::new(base().plus(1), "https://b.example/", "ClickAllowed");
    apply(&store, &lease, &[Row::new(base(), "https://a.example/", "ClickAllowed"), late], now);
    let later = take(&program, Some(&next), &mut copy);
    assert!(copy.values().any(|row| row["Url"] == "https://b.example/"));
    assert!(Tick::parse(&later) > Tick::parse(&next));
    // Before it, only the first.
    let ran = program.run(&["export", "--format", "jsonl", "--until", &next]);
    assert!(ran.out.contains("https://a.example/"), "{}", ran.out);
}

#[test]
fn a_column_that_is_new_is_exported_though_it_is_no_change() {
    let program = Program::offline();
    let (store, lease) = program.store("contoso");
    let row = Row::new(base(), "https://a.example/", "ClickAllowed");
    let known = Text::ALL.into_iter().fold(Present::default(), Present::with);
    apply_with(&store, &lease, std::slice::from_ref(&row), known, Clock::System.now().plus(-HOUR));
    let next = take(&program, None, &mut BTreeMap::new());
    let with = Row { extra: r#"{"New":7}"#.to_owned(), ..row };
    apply(&store, &lease, &[with], Clock::System.now());
    let mut copy = BTreeMap::new();
    take(&program, Some(&next), &mut copy);
    assert_eq!(copy.values().map(|row| row["New"].clone()).collect::<Vec<_>>(), [7]);
}

#[test]
fn csv_is_for_spreadsheets() {
    let program = Program::offline();
    let (store, lease) = program.store("contoso");
    apply(&store, &lease, &[Row::new(base(), "=1+1", "ClickAllowed")], Clock::System.now());
    let ran = program.run(&["export", "--format", "csv"]);
    assert!(ran.out.starts_with("\"Timestamp\",\"Url\","), "{}", ran.out);
    assert!(ran.out.contains(",\"'=1+1\","), "{}", ran.out);
    assert!(ran.out.lines().next().unwrap().ends_with("\"State\",\"ClickId\""), "{}", ran.out);
    for (arguments, code, words) in [
        (vec!["--format", "csv", "--since", "yesterday"], 2, "--since: \"yesterday\" is no time"),
        (vec!["--format", "csv", "-o", "/nowhere/x"], 1, "cannot write /nowhere/x"),
        (vec!["--format", "csv", "--tenant", "x"], 78, "no tenant is named"),
        (vec!["--format", "jsonl", "--bom"], 2, "--bom: only CSV has one; add --format csv"),
        (vec!["--format", "csv", "--force"], 2, "--output"),
        (vec![], 2, "--format"),
    ] {
        let ran = program.run(&[vec!["export"], arguments].concat());
        assert_eq!((ran.code, ran.err.contains(words)), (Some(code), true), "{}", ran.err);
    }
}

/// Python's csv and a JSON reader find the same in an export, once what stands by number is read.
#[test]
fn what_is_exported_as_csv_is_what_is_exported_as_json() {
    const READ: &str = r#"
import csv, json, re, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig", newline="")))
def text(cell):
    cell = re.sub(r"^'(?=[=+\-@\uff1d\uff0b\uff0d\uff20])", "", cell)
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), cell)
print(json.dumps([{name: text(cell) for name, cell in row.items()} for row in rows]))
"#;
    let program = Program::offline();
    let (store, lease) = program.store("contoso");
    let urls = ["=1+1", "a\0b\u{1b}\r\nc\t", "\\u{1b}", "a\"b;,", "\u{85}ä\u{202e}", "", "007"];
    let row = |(n, url): (i64, &&str)| Row::new(base().plus(n), url, "ClickAllowed");
    let rows: Vec<Row> = (0..).zip(&urls).map(row).collect();
    apply(&store, &lease, &rows, Clock::System.now());
    let path = program.folder.path().join("rows.csv");
    for mark in [None, Some("--bom")] {
        let arguments = ["export", "--format", "csv", "--force", "-o", path.to_str().unwrap()];
        let ran = program.run(&[arguments.as_slice(), mark.as_slice()].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.starts_with("\u{feff}".as_bytes()), mark.is_some());
        assert!(!String::from_utf8(bytes).unwrap().replace("\r\n", "").contains(char::is_control));
        let mut python = std::process::Command::new("python3");
        let output = python.args(["-c", READ]).arg(&path).output().unwrap();
        let read: Vec<Value> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let mut found: Vec<&str> = read.iter().map(|row| row["Url"].as_str().unwrap()).collect();
        let mut wanted = urls.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
    }
}

#[test]
fn an_older_database_is_upgraded_and_exports_all_it_held() {
    let program = Program::offline();
    let row = Row::new(base(), "https://a.example/", "ClickAllowed");
    let (store, lease) = program.store("contoso");
    apply(&store, &lease, &[row], Clock::System.now().plus(-HOUR));
    store.release(&lease).unwrap();
    drop(store);
    let older = rusqlite::Connection::open(program.store_path()).unwrap();
    let undo = "DROP TABLE outbox; DROP TABLE content; DROP TABLE sink; DROP TABLE answer; \
                DROP TABLE report; DROP TABLE digest; DROP TABLE reported_url; DROP TABLE alert; \
                DROP TABLE alert_sink; DROP TABLE notification_log; DROP TABLE silence; \
                DROP TABLE lease_queue; DROP TABLE gate; \
                CREATE TABLE gate(tenant INTEGER PRIMARY KEY REFERENCES tenant(id), \
                    start INTEGER NOT NULL, length INTEGER NOT NULL, why TEXT NOT NULL) STRICT; \
                INSERT INTO gate SELECT id, 0, 9000000000000000000, 'busy' FROM tenant; \
                DROP INDEX touched_tenant; DELETE FROM meta WHERE name = 'stamp'; PRAGMA user_version = 1;";
    older.execute_batch(undo).unwrap();
    drop(older);
    let refused = program.run(&["export", "--format", "jsonl"]);
    assert_eq!((refused.code, refused.err.contains("has an older schema (1)")), (Some(78), true));
    let (store, lease) = program.store("contoso");
    let copy = program.store_path().with_file_name("c.db.v1.bak");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut all = BTreeMap::new();
    let before = Clock::System.now().plus(-MINUTE).to_string();
    let next = take(&program, Some(&before), &mut all);
    assert_eq!(all.len(), 1);
    // A gate that was closed still is.
    let gate = store.read(|snapshot| snapshot.gate(lease.tenant(), Clock::System.now())).unwrap();
    assert_eq!(gate.unwrap().1, "busy");
    // From there on only what is new.
    apply(&store, &lease, &[], Clock::System.now().plus(-HOUR));
    let mut news = BTreeMap::new();
    take(&program, Some(&next), &mut news);
    assert_eq!(news.values().map(|row| row["State"].clone()).collect::<Vec<_>>(), ["withdrawn"]);
}

#[test]
fn answers_go_with_their_rows_and_time_never_goes_back() {
    let program = Program::offline();
    let (store, lease) = program.store("contoso");
    let now = Clock::System.now();
    apply(&store, &lease, &[Row::new(base(), "https://a.example/", "ClickAllowed")], now);
    let next = take(&program, None, &mut BTreeMap::new());
    let tenant = lease.tenant();
    let kept = KeptFrom { clicks: now, hours: now };
    while store.retain(tenant, kept).unwrap().hour.is_some() {}
    let all = Span::new(Tick(i64::MIN), Tick(i64::MAX));
    let answers = store.read(|snapshot| snapshot.answers(tenant, all, window(base()))).unwrap();
    assert_eq!(answers, []);
    // A clock that was put back a day writes nothing behind the mark.
    let row = Row::new(base(), "https://b.example/", "ClickAllowed");
    apply(&store, &lease, &[row], now.plus(-24 * HOUR));
    let mut news = BTreeMap::new();
    take(&program, Some(&next), &mut news);
    assert_eq!(news.len(), 1);
}
