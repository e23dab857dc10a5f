//! `status` of the real program.

use std::time::Duration;

use clickwarden::click::tally::Tally;
use clickwarden::clock::{Clock, DAY, HOUR, Hour, MINUTE, Span, Tick};
use clickwarden::demo::{Fault, Tenant, TenantSettings};
use clickwarden::kql::{add_click, click_table};
use clickwarden::store::{Changes, Store};
use clickwarden::sync_state::fingerprint::Fingerprint;
use clickwarden::sync_state::hour::{Dispute, DisputeReason, HourState, Seen};
use clickwarden::sync_state::progress::Progress;
use serde_json::json;

use crate::alerting::{Post, SOC, through};
use crate::program::{Program, Ran};
use crate::support::Row;
use crate::tenants::{CLIENT_ID, SECRET};

fn now() -> Tick {
    Clock::System.now()
}

/// An hour in which nothing happened, counted just now.
fn settled() -> HourState {
    HourState { seen: Some(Seen { at: now(), ..Seen::default() }), ..HourState::default() }
}

/// An hour whose 1,000 rows are missing since `at`.
fn missing(at: Tick) -> HourState {
    let tally = Tally { rows: 1_000, ..Tally::default() };
    let total = Fingerprint { tally, ..Fingerprint::default() };
    HourState { seen: Some(Seen { total, at, parts: None }), ..HourState::default() }
}

/// A pass that ended two minutes ago.
fn progress() -> Progress {
    Progress {
        pass_began: Some(now().plus(-3 * MINUTE)),
        pass_ended: Some(now().plus(-2 * MINUTE)),
        next_pass: now().plus(2 * MINUTE),
        ..Progress::default()
    }
}

/// Writes what is known of `tenant`: 31 days of settled hours, but for one three hours ago.
fn record(program: &Program, tenant: &str, progress: &Progress, odd: &HourState) {
    let (store, lease) = program.store(tenant);
    let (settled, now) = (settled(), now());
    let hours = Span::new(now.plus(-31 * DAY), now).hours();
    let odd_one = Hour(now.hour().0 - 3);
    let hours = hours.map(|hour| (hour, if hour == odd_one { odd } else { &settled })).collect();
    store.record(&lease, &Changes { hours, progress: Some(progress) }).unwrap();
    store.release(&lease).unwrap();
}

fn status(program: &Program) -> Ran {
    let text = program.run(&["status", "--check"]);
    let json = program.run(&["status", "--check", "--format", "json"]);
    assert_eq!(text.code, json.code);
    let must_act = text.code == Some(1);
    let object: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(object["must_act"], json!(must_act), "{}", json.out);
    assert_eq!(program.run(&["status"]).code, Some(0));
    text
}

#[test]
fn a_tenant_in_order_needs_nobody() {
    let program = Program::offline();
    record(&program, "contoso", &progress(), &settled());
    program.fill(
        "contoso",
        &[Row::new(now(), "https://a.example/", "ClickAllowed")],
        Span::new(now().plus(-HOUR), now().plus(HOUR)),
    );
    let ran = status(&program);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[time]");
    settings.add_filter(r"store /\S+:", "store [path]:");
    // The last closed hour settles half an hour after its end.
    settings.add_filter(r"\d+ of \d+ hours settled(, 1 provisional)?", "[n] of [n] hours settled");
    settings.add_filter(r"[\d.]+ KiB", "[n] KiB");
    settings.add_filter(r"[\d.]+ [MG]iB free", "[n] GiB free");
    settings.bind(|| insta::assert_snapshot!(ran.out));
}

#[test]
fn each_thing_that_somebody_must_act_on_is_told() {
    let refused = Progress {
        retry_at: Some(now().plus(10 * MINUTE)),
        last_error: Some("the secret is wrong: make a new one\u{1b}[31m".to_owned()),
        ..progress()
    };
    let stopped = Progress {
        pass_began: Some(now().plus(-16 * MINUTE)),
        pass_ended: Some(now().plus(-16 * MINUTE)),
        last_error: Some("cannot reach graph.microsoft.com".to_owned()),
        ..Progress::default()
    };
    let disputed = HourState {
        dispute: Some(Dispute { reason: DisputeReason::Slow, since: now(), tries: 1, next: now() }),
        ..missing(now())
    };
    for (progress, odd, words) in [
        (
            &refused,
            settled(),
            "cannot sign in or hunt: the secret is wrong: make a new one\\u{1b}[31m",
        ),
        (
            &stopped,
            settled(),
            "no pass has ended for 16 minutes (cannot reach graph.microsoft.com)",
        ),
        (&Progress::default(), settled(), "nothing was ever collected"),
        (&progress(), missing(now().plus(-13 * MINUTE)), "1 hour could not be filled"),
        (&progress(), disputed, "1 hour would not settle"),
    ] {
        let program = Program::offline();
        record(&program, "contoso", progress, &odd);
        let ran = status(&program);
        assert_eq!(ran.code, Some(1), "{words}: {}", ran.out);
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
        assert_eq!(
            ran.out.lines().filter(|line| line.starts_with("  act ")).count(),
            1,
            "{}",
            ran.out
        );
    }
}

