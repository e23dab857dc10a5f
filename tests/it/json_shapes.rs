//! Every shape that leaves as JSON or as metrics, as it is written: names, their order, and values.

use std::time::Duration;

use clickwarden::click::Text;
use clickwarden::clock::{Clock, DAY, HOUR, SECOND, Span, Tick};
use clickwarden::demo::{Tenant, TenantSettings};
use clickwarden::kql::{add_click, click_table};
use serde_json::Value;

use crate::alerting::SOC;
use crate::program::Program;
use crate::support::Row;
use crate::tenants::{CLIENT_ID, SECRET};
use crate::web::Listening;
use crate::{cli_alert, cli_evidence, cli_outbox, cli_report, cli_rule};

fn now() -> Tick {
    Clock::System.now()
}

/// Makes equal what differs from run to run.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    for (pattern, instead) in [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[time]"),
        (r#""/[^"]*/(c\.db|clickwarden\.toml)""#, "\"[folder]/$1\""),
        (
            r#""(bytes|wal_bytes|bytes_a_day|disk_free|pid|calls|hours|settled|provisional)":\d+"#,
            "\"$1\":[n]",
        ),
        (r#""bytes_a_day":null"#, "\"bytes_a_day\":[n]"),
        (r#""host":"[^".]+"\,"pid""#, "\"host\":\"[host]\",\"pid\""),
        (
            r"\d+ of \d+ hours settled(, \d+ provisional)?(, \d+ missing)?",
            "[n] of [n] hours settled",
        ),
        // One more where an hour has just begun.
        (r"\d+ hours could not be filled", "[n] hours could not be filled"),
        (r"clickwarden \d+\.\d+\.\d+", "clickwarden [version]"),
        // Of these two whose identity is hashed to less comes first.
        (r"(ann|bob)@contoso\.example", "[user]@contoso.example"),
        (r#""Kql": "[^\n]*""#, "\"Kql\": \"[query]\""),
        (r#"(?m),"[0-9a-f]{32}"(\r?)$"#, ",\"[id]\"$1"),
        (r#""(Key|key|ClickId)":( ?)"[^"]+""#, "\"$1\":$2\"[id]\""),
        (r#""(Replaces|ReplacedBy)":\["[^"]+"\]"#, "\"$1\":[\"[id]\"]"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[guid]"),
    ] {
        settings.add_filter(pattern, instead);
    }
    settings
}

fn assert_shape(name: &str, text: &str) {
    settings().bind(|| insta::assert_snapshot!(name, text));
}

/// Runs a command that ends well, and looks at what it prints.
fn assert_prints(name: &str, program: &Program, arguments: &[&str]) {
    let ran = program.run(arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
    assert_shape(name, &ran.out);
}

const JSON: [&str; 2] = ["--format", "json"];

fn json<'a>(command: &[&'a str]) -> Vec<&'a str> {
    [command, &JSON].concat()
}

/// Two tenants of which one was never collected, clicks of three kinds, and a configuration that excludes one.
fn collected() -> Program {
    let program = Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9");
    program.configure_also(
        "secret_expires = \"2020-01-31\"\n[[exclude]]\nusers = [\"drill@contoso.example\"]\n",
    );
    let at = now().plus(-2 * HOUR).hour().start();
    let row = |n: i64, url: &str, action: &str| {
        let extra = "{\"New\":[1, 2]}".to_owned();
        Row { extra, ..Row::new(at.plus(n * SECOND), url, action) }
    };
    let mut past = row(2, "https://evil.example/?q=\u{202e}", "ClickBlocked")
        .with(Text::ThreatTypes, "Phish, Malware");
    past.clicked_through = Some(true);
    let drill = row(3, "https://drill.example/", "ClickAllowed")
        .with(Text::AccountUpn, "Drill@contoso.example");
    let rows = [
        row(0, "https://a.example/", "ClickAllowed"),
        row(1, "", "UrlScanInProgress"),
        past,
        drill,
    ];
    program.fill("contoso", &rows, Span::new(at, at.plus(HOUR)));
    program
}

#[test]
fn what_is_known_of_clicks() {
    let program = collected();
    assert_prints("summary", &program, &json(&["summary"]));
    assert_prints("clicks", &program, &json(&["clicks", "--withdrawn"]));
    assert_prints("export", &program, &["export", "--format", "jsonl"]);
    assert_prints("export as csv", &program, &["export", "--format", "csv"]);
}

#[test]
fn how_collection_stands() {
    let program = collected();
    assert_prints("status", &program, &json(&["status"]));
    let (store, lease) = program.store("contoso");
    store.close_gate(&lease, Duration::from_hours(1), "quota\u{7}", now()).unwrap();
    assert_prints("status of a closed gate", &program, &json(&["status"]));
}

#[test]
fn what_rules_found() {
    let post = cli_alert::desk();
    let program = &post.program;
    for arguments in [
        // Which of the two is Bob's differs from run to run.
        &["alert", "ack", "2", "3", "--owner", "ann"][..],
        &["alert", "close", "1", "--verdict", "fp", "--ticket", "T-1", "--note", "drill"],
        &["silence", "add", "--for", "4h", "--reason", "drill", "--rule", "clicked-past-block"],
        &[
            "silence",
            "add",
            "--for",
            "5h",
            "--reason",
            "x",
            "--host",
            "evil.example",
            "--user",
            "bob@contoso.example",
        ],
    ] {
        assert_eq!(program.run(arguments).code, Some(0), "{arguments:?}");
    }
    assert_prints("alert list", program, &json(&["alert", "list", "--state", "all"]));
    let all = program.run(&json(&["alert", "list"])).json();
    let is_bobs = |alert: &&Value| alert["user"] == "bob@contoso.example";
    let id = all["alerts"].as_array().unwrap().iter().find(is_bobs).unwrap()["id"].to_string();
    let mut shown = program.run(&json(&["alert", "show", &id])).out;
    // A silence shown with it may have the same number.
    let own = |name: &str, next: &str, id: &str| format!("\"{name}\": {id},\n{next}");
    for (name, next) in [("Id", "      \"Key"), ("id", "    \"key")] {
        shown = shown.replace(&own(name, next, &id), &own(name, next, "[id]"));
    }
    assert_shape("alert show", &shown);
    let case = cli_evidence::unzip(program, &["--alert", &id]);
    let own = format!("\"id\":{id},\"key\"");
    assert_shape("evidence alert.json", &case["alert.json"].replace(&own, "\"id\":[id],\"key\""));
    assert_prints("silence list", program, &json(&["silence", "list"]));
    assert_prints("status of alerts", program, &json(&["status"]));
    let tested = json(&["rule", "test", "clicked-past-block", "--window", "1d"]);
    assert_prints("rule test", program, &tested);
}

#[test]
fn what_is_configured() {
    let program = Program::offline();
    program.configure_also(&format!("{}{}", SOC, cli_rule::OWN));
    assert_prints("rule list", &program, &json(&["rule", "list"]));
    let program = cli_report::program("");
    cli_report::to_file(&program);
    assert_prints("report list", &program, &json(&["report", "list"]));
    assert_eq!(program.run(&["report", "send", "daily"]).code, Some(0));
    assert_prints("report list of one sent", &program, &json(&["report", "list"]));
}

#[test]
fn what_is_on_its_way() {
    let (desk, _receiver) = cli_outbox::desk();
    assert_prints("outbox list", &desk.program, &json(&["outbox", "list", "--sink", "soc"]));
}

#[test]
fn every_file_of_a_case() {
    let program = cli_evidence::changed();
    let case = ["--url", cli_evidence::URL, "--window", "1d"];
    for (name, text) in cli_evidence::unzip(&program, &case) {
        if name.contains("json") {
            // Rows of one time come in the order of their hashed identities: in one without hashes here.
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_by_key(|line| line.replace(|c: char| c.is_ascii_hexdigit(), ""));
            assert_shape(&format!("evidence {name}"), &lines.join("\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_pass_ended() {
    let mut table = click_table(30 * DAY);
    let row = Row::new(now().plus(-5 * HOUR), "https://a.example/", "ClickBlocked");
    add_click(&mut table, &row.click(), Span::new(row.at, Tick(i64::MAX)));
    let mut settings = TenantSettings::new(Clock::System);
    settings.tenant_id = "contoso.example".to_owned();
    settings.client_id = CLIENT_ID.to_owned();
    settings.client_secret = SECRET.to_owned();
    settings.calls_per_minute = None;
    let tenant = Tenant::start(settings, table).await.unwrap();
    let program = Program::of(&["contoso"], &tenant.url());
    program.configure_also("[collect]\ncalls_per_minute = 1000\n");
    assert_prints("sync", &program, &json(&["sync"]));
    let refused = Program::of(&["contoso"], "http://127.0.0.1:9").run(&json(&["sync"]));
    assert_shape("sync of one that cannot be reached", &refused.out);
}

#[test]
fn every_series() {
    let program = Program::offline();
    program.configure_also(&format!("secret_expires = \"2020-01-31\"\n{SOC}"));
    let daemon = Listening::start(program);
    let text = daemon.until("/metrics", |code, _| code == 200);
    // Series of one name come in any order.
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    let mut settings = settings();
    // What grows or passes is another number each time.
    settings.add_filter(
        r"(?m)^(\S*(bytes|seconds|calls|coverage|gate_closed|pings)\S*) -?\d+$",
        "$1 [n]",
    );
    settings.add_filter(r#"version="[^"]+""#, "version=\"[version]\"");
    settings.bind(|| insta::assert_snapshot!("metrics", lines.join("\n")));
}
