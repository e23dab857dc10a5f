//! `evidence`: what a case holds, and that it proves itself whole.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use clickwarden::click::{Present, Text};
use clickwarden::clock::{Clock, HOUR, SECOND, Span, Tick};
use clickwarden::store::{Changes, FetchedAnswer, Store};
use clickwarden::sync_state::hour::Acceptance;
use serde_json::{Value, json};

use crate::program::{Program, Ran};
use crate::support::{Row, clicks};

pub const URL: &str = "https://evil.example/?q=\"x\"&t=\u{202e}1";

fn base() -> Tick {
    Clock::System.now().plus(-2 * HOUR).hour().start()
}

/// A click whose verdict came late, one that was replaced, and one that is none of the case.
pub fn changed() -> Program {
    let (program, at) = (Program::offline(), base());
    let (store, lease) = program.store("contoso");
    let first = Row::new(at, URL, "ClickAllowed");
    let second = Row::new(at.plus(SECOND), URL, "UrlScanInProgress");
    let other = Row::new(at, "https://other.example/", "ClickAllowed");
    let verdict = first.clone().with(Text::ThreatTypes, "=Phish");
    let blocked = Row::new(at.plus(SECOND), URL, "ClickBlocked");
    let answers = [
        (vec![first, second, other.clone()], "request-1"),
        (vec![verdict, blocked, other], "request-2"),
    ];
    for (place, (rows, request)) in (0..).zip(answers) {
        let batch = store.prepare(clicks(&rows), Present::ALL).of_requests(vec![request.into()]);
        let (span, changes) = (Span::new(at, at.plus(HOUR)), Changes::default());
        let now = at.plus(HOUR + place * 10 * SECOND);
        store
            .apply(
                &lease,
                &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
                &changes,
                now,
            )
            .unwrap();
    }
    program
}

/// What is said of the list of indicators.
const READ: &str = "clickwarden: --ioc: read 1 URL, 1 host, 1 network\n";