#[test]
fn what_mends_itself_needs_nobody() {
    let trouble = Progress { last_error: Some("cannot reach".to_owned()), ..progress() };
    let late = Progress { pass_ended: Some(now().plus(-10 * MINUTE)), ..progress() };
    for (progress, odd) in
        [(&trouble, settled()), (&late, settled()), (&progress(), missing(now().plus(-MINUTE)))]
    {
        let program = Program::offline();
        record(&program, "contoso", progress, &odd);
        let ran = status(&program);
        assert_eq!(ran.code, Some(0), "{}", ran.out);
    }
}

#[test]
fn a_closed_gate_explains_gaps_and_silence() {
    let program = Program::offline();
    let stopped = Progress { pass_ended: Some(now().plus(-HOUR)), ..progress() };
    record(&program, "contoso", &stopped, &missing(now().plus(-2 * HOUR)));
    assert_eq!(status(&program).code, Some(1));
    let (store, lease) = program.store("contoso");
    store.close_gate(&lease, Duration::from_hours(1), "quota\u{7}", now()).unwrap();
    let ran = status(&program);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains("UTC: quota\\u{7}\n"), "{}", ran.out);
    assert!(ran.out.contains("1000 rows in 1 hours are to be fetched"), "{}", ran.out);
    assert!(ran.out.contains(&format!("process {}", std::process::id())), "{}", ran.out);
}

#[test]
fn a_secret_that_soon_expires_needs_somebody() {
    let program = Program::offline();
    record(&program, "contoso", &progress(), &settled());
    program.configure_also("secret_expires = \"2020-01-31\"\n");
    let ran = status(&program);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("the client secret expired on 2020-01-31"), "{}", ran.out);
}

#[test]
fn the_worst_tenant_comes_first() {
    let program = Program::of(&["alpha", "beta", "gamma"], "http://127.0.0.1:9");
    record(&program, "alpha", &progress(), &settled());
    record(&program, "beta", &progress(), &missing(now()));
    let ran = program.run(&["status", "--format", "json"]).json();
    let names: Vec<_> =
        ran["tenants"].as_array().unwrap().iter().map(|t| t["name"].clone()).collect();
    assert_eq!(names, ["gamma", "beta", "alpha"]);
    assert_eq!(ran["tenants"][1]["remaining"], json!({ "hours": 1, "rows": 1000, "calls": 1 }));
    assert_eq!(ran["tenants"][0]["act"].as_array().unwrap().len(), 1);
}

