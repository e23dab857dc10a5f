//! `rule` of the real program: what is in force, and why.

use clickwarden::clock::{Clock, HOUR, MINUTE, Span};
use serde_json::{Value, json};

use crate::alerting::{Post, SOC, click, monday, through};
use crate::program::Program;
use crate::support::Row;

pub const OWN: &str = "[[rule]]\nname = \"campaign\"\nwhen = \"affected_users >= 9\"\n\
                   [[rule]]\nname = \"clicked-past-block\"\nenabled = false\n\
                   [[rule]]\nname = \"own\"\nby = [\"user\", \"url\"]\nwhen = \"clicked_through > 2\"\n\
                   over = \"2h\"\nrepeat = \"6h\"\nseverity = \"critical\"\nsinks = []\n\
                   runbook = \"https://wiki.example/own\"\n";

fn rule(program: &Program, name: &str) -> Value {
    let all = program.run(&["rule", "list", "--format", "json"]).json();
    let mut all = all["rules"].as_array().unwrap().iter();
    all.find(|rule| rule["name"] == name).unwrap().clone()
}

#[test]
fn each_rule_says_why_it_is_as_it_is() {
    let program = Program::offline();
    program.configure_also(&format!("{SOC}{OWN}"));
    let file = program.folder.path().join("clickwarden.toml");
    let shipped = rule(&program, "allowed-then-blocked");
    for (key, wanted) in [
        ("enabled", json!(true)),
        ("origin", json!("shipped")),
        ("file", Value::Null),
        ("by", json!(["host"])),
        ("over", json!("2d")),
        ("severity", json!("high")),
        ("sinks", json!(["soc"])),
        ("tenants", json!(["contoso"])),
        ("open", json!(0)),
    ] {
        assert_eq!(shipped[key], wanted, "{key}");
    }
    assert!(shipped["medium_when"].is_string());
    let changed = rule(&program, "campaign");
    assert_eq!((&changed["origin"], &changed["section"]), (&json!("changed"), &json!("rule[0]")));
    assert_eq!(changed["file"], file.to_str().unwrap());
    assert_eq!(rule(&program, "clicked-past-block")["enabled"], false);
    let own = rule(&program, "own");
    assert_eq!((&own["origin"], &own["repeat"]), (&json!("own"), &json!("6h")));
    assert_eq!((&own["by"], &own["sinks"]), (&json!(["url", "user"]), &json!([])));
    let text = program.run(&["rule", "list"]).out;
    for words in [
        "allowed-then-blocked: on (default); 0 open alerts\n",
        "  medium     when also age_days > 14 || users_ever > 50\n",
        "clicked-past-block: off (default changed by [rule[1]] in ",
        "own: on (your own, [rule[2]] in ",
        "  when       clicked_through > 2\n",
        "  clicks     by url and user over 2h\n",
        "  notifies   soc; repeated after 1d while clicks come\n",
        "  notifies   nobody: name a sink in [alerts] or in the rule\n",
        "  runbook    https://wiki.example/own\n",
        "What a condition can ask is described at [[rule]] in config/clickwarden.toml.\n",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    assert!(!program.store_path().exists(), "it needs no store");
}

#[test]
fn open_alerts_are_counted() {
    let mut post = Post::now(&["contoso"], SOC);
    let at = post.clock.now().plus(-MINUTE);
    post.bring("contoso", &[through(at, "ann", "https://evil.example/", "ClickBlocked")]);
    post.settle();
    assert_eq!(rule(&post.program, "clicked-past-block")["open"], 1);
    assert_eq!(rule(&post.program, "campaign")["open"], 0);
}

#[test]
fn groups_that_cannot_be_evaluated_are_counted() {
    let program = Program::offline();
    program.configure_also(
        "[[rule]]\nname = \"share\"\nby = [\"url\"]\nwhen = \"allowed / blocked > 1\"\n",
    );
    let now = Clock::System.now().floor(MINUTE);
    let row =
        |minutes: i64, url: &str, action: &str| Row::new(now.plus(-minutes * MINUTE), url, action);
    let rows = [
        row(50, "https://a.example/", "ClickAllowed"),
        row(40, "https://b.example/", "ClickBlocked"),
        row(30, "https://b.example/", "ClickAllowed"),
        row(20, "https://b.example/", "ClickAllowed"),
    ];
    program.fill("contoso", &rows, Span::new(now.plus(-HOUR), now));
    let tried = program.run(&["rule", "test", "share"]).out;
    assert!(tried.contains("would have fired for 1 group "), "{tried}");
    assert!(
        tried.contains("could not be evaluated for 1 group, and does not fire there"),
        "{tried}"
    );
    let tried = program.run(&["rule", "test", "share", "--format", "json"]).json();
    assert_eq!((&tried["groups"], &tried["failed_groups"]), (&json!(1), &json!(1)));
    let all = program.run(&["rule", "test", "clicked-past-block"]).out;
    assert!(!all.contains("not be evaluated"), "{all}");
}

#[test]
fn a_rule_can_be_tried_on_what_is_there() {
    let off = "[[rule]]\nname = \"tried\"\nby = [\"user\", \"url\"]\nwhen = \"clicked_through > 0\"\n\
               enabled = false\n";
    let mut post = Post::new(&["contoso"], &format!("{SOC}{off}"));
    let at = monday().plus(-HOUR);
    let evil = "https://evil.example/\u{1b}[31m?token=1";
    post.bring(
        "contoso",
        &[
            through(at, "ann@contoso.example", evil, "ClickBlocked"),
            through(at.plus(MINUTE), "ann@contoso.example", evil, "ClickBlocked"),
            click(at, "bob", evil, "ClickBlocked"),
        ],
    );
    let until = monday().to_string();
    let tried = |more: &[&str]| {
        post.program
            .run(&[&["rule", "test", "tried", "--until", &until, "--window", "2h"], more].concat())
    };
    let json = tried(&["--format", "json"]).json();
    assert_eq!(json["groups"], 1);
    assert_eq!(
        (&json["firings"][0]["url"], &json["firings"][0]["times"]),
        (&evil.into(), &2.into())
    );
    let shown = tried(&[]).out;
    assert!(
        shown.contains("hxxps://evil[.]example/")
            && shown.contains("would have fired for 1 group "),
        "{shown}"
    );
    assert!(
        !shown.chars().any(|c| c.is_control() && c != '\n') && !shown.contains("token"),
        "{shown}"
    );
    let earlier = post.program.run(&["rule", "test", "tried", "--until", &at.to_string()]);
    assert!(earlier.out.contains("would have fired for 0 groups"), "{}", earlier.out);
    let unknown = post.program.run(&["rule", "test", "no\nrule"]);
    assert_eq!(unknown.code, Some(78));
    assert!(unknown.err.contains("there are: clicked-past-block"), "{}", unknown.err);
}
