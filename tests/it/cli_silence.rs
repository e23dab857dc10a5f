//! `silence` of the real program: what is kept quiet, until when, and why.

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Tick};
use serde_json::{Value, json};

use crate::alerting::{Post, SOC, through};
use crate::program::Program;

const EVIL: &str = "https://evil.example/login?token=secret";

fn now() -> Tick {
    Clock::System.now()
}

fn listed(program: &Program) -> Vec<Value> {
    program.run(&["silence", "list", "--format", "json"]).json()["silences"]
        .as_array()
        .unwrap()
        .clone()
}

/// A store with two open alerts of one URL.
fn desk() -> Post {
    let mut post = Post::now(&["contoso"], SOC);
    let at = post.clock.now().plus(-5 * MINUTE);
    let past = |user: &str| through(at, user, EVIL, "ClickBlocked");
    post.bring("contoso", &[past("Ann@contoso.example"), past("bob@contoso.example")]);
    post.settle();
    post
}

#[test]
fn each_has_an_end_a_reason_and_something_that_it_is_of() {
    let post = desk();
    let (early, late) = (now().plus(-HOUR).to_string(), now().plus(367 * DAY).to_string());
    let (length, all) = (["--for", "4h"], ["--reason", "why", "--all"]);
    let long = "x".repeat(501);
    for (arguments, code, words) in [
        (&all[..], 2, "--for <LENGTH>|--until <TIME>"),
        (&[&all[..], &length, &["--until", &late]].concat(), 2, "cannot be used with"),
        (&[&all[..], &["--until", &early]].concat(), 2, "--until: the end must lie ahead"),
        (&[&all[..], &["--until", &late]].concat(), 2, "--until: the end lies more than 366 days"),
        (&[&all[..], &["--until", "tomorrow"]].concat(), 2, "--until: \"tomorrow\" is no time"),
        (&[&all[..], &["--for", "367d"]].concat(), 2, "--for: the end lies more than 366 days"),
        (&[&all[..], &["--for", "0s"]].concat(), 2, "--for: \"0s\" must be longer than zero"),
        (&[&all[..], &["--for", "-4h"]].concat(), 2, "--for: \"-4h\" is no duration"),
        (&["--for", "4h", "--all"], 2, "--reason <TEXT>"),
        (&["--for", "4h", "--all", "--reason", " "], 2, "--reason: says nothing"),
        (&["--for", "4h", "--all", "--reason", &long], 2, "--reason: is longer than 500"),
        (&["--for", "4h", "--reason", "why"], 2, "required"),
        (&[&all[..], &length, &["--rule", "campaign"]].concat(), 2, "cannot be used with"),
        (
            &["--for", "4h", "--reason", "why", "--rule", "campain"],
            78,
            "--rule: no rule is named \"campain\"; there are: clicked-past-block, ",
        ),
        (&["--for", "4h", "--reason", "why", "--tenant", "x"], 78, "configured are: contoso"),
        (&["--for", "4h", "--reason", "why", "--host", "a b"], 2, "--host: \"a b\" is no host"),
        (
            &["--for", "4h", "--reason", "why", "--host", "2001:db8::1"],
            2,
            "write it as [2001:db8::1]",
        ),
        (&["--for", "4h", "--reason", "why", "--user", "@contoso.example"], 2, "names no user"),
        (
            &["--for", "4h", "--reason", "why", "--url", "https://*.evil.example/x"],
            2,
            "has a star in its host, and no URL does; ask for --host evil.example",
        ),
    ] {
        let ran = post.program.run(&[&["silence", "add"], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(listed(&post.program), [Value::Null; 0]);
    let none = post.program.run(&["silence", "list"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), "no active silence\n"));
}

#[test]
fn it_is_of_what_matches_all_that_is_given() {
    let post = desk();
    let until = now().plus(3 * DAY).floor(MINUTE).to_string();
    for (arguments, words, open) in [
        (
            &["--url", "hxxps://evil[.]example/login?token=secret"][..],
            "URL hxxps://evil[.]example/login?…",
            2,
        ),
        (&["--url", EVIL, "--user", "ANN@contoso.example"], ", user ann[@]contoso[.]example", 1),
        (&["--url", "https://evil.example/login"], "URL hxxps://evil[.]example/login", 0),
        (&["--host", "EVIL[.]example."], "host evil[.]example", 2),
        (
            &["--host", "evil.example", "--rule", "campaign"],
            "rule campaign, host evil[.]example",
            0,
        ),
        (&["--tenant", "contoso", "--rule", "clicked-past-block"], ", tenant contoso", 2),
        (&["--all"], "all alerts", 2),
    ] {
        let add = ["silence", "add", "--until", &until, "--reason", "a drill"];
        let ran = post.program.run(&[&add, arguments].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let matches = format!("; matches {open} open alert");
        assert!(ran.out.contains(words) && ran.out.contains(&matches) == (open > 0), "{}", ran.out);
        let warning = if open > 0 { "" } else { "clickwarden: warning: matches no open alert\n" };
        assert_eq!(ran.err, warning);
    }
    let all = listed(&post.program);
    assert_eq!(all.len(), 7);
    assert_eq!((&all[0]["id"], &all[0]["url"]), (&json!(1), &json!(EVIL)));
    assert_eq!(
        (&all[1]["user"], &all[1]["reason"]),
        (&json!("ann@contoso.example"), &json!("a drill"))
    );
    assert_eq!((&all[0]["until"], &all[3]["host"]), (&json!(until), &json!("evil.example")));
    let table = post.program.run(&["silence", "list"]).out;
    assert!(table.contains("a drill") && !table.contains("secret"), "{table}");
}

#[test]
fn what_it_kept_back_is_told_once_it_ends() {
    let mut post = Post::now(&["contoso"], SOC);
    let add = ["silence", "add", "--for", "300d", "--reason", "why", "--host", "evil.example"];
    assert_eq!(post.program.run(&add).code, Some(0));
    let at = post.clock.now().plus(-MINUTE);
    post.bring("contoso", &[through(at, "ann", EVIL, "ClickBlocked")]);
    post.wait(HOUR);
    assert_eq!((post.open().len(), post.told().len()), (1, 0));
    let ran = post.program.run(&["silence", "remove", "1"]);
    assert_eq!(
        ran.out, "silence 1 has ended: notifications that it suppressed are sent now\n",
        "{}",
        ran.err
    );
    assert_eq!(listed(&post.program), [Value::Null; 0]);
    post.settle();
    assert_eq!(post.told(), [(1, 1)]);
    let ran = post.program.run(&["silence", "remove", "1"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("there is no active silence 1"), "{}", ran.err);
}