/// The few that need somebody are not lost among the many that do not.
#[test]
fn of_many_tenants_only_those_not_in_order_are_told_at_length() {
    let names: Vec<String> = (0..200).map(|n| format!("tenant-{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let program = Program::of(&names, "http://127.0.0.1:9");
    let refused = Progress {
        retry_at: Some(now().plus(10 * MINUTE)),
        last_error: Some("the secret is wrong".to_owned()),
        ..progress()
    };
    let store = Store::open(&program.store_path()).unwrap();
    let state = settled();
    let hours: Vec<_> =
        Span::new(now().plus(-31 * DAY), now()).hours().map(|hour| (hour, &state)).collect();
    for name in &names[..199] {
        let lease = crate::support::lease_now(&store, store.tenant(name).unwrap());
        let progress = if *name == "tenant-007" { &refused } else { &progress() };
        let changes = Changes { hours: hours.clone(), progress: Some(progress) };
        store.record(&lease, &changes).unwrap();
        store.release(&lease).unwrap();
    }
    let ran = status(&program);
    let begins: Vec<&str> = ran.out.lines().filter(|line| !line.starts_with(' ')).collect();
    let [first, "", second, "", rest, "", alerts, "", store] = begins[..] else {
        panic!("{}", ran.out)
    };
    assert_eq!(first, "tenant-007: somebody must act");
    assert_eq!(second, "tenant-199: somebody must act");
    assert_eq!(rest, "198 tenants in order, the oldest last pass 2 minutes ago");
    assert_eq!(alerts, "alerts: none open");
    assert!(store.starts_with("store /"), "{store}");
}

/// Alerts are the analysts' work: told, and no reason to call the operator.
#[test]
fn alerts_silences_and_what_stays_quiet_are_told() {
    let mut post = Post::now(&["contoso"], SOC);
    let at = now().plus(-2 * MINUTE);
    let past = |user: &str| through(at, user, "https://evil.example/?t=secret", "ClickBlocked");
    let users: Vec<String> = (0..14).map(|n| format!("u{n}@contoso.example")).collect();
    post.bring("contoso", &users.iter().map(|user| past(user)).collect::<Vec<_>>());
    post.settle();
    let program = &post.program;
    let ids: Vec<String> = (1..=12).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    program.run(&[&["alert", "close", "--verdict", "fp"], &ids[..]].concat());
    program.run(&["alert", "ack", "13", "--owner", "ann"]);
    let silence = ["silence", "add", "--for", "4h", "--reason", "drill", "--rule", "campaign"];
    assert_eq!(program.run(&silence).code, Some(0));
    let text = program.run(&["status"]).out;
    for words in [
        "alerts: 3 open\n  high       2, the oldest opened ",
        "  medium     1, opened ",
        "  unowned    2 in nobody's hands: `clickwarden alert ack`",
        "  silence    1 until ",
        " UTC, of rule campaign: drill\n",
        "  quiet      clicked-past-block on hxxps://evil[.]example/?… by u",
        " UTC: alert 12 was fp\n",
        "  quiet      … and 2 more, 12 in all\n",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    assert!(!text.contains("unheard") && !text.contains("secret"), "{text}");
    let alerts = &program.run(&["status", "--format", "json"]).json()["alerts"];
    assert_eq!(alerts["open"], json!({ "critical": 0, "high": 2, "medium": 1, "low": 0 }));
    assert_eq!((&alerts["unowned"], &alerts["quiet"]), (&json!(2), &json!(12)));
    assert_eq!(alerts["silences"][0]["reason"], "drill");
    assert_eq!(alerts["quiet_groups"].as_array().unwrap().len(), 10);
    assert_eq!(alerts["rules_without_sink"], json!([]));
}

#[test]
fn without_a_store_there_is_no_status() {
    let ran = Program::offline().run(&["status", "--check"]);
    assert_eq!(ran.code, Some(78));
    assert!(ran.err.contains("does not exist yet"), "{}", ran.err);
}

/// From a first sync to a summary, over HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_sync_everything_is_in_order() {
    let mut table = click_table(30 * DAY);
    let rows: Vec<Row> = (0..50)
        .map(|n| {
            Row::new(
                now().plus(-n * 7 * HOUR - HOUR),
                &format!("https://{}.example/", n % 7),
                "ClickBlocked",
            )
        })
        .collect();
    for row in &rows {
        add_click(&mut table, &row.click(), Span::new(row.at, Tick(i64::MAX)));
    }
    let mut settings = TenantSettings::new(Clock::System);
    settings.tenant_id = "contoso.example".to_owned();
    settings.client_id = CLIENT_ID.to_owned();
    settings.client_secret = SECRET.to_owned();
    settings.calls_per_minute = None;
    let tenant = Tenant::start(settings, table).await.unwrap();
    let program = Program::of(&["contoso"], &tenant.url());
    program.configure_also("[collect]\ncalls_per_minute = 1000\n");
    let sync = program.run(&["sync"]);
    assert_eq!(sync.code, Some(0), "{}{}", sync.out, sync.err);
    let ran = status(&program);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains("copy matches Defender by counts and fingerprint"), "{}", ran.out);
    let summary = program.run(&["summary", "--format", "json", "--window", "30d"]).json();
    assert_eq!(summary["rows"].as_array().unwrap().len(), 7);
    let clicks = program
        .run(&["clicks", "--format", "json", "--window", "30d", "--url", "https://3.example/"])
        .json();
    assert_eq!(clicks["rows"].as_array().unwrap().len(), 7);
    tenant.expect_faults([Some(Fault::Forbidden); 4]);
    assert_eq!(program.run(&["check"]).code, Some(77));
}
