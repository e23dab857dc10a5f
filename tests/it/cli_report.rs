//! `report` of the real program.

use std::collections::BTreeSet;

use clickwarden::click::Text;
use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Span};
use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::program::Program;
use crate::receiver::Receiver;
use crate::support::Row;
use crate::tenants::file;

const REPORT: &str = "[[report]]\nname = \"daily\"\nschedule = \"0 8 * * *\"\n\
                      timezone = \"Europe/Berlin\"\nwindow = \"24h\"\n";

/// A program with clicks on hostile URLs, and the sinks of `sections`.
pub fn program(sections: &str) -> Program {
    let program = Program::offline();
    program.configure_also(sections);
    let now = Clock::System.now();
    let mut rows: Vec<Row> = [
        "https://evil.example/<script>alert(1)</script>?token=abc",
        "https://evil.example/\u{1b}[2J|a|\u{202e}",
        "=cmd|' /c calc'!A0",
    ]
    .iter()
    .enumerate()
    .map(|(n, url)| {
        let at = now.plus(-HOUR).plus(n as i64 * MINUTE);
        let mut row = Row::new(at, url, "ClickBlocked")
            .with(Text::ThreatTypes, "Phish")
            .with(Text::AccountUpn, "<b>@channel</b>@contoso.example");
        row.clicked_through = Some(true);
        row
    })
    .collect();
    rows.push(Row::new(now.plus(-2 * HOUR), "https://fine.example/", "ClickAllowed"));
    program.fill("contoso", &rows, Span::new(now.plus(-2 * DAY), now));
    program
}

pub fn to_file(program: &Program) -> std::path::PathBuf {
    let path = program.folder.path().join("out.jsonl");
    let shown = path.to_str().unwrap();
    program.configure_also(&format!(
        "[[sink]]\nname = \"siem\"\ntype = \"file\"\npath = {shown:?}\n{REPORT}sinks = [\"siem\"]\n"
    ));
    path
}

#[test]
fn a_dry_run_prints_it_dead_and_sends_nothing() {
    let program = program("");
    let path = to_file(&program);
    let print = |format: &str| {
        let ran = program.run(&["report", "send", "daily", "--dry-run", "--format", format]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    for (format, wanted) in [
        ("text", "Clicked past a block"),
        ("md", "- Clicked past a block: 3"),
        ("html", "Clicked past a block"),
    ] {
        let out = print(format);
        assert!(out.contains(wanted) && out.contains("evil[.]example"), "{format}: {out}");
        for active in ["token=abc", "https://evil", "\u{1b}", "\u{202e}"] {
            assert!(!out.contains(active), "{format}: {active} in {out}");
        }
        // Where that is markup it is escaped, or stands as code.
        if format == "html" {
            assert!(!out.contains("<script") && !out.contains("<b>@channel"), "{out}");
        }
        if format == "md" {
            assert!(out.contains("| `hxxps://evil[.]example/<script>"), "{out}");
        }
    }
    let data: Value = serde_json::from_str(&print("json")).unwrap();
    assert_eq!(data["totals"]["ClickedPastBlock"], 3);
    assert!(data["rows"].to_string().contains("?token=abc"), "programs get it whole");
    assert_eq!(program.run(&["report", "send", "daily", "--dry-run"]).code, Some(0));
    assert!(!path.exists());
    assert_eq!(program.run(&["report", "send", "daily", "--format", "md"]).code, Some(2));
}

#[test]
fn it_is_delivered_before_the_program_ends() {
    let program = program("");
    let path = to_file(&program);
    let ran = program.run(&["report", "send", "daily"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "sink siem: accepted\n"), "{}", ran.err);
    assert_eq!(program.run(&["report", "send", "daily"]).code, Some(0));
    let lines = std::fs::read_to_string(&path).unwrap();
    let ids: BTreeSet<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 2, "each is a message of its own");
}

#[test]
fn what_one_sink_refuses_the_others_get_and_the_exit_code_says_so() {
    let good = Receiver::new(ResponseTemplate::new(200));
    for (answer, code, said) in [
        (ResponseTemplate::new(404), 75, "is paused: "),
        (
            ResponseTemplate::new(429).insert_header("Retry-After", "3600"),
            75,
            "is tried again later: ",
        ),
        (ResponseTemplate::new(400), 1, "given up: "),
    ] {
        let bad = Receiver::new(answer);
        let program = program("");
        for (name, receiver) in [("good", &good), ("bad", &bad)] {
            let url = file(&program.folder, name, &receiver.address(), 0o600);
            program.configure_also(&format!(
                "[[sink]]\nname = {name:?}\ntype = \"webhook\"\nurl_file = {url:?}\n"
            ));
        }
        program.configure_also(&format!("{REPORT}sinks = [\"bad\", \"good\"]\n"));
        let ran = program.run(&["report", "send", "daily"]);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(code), "sink good: accepted\n"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("sink bad: ") && ran.err.contains(said), "{}", ran.err);
    }
}

#[test]
fn what_is_wrong_is_said_before_anything_is_made() {
    let program = program("");
    let missing = program.folder.path().join("no such file");
    program.configure_also(&format!(
        "[[sink]]\nname = \"soc\"\ntype = \"teams\"\nurl_file = {missing:?}\n{REPORT}sinks = [\"soc\"]\n"
    ));
    let ran = program.run(&["report", "send", "daily"]);
    assert_eq!(ran.code, Some(78), "{}", ran.err);
    assert!(ran.err.contains("sink soc: url_file: "), "{}", ran.err);
    let ran = program.run(&["report", "send", "weekly"]);
    let wanted = "clickwarden: no report is named \"weekly\"; configured are: daily\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(78), wanted));
}

#[test]
fn the_list_says_when_and_where() {
    let program = program("");
    to_file(&program);
    let list = program.run(&["report", "list", "--format", "json"]).json();
    let report = &list["reports"][0];
    assert_eq!((&report["name"], &report["sinks"][0]), (&"daily".into(), &"siem".into()));
    assert!(report["next_due"].is_string() && report["last_sent"].is_null());
    let table = program.run(&["report", "list"]);
    assert!(
        table.out.contains("0 8 * * * (Europe/Berlin)") && table.out.contains("never"),
        "{}",
        table.out
    );
    let bare = Program::offline();
    let ran = bare.run(&["report", "list"]);
    assert_eq!(ran.out, "no report is configured: add a [[report]] section\n");
}
