//! `alert` of the real program: alerts listed, shown, taken in hand and closed.

use std::collections::BTreeSet;

use clickwarden::clock::{HOUR, MINUTE, SECOND};
use clickwarden::store::{AlertState, Verdict};
use clickwarden::text::escape::is_visible;
use serde_json::{Value, json};

use crate::alerting::{Post, SOC, click, through};
use crate::program::{Program, Ran};

const EVIL: &str = "https://evil.example/login?token=secret";
/// Everything in them is meant to be acted upon.
const HOSTILE: &str = "https://evil.example/\u{1b}[2J\u{202e}<script>|`a`?token=secret\u{9b}31m";
const NOBODY: &str = "=cmd\u{1b}]0;x\u{7}\u{202e}<b>@channel</b>@contoso.example";

/// Two who went on past a block of one URL, and five who were blocked at another host.
pub fn desk() -> Post {
    let mut post = Post::now(&["contoso"], SOC);
    let at = post.clock.now().plus(-5 * MINUTE);
    let camp = |user: &str| click(at, user, "https://camp.example/x", "ClickBlocked");
    post.bring("contoso", &["a", "b", "c", "d", "e"].map(camp));
    post.settle();
    let past = |user: &str| through(at.plus(SECOND), user, EVIL, "ClickBlocked");
    post.bring("contoso", &[past("Ann@contoso.example"), past("bob@contoso.example")]);
    post.settle();
    post
}

fn listed(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["alert", "list", "--format", "json"], arguments].concat();
    program.run(&arguments).json()["alerts"].as_array().unwrap().clone()
}

fn ids(alerts: &[Value]) -> Vec<i64> {
    alerts.iter().map(|alert| alert["id"].as_i64().unwrap()).collect()
}

fn done(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    &ran.out
}

/// Fails where a terminal would act on something.
fn assert_inert(out: &str) {
    let odd = out.chars().find(|c| *c != '\n' && *c != '\t' && !is_visible(*c));
    assert_eq!(odd.map(|c| c.escape_unicode().to_string()), None, "{out}");
}

#[test]
fn the_worst_come_first_then_the_newest() {
    let post = desk();
    let all = listed(&post.program, &[]);
    assert_eq!(ids(&all), [3, 2, 1]);
    let worst = &all[0];
    for (key, wanted) in [
        ("tenant", json!("contoso")),
        ("rule", json!("clicked-past-block")),
        ("severity", json!("high")),
        ("url", json!(EVIL)),
        ("host", Value::Null),
        ("state", json!("open")),
        ("owner", Value::Null),
        ("verdict", Value::Null),
        ("previous", Value::Null),
        ("possible_false_positive", json!(false)),
        ("found_late", json!(false)),
    ] {
        assert_eq!(worst[key], wanted, "{key}");
    }
    assert_eq!(
        (&worst["messages"][0]["sink"], &worst["messages"][0]["count"]),
        (&json!("soc"), &json!(1))
    );
    let users: BTreeSet<_> = all.iter().filter_map(|alert| alert["user"].as_str()).collect();
    assert_eq!(users, BTreeSet::from(["ann@contoso.example", "bob@contoso.example"]));
    for time in ["opened", "last_click"] {
        let text = worst[time].as_str().unwrap();
        assert!(clickwarden::clock::Tick::parse(text).is_some(), "{text}");
    }
    let table = post.program.run(&["alert", "list"]);
    for words in
        ["hxxps://evil[.]example/login?…", "camp[.]example", "bob[@]contoso[.]example", "UTC"]
    {
        assert!(done(&table).contains(words), "no {words} in {}", table.out);
    }
    assert!(!table.out.contains("secret") && !table.out.contains("Verdict"), "{}", table.out);
    assert_eq!(ids(&listed(&post.program, &["--rule", "campaign"])), [1]);
    assert_eq!(ids(&listed(&post.program, &["--limit", "2"])), [3, 2]);
    assert_eq!(ids(&listed(&post.program, &["--tenant", "contoso"])).len(), 3);
    assert_eq!(ids(&listed(&post.program, &["--state", "closed"])), [0; 0]);
    let short = post.program.run(&["alert", "list", "--limit", "1"]);
    assert!(short.out.contains("… and 2 alerts more: --limit"), "{}", short.out);
    let none = post.program.run(&["alert", "list", "--rule", "other"]);
    assert_eq!(done(&none), "no alert is open\n");
    assert_eq!(post.program.run(&["alert", "list", "--tenant", "nobody"]).code, Some(78));
}

