//! `summary` of the real program over a real store.

use std::io::Read as _;
use std::process::Stdio;

use clickwarden::click::Text;
use clickwarden::clock::{Clock, HOUR, MINUTE, SECOND, Span, Tick};
use serde_json::{Value, json};

use crate::program::Program;
use crate::support::Row;

/// An hour ago, to the minute: what tests fill the store around.
fn base() -> Tick {
    Clock::System.now().plus(-HOUR).floor(MINUTE)
}

fn around(at: Tick) -> Span {
    Span::new(at.plus(-6 * HOUR), at.plus(HOUR))
}

/// URLs that attack whatever shows them.
const HOSTILE: [&str; 12] = [
    "",
    "https://evil.example/\u{1b}]52;c;aGk=\u{7}",
    "https://evil.example/\u{1b}]8;;https://b.example\u{1b}\\click",
    "https://\u{202e}moc.knab.example/",
    "https://bank.example@evil.example/a",
    "=cmd|' /c calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "\tx",
    "\u{ff1d}1+1",
    "https://evil.example/\u{9b}31m\r\nfake line\u{0}\"quoted\",;\u{200b}end",
];

fn hostile(at: Tick) -> Vec<Row> {
    let row = |(place, url): (usize, &&str)| {
        Row::new(at.plus(place as i64 * SECOND), url, "ClickBlocked")
            .with(Text::AccountUpn, &format!("\u{1b}[2J=user{place}@contoso.example"))
            .with(Text::ThreatTypes, "Phish, Malware\u{1b}[0m")
    };
    HOSTILE.iter().enumerate().map(row).collect()
}