pub fn unzip(program: &Program, arguments: &[&str]) -> BTreeMap<String, String> {
    let path = program.folder.path().join("case.zip");
    let ran =
        program.run(&[&["evidence", "--force", "-o", path.to_str().unwrap()], arguments].concat());
    let said = if arguments.contains(&"--ioc") { READ } else { "" };
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), said));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let folder = program.folder.path().join("case");
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let name = file.name().unwrap().into_owned();
        std::fs::write(folder.join(&name), &text).unwrap();
        files.insert(name, text);
    }
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(&folder);
    assert!(check.output().unwrap().status.success());
    assert_eq!(files["SHA256SUMS"].lines().count(), files.len() - 1);
    files
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_case_holds_what_was_and_what_became_of_it() {
    let program = changed();
    let files = unzip(&program, &["--url", URL, "--window", "1d"]);
    let rows = lines(&files["rows.jsonl"]);
    assert_eq!(rows.len(), 3);
    // As first received: without the verdict that came late.
    assert_eq!((&rows[0]["ThreatTypes"], &rows[0]["Url"]), (&json!(""), &json!(URL)));
    assert_eq!(rows[0]["RequestIds"], json!(["request-1", "request-2"]));
    let gone = rows.iter().find(|row| row["State"] == "withdrawn").unwrap();
    let new = rows.iter().find(|row| row["ActionType"] == "ClickBlocked").unwrap();
    assert_eq!(gone["ActionType"], "UrlScanInProgress");
    assert_eq!(
        (&gone["ReplacedBy"], &new["Replaces"]),
        (&json!([new["ClickId"]]), &json!([gone["ClickId"]]))
    );
    assert_eq!(gone["FirstStored"], new["FirstStored"]);
    assert!(new["RequestIds"].as_array().unwrap().contains(&json!("request-2")));
    let changes = lines(&files["changes.jsonl"]);
    let late = changes.iter().find(|change| change["Column"] == "ThreatTypes").unwrap();
    assert_eq!((&late["Old"], &late["New"]), (&json!(""), &json!("=Phish")));
    assert_eq!(late["ChangedAt"], json!(base().plus(HOUR + 10 * SECOND).to_string()));
    assert!(files["changes.csv"].contains("\"'=Phish\""));
    for name in ["rows.csv", "changes.csv"] {
        assert!(files[name].starts_with("\u{feff}\""), "{name}");
    }
    let withdrawn = lines(&files["withdrawn.jsonl"]);
    assert_eq!((withdrawn.len(), &withdrawn[0]["ClickId"]), (1, &gone["ClickId"]));
    assert_eq!(withdrawn[0]["WithdrawnAt"], late["ChangedAt"]);
    let answers = lines(&files["answers.jsonl"]);
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["RequestIds"]).collect();
    assert_eq!(ids, [&json!(["request-1"]), &json!(["request-2"])]);
    let about: Value = serde_json::from_str(&files["case.json"]).unwrap();
    assert_eq!(
        (&about["rows"], &about["withdrawn"], &about["changes"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(about["asked"], json!({ "url": [URL] }));
    assert!(files["coverage.json"].contains("\"words\":\"nothing was collected yet"));
    assert!(files["query.kql"].contains(r#"Url in~ ("https://evil.example/?q=\"x\"&t=\u202e1""#));
    assert!(files.iter().all(|(name, text)| name.ends_with("csv") || !text.contains('\u{202e}')));
}

/// Two equal rows of which Defender shows one less later: what is left stands in no place but its own.
#[test]
fn a_row_shown_once_less_is_not_replaced_by_its_twin() {
    let (program, at) = (Program::offline(), base());
    let (store, lease) = program.store("contoso");
    let row = Row::new(at, URL, "ClickAllowed");
    let answers = [(vec![row.clone(), row.clone()], "request-1"), (vec![row], "request-2")];
    for (place, (rows, request)) in (0..).zip(answers) {
        let batch = store.prepare(clicks(&rows), Present::ALL).of_requests(vec![request.into()]);
        let (span, changes) = (Span::new(at, at.plus(HOUR)), Changes::default());
        let now = at.plus(HOUR + place * 10 * SECOND);
        store
            .apply(
                &lease,
                &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
                &changes,
                now,
            )
            .unwrap();
    }
    let files = unzip(&program, &["--url", URL, "--window", "1d"]);
    let rows = lines(&files["rows.jsonl"]);
    let of = |state: &str| rows.iter().find(|row| row["State"] == state).unwrap();
    assert_eq!(
        (of("live")["Replaces"].clone(), of("withdrawn")["ReplacedBy"].clone()),
        (json!([]), json!([]))
    );
    assert_eq!(of("live")["RequestIds"], json!(["request-1"]));
    assert_eq!(of("withdrawn")["RequestIds"], json!(["request-1", "request-2"]));
    assert_eq!(lines(&files["withdrawn.jsonl"])[0]["ReplacedBy"], json!([]));
}

/// What a case was asked by stands in it, under the names of the flags.
#[test]
fn a_case_says_what_it_was_asked_by() {
    let program = changed();
    let list = program.folder.path().join("iocs");
    std::fs::write(&list, "evil.example\nhxxps://Evil[.]example/A\n192.0.2.0/24\n").unwrap();
    let arguments = ["--user", "Alice@contoso.example", "--threat", "Phish", "--ip", "192.0.2.7"];
    let arguments =
        [arguments.as_slice(), &["--allow-empty", "--ioc", list.to_str().unwrap()]].concat();
    let files = unzip(&program, &arguments);
    let about: Value = serde_json::from_str(&files["case.json"]).unwrap();
    let asked = json!({
        "user": ["alice@contoso.example"],
        "ip": ["192.0.2.7"],
        "threat": ["Phish"],
        "ioc": {
            "urls": ["https://evil.example/A"],
            "hosts": ["evil.example"],
            "networks": ["192.0.2.0/24"],
        },
    });
    assert_eq!(about["asked"], asked);
    let query = &files["query.kql"];
    for words in [
        "Url in~ (\"evil.example/A\", \"https://evil.example/A\")",
        "replace_string(UrlChain, \"\\\\/\", \"/\") contains \"https://evil.example/A\"",
        "ipv4_is_in_range(UrlHost, \"192.0.2.0/24\")",
        "strcat(\"http://\", Url)",
    ] {
        assert!(query.contains(words), "{words}: {query}");
    }
}

#[test]
fn a_case_without_a_question_is_refused() {
    let program = changed();
    let path = program.folder.path().join("case.zip");
    let ran = program.run(&["evidence", "-o", path.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.contains("--alert, --url, --user, --message")), (Some(2), true));
    assert!(!path.exists());
    let files = unzip(&program, &["--user", "nobody@contoso.example", "--allow-empty"]);
    assert_eq!((files["rows.jsonl"].as_str(), files.len()), ("", 11));
}

/// A limit on the size of files stands for a disk that is full: EFBIG, where SIGXFSZ is ignored
/// (setrlimit(2)).
#[test]
fn a_case_that_cannot_be_written_is_said_in_one_line_and_leaves_nothing() {
    let (program, at) = (Program::offline(), base());
    let padding = (0..4_000u64).map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let row =
        Row::new(at, &format!("{URL}{}", padding.collect::<Vec<_>>().concat()), "ClickAllowed");
    program.fill("contoso", &[row], Span::new(at, at.plus(HOUR)));
    let path = program.folder.path().join("case.zip");
    let command = program.command(&["evidence", "--host", "evil.example", "-o"]);
    // In blocks of 512 bytes: enough for what SQLite keeps beside the database.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 72; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args()).arg(&path);
    let ran: Ran = limited.output().unwrap().into();
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{}", ran.err);
    assert!(ran.err.ends_with("File too large (os error 27)\n"), "{}", ran.err);
    let files = std::fs::read_dir(program.folder.path()).unwrap().map(|it| it.unwrap().file_name());
    let files: Vec<_> = files.filter(|name| !name.to_string_lossy().starts_with("c.db")).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(!path.exists());
}

/// What is no place for a file, of both commands that write one.
#[test]
fn no_output_takes_the_place_of_the_store_or_of_what_is_no_file() {
    let program = changed();
    let folder = program.folder.path();
    // As beside a daemon: the log is there, too.
    let _daemon = Store::open(&program.store_path()).unwrap();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.unwrap().success());
    std::os::unix::fs::symlink("c.db", folder.join("link")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("null")).unwrap();
    std::fs::hard_link(program.store_path(), folder.join("hard")).unwrap();
    let commands: [&[&str]; 2] =
        [&["evidence", "--url", URL, "-o"], &["export", "--format", "csv", "-o"]];
    for (name, why) in [
        ("c.db", "is the live database"),
        ("c.db-wal", "is the live database"),
        ("c.db-shm", "is the live database"),
        ("link", "is the live database"),
        ("hard", "is the live database"),
        ("pipe", "is there, and is no regular file"),
        ("null", "is there, and is no regular file"),
        (".", "is there, and is no regular file"),
    ] {
        let path = folder.join(name);
        let kind = path.symlink_metadata().unwrap().file_type();
        for command in commands {
            let ran = program.run(&[command, &[path.to_str().unwrap()]].concat());
            assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
            assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
            assert!(ran.err.contains(why), "{name}: {}", ran.err);
        }
        assert_eq!(path.symlink_metadata().unwrap().file_type(), kind, "{name}");
    }
    let files = unzip(&program, &["--url", URL, "--window", "1d"]);
    assert_eq!(lines(&files["rows.jsonl"]).len(), 3);
    // With --force a second one takes the place of the first.
    assert_eq!(unzip(&program, &["--url", URL, "--window", "1d"]).len(), files.len());
}

/// Neither a file nor a link that leads nowhere yet.
#[test]
fn what_is_there_is_replaced_with_force_only() {
    let program = changed();
    let folder = program.folder.path();
    let commands: [&[&str]; 2] = [&["evidence", "--url", URL], &["export", "--format", "csv"]];
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    std::fs::write(folder.join("old"), "old").unwrap();
    for command in commands {
        for name in ["old", "link"] {
            let path = folder.join(name);
            let path = path.to_str().unwrap();
            let ran = program.run(&[command, &["-o", path]].concat());
            let why = format!(
                "clickwarden: --output: {path} is there already; name another file, or replace it with --force\n"
            );
            assert_eq!((ran.code, ran.out.as_str(), ran.err), (Some(1), "", why));
        }
        assert_eq!(std::fs::read_to_string(folder.join("old")).unwrap(), "old");
        assert!(!folder.join("nowhere").exists());
        let path = folder.join("new");
        let path = path.to_str().unwrap();
        let run = |force: &[&str]| program.run(&[command, force, &["-o", path]].concat()).code;
        assert_eq!([run(&[]), run(&[]), run(&["--force"])], [Some(0), Some(1), Some(0)]);
        std::fs::remove_file(path).unwrap();
    }
}