#[test]
fn what_attackers_wrote_stays_dead_in_every_output() {
    let mut post = Post::now(&["contoso"], SOC);
    let at = post.clock.now().plus(-MINUTE);
    post.bring("contoso", &[through(at, NOBODY, HOSTILE, "ClickBlocked")]);
    post.settle();
    let program = &post.program;
    let user = NOBODY.to_lowercase();
    for arguments in [
        &["alert", "list"][..],
        &["alert", "list", "--format", "json"],
        &["alert", "show", "1"],
        &["alert", "show", "1", "--format", "html"],
        &["alert", "show", "1", "--format", "md"],
        &["alert", "show", "1", "--format", "json"],
        &["silence", "add", "--for", "1h", "--reason", "\u{202e}why", "--url", HOSTILE],
        &["silence", "add", "--for", "1h", "--reason", "why", "--user", &user],
        &["silence", "list"],
        &["silence", "list", "--format", "json"],
        &["alert", "show", "1"],
        &["alert", "ack", "1", "--owner", "\u{202e}ann"],
        &["alert", "list"],
        &["alert", "close", "1", "--verdict", "fp", "--note", "\u{202e}=1+1"],
        &["alert", "list", "--state", "all"],
        &["alert", "show", "1", "--format", "json"],
        &["status"],
        &["status", "--format", "json"],
    ] {
        let ran = program.run(arguments);
        assert_inert(done(&ran));
        let is_json = arguments.last() == Some(&"json");
        assert!(is_json || !ran.out.contains("secret"), "{arguments:?}: {}", ran.out);
        assert!(is_json || !ran.out.contains("https://evil"), "{arguments:?}: {}", ran.out);
        if is_json {
            ran.json();
        }
    }
    let [one] = listed(program, &["--state", "all"]).try_into().unwrap();
    assert_eq!(
        (&one["url"], &one["user"]),
        (&json!(HOSTILE), &json!(user)),
        "programs get it whole"
    );
}