#[test]
fn json_has_the_keys_of_the_contract_in_their_order() {
    let (program, at) = (Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9"), base());
    let mut through = Row::new(at, "https://a.example/", "ClickBlocked")
        .with(Text::ThreatTypes, "Phish, Malware");
    through.clicked_through = Some(true);
    let rows = [
        through,
        Row::new(at.plus(1), "https://a.example/", "ClickBlockedByTenantPolicy"),
        Row::new(at.plus(2), "https://b.example/", "UrlScanInProgress")
            .with(Text::Workload, "Teams"),
        Row::new(at.plus(3), "https://b.example/", "Strange"),
    ];
    program.fill("contoso", &rows, around(at));
    let until = at.plus(HOUR / 2).to_string();
    let ran = program.run(&["summary", "--format", "json", "--window", "2h", "--until", &until]);
    let text = ran.out.replace('\n', "");
    let from = at.plus(-3 * HOUR / 2).to_string();
    let hours = text.split("\"hours\":").nth(1).unwrap().split(',').next().unwrap();
    let why = "before first collection";
    let expect = format!(
        "{{\"from\":\"{from}\",\"until\":\"{until}\",\"tenants\":[\"contoso\",\"fabrikam\"],\
         \"coverage\":{{\"as_of\":null,\"hours\":{hours},\"settled\":0,\"provisional\":0,\
         \"disputed\":0,\"gaps\":[\
         {{\"tenant\":\"contoso\",\"from\":\"{from}\",\"until\":\"{until}\",\"why\":\"{why}\"}},\
         {{\"tenant\":\"fabrikam\",\"from\":\"{from}\",\"until\":\"{until}\",\"why\":\"{why}\"}}]}},\
         \"excluded\":0,\"rows\":[\
         {{\"Url\":\"https://a.example/\",\"Blocked\":1,\"Allowed\":0,\"PendingVerdict\":0,\
         \"Error\":0,\"ClickedThrough\":1,\"BlockedByTenantPolicy\":1,\"Other\":0,\"Clickers\":1,\
         \"FirstClick\":\"{at}\",\"LastClick\":\"{}\",\"ThreatTypes\":[\"Malware\",\"Phish\"],\
         \"Workloads\":[\"Email\"],\"Tenant\":\"contoso\"}},\
         {{\"Url\":\"https://b.example/\",\"Blocked\":0,\"Allowed\":0,\"PendingVerdict\":1,\
         \"Error\":0,\"ClickedThrough\":0,\"BlockedByTenantPolicy\":0,\"Other\":1,\"Clickers\":1,\
         \"FirstClick\":\"{}\",\"LastClick\":\"{}\",\"ThreatTypes\":[],\
         \"Workloads\":[\"Email\",\"Teams\"],\"Tenant\":\"contoso\"}}]}}",
        at.plus(1),
        at.plus(2),
        at.plus(3),
    );
    assert_eq!((ran.code, text), (Some(0), expect));
}

#[test]
fn the_window_is_exact_to_the_tick() {
    let (program, at) = (Program::offline(), base());
    let times = [at.plus(-1), at, at.plus(MINUTE - 1), at.plus(MINUTE)];
    let rows =
        times.map(|time| Row::new(time, &format!("https://{}.example/", time.0), "ClickAllowed"));
    program.fill("contoso", &rows, around(at));
    let until = at.plus(MINUTE).to_string();
    for command in ["summary", "clicks"] {
        let ran = program.run(&[command, "--format", "json", "--window", "1m", "--until", &until]);
        let urls: Vec<Value> =
            ran.json()["rows"].as_array().unwrap().iter().map(|row| row["Url"].clone()).collect();
        let mut inside = vec![json!(rows[1].text(Text::Url)), json!(rows[2].text(Text::Url))];
        if command == "clicks" {
            inside.reverse();
        }
        assert_eq!(urls, inside, "{command}");
    }
}

#[test]
fn json_carries_urls_whole_and_shows_nothing_to_a_terminal() {
    let (program, at) = (Program::offline(), base());
    program.fill("contoso", &hostile(at), around(at));
    for command in ["summary", "clicks"] {
        let ran = program.run(&[command, "--format", "json"]);
        assert!(ran.out.chars().all(|c| c == '\n' || clickwarden::text::escape::is_visible(c)));
        let mut urls: Vec<String> = ran.json()["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["Url"].as_str().unwrap().to_owned())
            .collect();
        let mut expect = HOSTILE.map(str::to_owned).to_vec();
        urls.sort();
        expect.sort();
        assert_eq!(urls, expect);
    }
}

#[test]
fn csv_carries_urls_whole_and_runs_nothing() {
    let (program, at) = (Program::offline(), base());
    program.fill("contoso", &hostile(at), around(at));
    for command in ["summary", "clicks"] {
        let ran = program.run(&[command, "--format", "csv"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
        let headings = reader.headers().unwrap().clone();
        let url = headings.iter().position(|name| name == "Url").unwrap();
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), HOSTILE.len());
        for row in &rows {
            for cell in row {
                let first = cell.chars().next().unwrap_or('a');
                assert!(!"=+-@\t\r\n\0＝＋－＠".contains(first), "{cell:?}");
            }
            // Control characters stand by their numbers.
            let written = |text: &str| -> String {
                let one = |c: char| {
                    if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() }
                };
                text.chars().map(one).collect()
            };
            let text = row[url].strip_prefix('\'').unwrap_or(&row[url]);
            assert!(HOSTILE.iter().any(|hostile| written(hostile) == text), "{text:?}");
        }
    }
    let ran = program.run(&["summary", "--format", "csv"]);
    assert!(ran.out.starts_with(
        "\"Url\",\"Blocked\",\"Allowed\",\"PendingVerdict\",\"Error\",\"ClickedThrough\",\
         \"BlockedByTenantPolicy\",\"Other\",\"Clickers\",\"FirstClick\",\"LastClick\",\
         \"ThreatTypes\",\"Workloads\",\"Tenant\"\r\n"
    ));
    assert!(ran.out.contains(";Phish\",\"Email\",\"contoso\"\r\n"), "{}", ran.out);
}

/// The table with its times made equal for every run.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(true);
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[a date and a time]");
    settings.add_filter(
        r"\d+ of \d+ hours settled, \d+ missing",
        "[n] of [n] hours settled, [n] missing",
    );
    settings
}

#[test]
fn a_table_is_dead_text() {
    let (program, at) = (Program::offline(), base());
    program.fill("contoso", &hostile(at), around(at));
    for command in ["summary", "clicks"] {
        let ran = program.run(&[command, "--limit", "20"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(ran.out.chars().all(|c| c == '\n' || clickwarden::text::escape::is_visible(c)));
        assert!(!ran.out.contains("http:"));
        settings().bind(|| insta::assert_snapshot!(format!("hostile {command}"), ran.out));
    }
}

#[test]
fn a_table_has_25_rows_and_says_how_many_more_there_are() {
    let (program, at) = (Program::offline(), base());
    let mut rows: Vec<Row> = (0..40)
        .map(|n| {
            Row::new(
                at.plus(n),
                &format!("https://{n:02}.example/{}", "path/".repeat(30)),
                "ClickAllowed",
            )
        })
        .collect();
    rows.push(Row::new(at, "https://00.example/policy", "ClickBlockedByTenantPolicy"));
    program.fill("contoso", &rows, around(at));
    let ran = program.run(&["summary"]);
    settings().bind(|| insta::assert_snapshot!("summary of 41 URLs", ran.out));
    let longest = ran.out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 140, "{longest}");
    assert_eq!(ran.out.lines().filter(|line| line.starts_with("hxxps")).count(), 25);
    let ran = program.run(&["clicks"]);
    settings().bind(|| insta::assert_snapshot!("clicks beyond 25", ran.out));
    for command in ["summary", "clicks"] {
        let few = program.run(&[command, "--limit", "3", "--format", "json"]);
        assert_eq!(few.json()["rows"].as_array().unwrap().len(), 3);
        let all = program.run(&[command, "--format", "csv"]);
        assert_eq!(all.out.lines().count(), 42);
    }
    let sorted = program.run(&[
        "summary",
        "--sort",
        "url",
        "--match",
        "EXAMPLE/path",
        "--limit",
        "1",
        "--format",
        "json",
    ]);
    assert!(sorted.json()["rows"][0]["Url"].as_str().unwrap().starts_with("https://00."));
}

#[test]
fn what_makes_no_sense_is_one_sentence_and_the_right_code() {
    let (program, at) = (Program::offline(), base());
    let future = Clock::System.now().plus(HOUR).to_string();
    let missing = program.run(&["summary"]);
    assert_eq!(missing.code, Some(78));
    assert!(missing.err.contains("does not exist yet; run `clickwarden sync`"), "{}", missing.err);
    program.fill("contoso", &[], around(at));
    for command in ["summary", "clicks"] {
        for (arguments, code, words) in [
            (["--until", &future], 2, "is in the future"),
            (["--until", "yesterday"], 2, "is no time"),
            (["--until", "2026-02-30T00:00:00Z"], 2, "is no time"),
            (["--window", "0s"], 2, "must be longer than zero"),
            (["--window", "-1h"], 2, "is no duration"),
            (["--window", "week"], 2, "is no duration"),
            (["--tenant", "nobody"], 78, "configured are: contoso"),
        ] {
            let ran = program.run(&[&[command], arguments.as_slice()].concat());
            assert_eq!(
                (ran.code, ran.out.as_str()),
                (Some(code), ""),
                "{arguments:?}: {}",
                ran.err
            );
            assert!(ran.err.contains(words), "{}", ran.err);
            assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        }
        let empty = program.run(&[command]);
        assert_eq!(empty.code, Some(0));
        assert!(empty.out.starts_with("no clicks\n"), "{}", empty.out);
        assert_eq!(program.run(&[command, "--format", "json"]).json()["rows"], json!([]));
    }
    assert_eq!(program.run(&["summary", "--sort", "Colour"]).code, Some(2));
}

#[test]
fn a_store_that_is_none_is_refused_untouched() {
    let program = Program::offline();
    std::fs::write(program.store_path(), "not a database, but somebody's notes").unwrap();
    for command in ["summary", "clicks"] {
        let ran = program.run(&[command]);
        assert_eq!(ran.code, Some(78));
        assert!(ran.err.contains("is no database"), "{}", ran.err);
    }
    let text = std::fs::read_to_string(program.store_path()).unwrap();
    assert_eq!(text, "not a database, but somebody's notes");
}

#[test]
fn a_closed_pipe_ends_silently() {
    let (program, at) = (Program::offline(), base());
    let long = "x".repeat(2_000);
    let rows: Vec<Row> = (0..500)
        .map(|n| Row::new(at.plus(n), &format!("https://{n}.example/{long}"), "ClickAllowed"))
        .collect();
    program.fill("contoso", &rows, around(at));
    for command in ["summary", "clicks"] {
        for format in ["json", "csv", "table"] {
            let mut child = program
                .command(&[command, "--format", format, "--limit", "500"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut first = [0; 10];
            let mut out = child.stdout.take().unwrap();
            out.read_exact(&mut first).unwrap();
            drop(out);
            let mut err = String::new();
            child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
            assert_eq!(
                (child.wait().unwrap().code(), err.as_str()),
                (Some(0), ""),
                "{command} {format}"
            );
        }
    }
}

#[test]
fn it_reads_beside_a_writer() {
    let (program, at) = (Program::offline(), base());
    program.fill("contoso", &hostile(at), around(at));
    let (_store, _lease) = program.store("contoso");
    assert_eq!(
        program.run(&["summary", "--format", "json"]).json()["rows"].as_array().unwrap().len(),
        12
    );
}