#[test]
fn one_is_shown_with_all_that_is_known() {
    let post = desk();
    let program = &post.program;
    let show = |format: &str| program.run(&["alert", "show", "3", "--format", format]);
    let text = show("text");
    // Which of the two comes first is the store's own.
    let json = show("json").json();
    let who = json["standing"]["user"].as_str().unwrap().trim_end_matches("@contoso.example");
    for words in [
        &*format!("High: {who} clicked past a block on evil[.]example\n\nOpen since "),
        " UTC · unassigned\n",
        "Sink soc: 1 message, last on ",
        "Alert 3: clicked-past-block (high)",
        "Why: 1 click past a block within 24 hours. Rule clicked-past-block: clicked_past_block > 0\n",
        &*format!(
            "If a password was entered, reset it and revoke the sessions of {who}[@]contoso[.]example. "
        ),
        "clickwarden alert ack 3\n",
        "UrlClickEvents",
        "clickwarden alert close 3 --verdict tp|fp|benign",
    ] {
        assert!(done(&text).contains(words), "no {words:?} in {}", text.out);
    }
    program.run(&[
        "silence",
        "add",
        "--for",
        "4h",
        "--reason",
        "a drill",
        "--host",
        "EVIL.example.",
    ]);
    program.run(&["alert", "ack", "3", "--owner", "ann"]);
    let shown = show("text").out;
    for words in
        ["Silence 1 suppresses its notifications until ", " UTC: a drill\n", " UTC · owner: ann\n"]
    {
        assert!(shown.contains(words), "no {words:?} in {shown}");
    }
    assert!(!shown.contains("alert ack") && shown.contains("alert close 3"), "{shown}");
    let close = ["alert", "close", "3", "--verdict", "tp", "--ticket", "INC-7", "--note", "reset"];
    done(&program.run(&close));
    let shown = show("md").out;
    for words in ["Closed on ", "a true positive · owner: ", "INC-7", "note: ", "reset"] {
        assert!(shown.contains(words), "no {words:?} in {shown}");
    }
    assert!(!shown.contains("alert close"), "{shown}");
    let data = show("json").json();
    assert_eq!(
        (&data["alerts"][0]["Url"], &data["standing"]["ticket"]),
        (&json!(EVIL), &json!("INC-7"))
    );
    assert_eq!(data["silences"][0]["host"], "evil.example");
    assert!(show("html").out.contains("<html"));
    let ran = program.run(&["alert", "show", "77"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("there is no alert 77"), "{}", ran.err);
}

#[test]
fn who_has_it_in_hand_hears_no_more_of_it() {
    let mut post = desk();
    let ran = post.program.run(&["alert", "ack", "2", "2", "--owner", " ann "]);
    assert!(done(&ran).ends_with(": assigned to ann\n"), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1);
    let told = post.told();
    post.wait(25 * HOUR);
    let at = post.clock.now().plus(-MINUTE);
    let past = |user: &str| through(at, user, EVIL, "ClickBlocked");
    post.bring("contoso", &[past("ann@contoso.example"), past("bob@contoso.example")]);
    post.settle();
    let again = post.told().into_iter().skip(told.len()).filter(|(id, _)| [2, 3].contains(id));
    assert_eq!(again.collect::<Vec<_>>(), [(3, 2)], "alert 2 is in hand");
    let ran = post.program.run(&["alert", "ack", "2", "--owner", "bob"]);
    assert!(done(&ran).ends_with(": assigned to bob (was ann)\n"), "{}", ran.out);
    assert_eq!(listed(&post.program, &["--rule", "clicked-past-block"])[1]["owner"], "bob");
}

#[test]
fn an_owner_is_who_is_logged_in_unless_named() {
    let post = desk();
    let ran = post.program.run(&["alert", "ack", "1"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("--owner is required: USER, LOGNAME and SUDO_USER are not set"),
        "{}",
        ran.err
    );
    let mut command = post.program.command(&["alert", "ack", "1"]);
    let ran: Ran = command.env("USER", "root").env("SUDO_USER", "ann").output().unwrap().into();
    assert!(done(&ran).ends_with(": assigned to ann\n"), "{}", ran.out);
}

#[test]
fn many_are_closed_at_once() {
    let mut post = desk();
    let at = post.clock.now().plus(-MINUTE);
    let other = through(at, "cid", "https://other.example/", "ClickBlocked");
    post.bring("contoso", &[other]);
    post.settle();
    let close = |arguments: &[&str]| {
        post.program.run(&[&["alert", "close", "--verdict", "benign"], arguments].concat())
    };
    let ran = close(&["--rule", "clicked-past-block", "--host", "hxxps://evil[.]example/"]);
    assert_eq!(ran.code, Some(2), "that is no host: {}", ran.err);
    let ran = close(&["--rule", "clicked-past-block", "--host", "evil[.]example"]);
    let lines: Vec<&str> = done(&ran).lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert!(lines[0].starts_with("alert 3 (clicked-past-block, hxxps://evil[.]example/login?…"));
    assert!(lines[1].ends_with("[@]contoso[.]example): closed as benign"), "{}", ran.out);
    assert!(
        lines[2].starts_with("the same rule opens no alert on the same group for 30 days"),
        "{}",
        ran.out
    );
    assert_eq!(ids(&listed(&post.program, &[])), [4, 1]);
    let ran = close(&["--host", "evil.example"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("no open alert matches, and nothing was changed"), "{}", ran.err);
    done(&close(&["--host", "camp.example", "--tenant", "contoso"]));
    assert_eq!(ids(&listed(&post.program, &[])), [4]);
    let states: Vec<_> =
        post.alerts().iter().map(|alert| alert.state == AlertState::Open).collect();
    assert_eq!(states, [false, false, false, true]);
}

#[test]
fn what_makes_no_sense_changes_nothing() {
    let post = desk();
    let long = "x".repeat(501);
    for (arguments, code, words) in [
        (&["close", "1", "77", "--verdict", "tp"][..], 1, "there is no alert 77"),
        (&["close", "1"], 2, "--verdict"),
        (&["close", "1", "--verdict", "maybe"], 2, "tp, fp, benign"),
        (&["close", "--verdict", "tp"], 2, "required"),
        (&["close", "--verdict", "tp", "--tenant", "contoso"], 2, "required"),
        (&["close", "1", "--rule", "campaign", "--verdict", "tp"], 2, "cannot be used with"),
        (&["close", "1", "--verdict", "tp", "--note", "a\nb"], 2, "--note: has line ends"),
        (&["close", "1", "--verdict", "tp", "--ticket", &long], 2, "--ticket: is longer than 500"),
        (
            &["close", "--rule", "campaign", "--tenant", "x", "--verdict", "tp"],
            78,
            "no tenant is named",
        ),
        (&["ack", "1", "77", "--owner", "ann"], 1, "there is no alert 77"),
        (&["ack", "1", "--owner", " "], 2, "--owner: says nothing"),
        (&["ack"], 2, "required"),
    ] {
        let ran = post.program.run(&[&["alert"], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(ids(&listed(&post.program, &[])), [3, 2, 1]);
    let close = |ids: &[&str], verdict: &str| {
        post.program
            .run(&[&["alert", "close", "--verdict", verdict, "--ticket", "A-1"], ids].concat())
    };
    done(&close(&["1"], "fp"));
    let ran = close(&["2", "1"], "tp");
    let why = "clickwarden: alert 1 is closed already: nothing was changed\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), why));
    let alerts = post.alerts();
    assert!(matches!(alerts[0].state, AlertState::Closed { verdict: Verdict::FalsePositive, .. }));
    assert_eq!(alerts[1].state, AlertState::Open);
    let closed = listed(&post.program, &["--state", "closed"]);
    assert_eq!((&closed[0]["verdict"], &closed[0]["ticket"]), (&json!("fp"), &json!("A-1")));
    let table = post.program.run(&["alert", "list", "--state", "all"]).out;
    assert!(table.contains("Verdict") && table.contains("A-1"), "{table}");
    assert_eq!(ids(&listed(&post.program, &["--state", "all"])), [3, 2, 1]);
}

#[test]
fn without_a_store_there_is_nothing_and_none_is_made() {
    let program = Program::offline();
    for arguments in [
        &["alert", "list"][..],
        &["alert", "show", "1"],
        &["alert", "ack", "1", "--owner", "ann"],
        &["alert", "close", "1", "--verdict", "tp"],
        &["silence", "list"],
        &["silence", "remove", "1"],
        &["silence", "add", "--for", "1h", "--reason", "x", "--all"],
    ] {
        let ran = program.run(arguments);
        assert_eq!(ran.code, Some(78), "{}", ran.err);
        assert!(ran.err.contains("does not exist yet"), "{}", ran.err);
    }
    assert!(!program.store_path().exists());
}
