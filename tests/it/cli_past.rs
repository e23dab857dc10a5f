//! `clicks` by how they ended and by alert, and the evidence of an alert.

use std::collections::BTreeMap;

use clickwarden::click::Text;
use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span};
use serde_json::{Value, json};

use crate::alerting::{Post, SOC, click, through};
use crate::cli_evidence::unzip;
use crate::program::Program;
use crate::support::Row;

/// The rows of `clicks --json`.
fn rows(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let ran = program.run(&[&["clicks", "--json"], arguments].concat());
    ran.json()["rows"].as_array().unwrap().clone()
}

/// The URLs of them, in order.
fn urls(program: &Program, arguments: &[&str]) -> Vec<String> {
    let rows = rows(program, arguments);
    let mut urls: Vec<_> = rows.iter().map(|row| row["Url"].as_str().unwrap().to_owned()).collect();
    urls.sort();
    urls
}

#[test]
fn clicked_through_is_what_is_true_and_nothing_else() {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-2 * HOUR).hour().start());
    let all = [("yes", Some(true)), ("no", Some(false)), ("null", None)];
    let row = |(n, (name, clicked_through)): (i64, (&str, Option<bool>))| {
        let url = format!("https://{name}.example/");
        Row { clicked_through, ..Row::new(at.plus(n * SECOND), &url, "ClickBlocked") }
    };
    let rows: Vec<Row> = (0..).zip(all).map(row).collect();
    program.fill("contoso", &rows, Span::new(at, at.plus(HOUR)));
    assert_eq!(urls(&program, &["--clicked-through"]), ["https://yes.example/"]);
    assert_eq!(urls(&program, &["--clicked-through", "--host", "no.example"]), [""; 0]);
    let files = unzip(&program, &["--clicked-through", "--window", "1d"]);
    assert_eq!(files["rows.jsonl"].lines().count(), 1);
    assert!(files["query.kql"].contains("| where IsClickedThrough == true\n"));
    let about: Value = serde_json::from_str(&files["case.json"]).unwrap();
    assert_eq!(about["asked"], json!({ "clicked_through": true }));
}

/// Blocks, scans and clicks on past one of them, two minutes apart: of each user and URL as many went past
/// a block as a rule finds that looks at a minute at a time.
#[test]
fn those_that_went_past_a_block_are_those_that_rules_count() {
    const RULE: &str = "[[rule]]\nname = \"each\"\nwhen = \"clicked_past_block > 0\"\n\
                        by = [\"url\", \"user\"]\nover = \"1m\"\n";
    let (program, at) = (Program::offline(), Clock::System.now().plus(-14 * HOUR).hour().start());
    program.configure_also(RULE);
    let mut random = fastrand::Rng::with_seed(7);
    let clicks = (0..360).map(|n| {
        let (user, url) = (random.u8(0..3), random.u8(0..2));
        let action = ["ClickBlocked", "UrlScanInProgress", "ClickAllowed"][random.usize(0..3)];
        // Nobody is somebody among others.
        let user = ["Ann@contoso.example", "bob@contoso.example", ""][usize::from(user)];
        let report = ["one", "two", ""][random.usize(0..3)];
        Row {
            clicked_through: Some(random.u8(0..3) == 0),
            ..Row::new(at.plus(n * 2 * MINUTE), &format!("https://{url}.example/"), action)
                .with(Text::AccountUpn, user)
                .with(Text::ReportId, report)
        }
    });
    program.fill("contoso", &clicks.collect::<Vec<_>>(), Span::new(at, at.plus(13 * HOUR)));
    let mut found: BTreeMap<(String, String), u64> = BTreeMap::new();
    let past = rows_of_a_day(&program, "--past-block");
    for row in &past {
        let text = |column: &str| row[column].as_str().unwrap().to_lowercase();
        *found.entry((text("Url"), text("AccountUpn"))).or_default() += 1;
    }
    let tested = program.run(&["rule", "test", "each", "--window", "1d", "--json"]).json();
    let fired = tested["firings"].as_array().unwrap().iter().map(|firing| {
        let text = |name: &str| firing[name].as_str().unwrap().to_owned();
        ((text("url"), text("user")), firing["times"].as_u64().unwrap())
    });
    assert_eq!(found, fired.collect());
    let through = rows_of_a_day(&program, "--clicked-through");
    assert!(past.iter().all(|row| through.contains(row)));
    assert!((1..through.len()).contains(&past.len()), "{} of {}", past.len(), through.len());
    let first = rows(&program, &["--past-block", "--window", "1d", "--limit", "7"]);
    assert_eq!(first, past[..7]);
}

fn rows_of_a_day(program: &Program, flag: &str) -> Vec<Value> {
    rows(program, &[flag, "--window", "1d"])
}

const OWN: &str = "[[rule]]\nname = \"at-host\"\nwhen = \"blocked > 1\"\nby = [\"host\"]\n\
                   over = \"1h\"\n";

/// Alert 1 is about a host, alert 2 about a URL and a user; much beside them is alike.
fn alerted() -> Post {
    let mut post = Post::now(&["contoso", "fabrikam"], &format!("{SOC}{OWN}"));
    let now = post.clock.now();
    let at = |minutes: i64, url: &str, action: &str| {
        click(now.plus(-minutes * MINUTE), "Ann@contoso.example", url, action)
    };
    post.bring("fabrikam", &[at(9, "https://camp.example/9", "ClickBlocked")]);
    post.bring("contoso", &[at(600, "https://camp.example/old", "ClickBlocked")]);
    let camp = ["https://camp.example/1", "HTTPS://CAMP.example/2", "https://a.camp.example/3"];
    post.bring("contoso", &camp.map(|url| at(5, url, "ClickBlocked")));
    post.settle();
    let bob =
        click(now.plus(-2 * MINUTE), "bob@contoso.example", "https://e.example/", "ClickAllowed");
    let alike = ["https://e.example", "https://E.example/", "https://e.example/"];
    let mut rows: Vec<Row> = alike.map(|url| at(2, url, "ClickAllowed")).to_vec();
    rows.push(bob);
    rows.push(through(now.plus(-MINUTE), "BOB@contoso.example", "https://e.example/", ""));
    post.bring("contoso", &rows);
    post.settle();
    assert_eq!(post.open(), ["at-host", "clicked-past-block"]);
    post
}

#[test]
fn the_clicks_of_an_alert_are_those_that_it_is_about() {
    let post = alerted();
    let program = &post.program;
    let both = ["HTTPS://CAMP.example/2", "https://camp.example/1"];
    assert_eq!(urls(program, &["--alert", "1"]), both);
    assert_eq!(urls(program, &["--alert", "1", "--url", both[1]]), [both[1]]);
    let week = urls(program, &["--alert", "1", "--window", "7d"]);
    assert_eq!(week, [both[0], both[1], "https://camp.example/old"]);
    let of_bob = rows(program, &["--alert", "2"]);
    let users: Vec<&Value> = of_bob.iter().map(|row| &row["AccountUpn"]).collect();
    assert_eq!(users, ["BOB@contoso.example", "bob@contoso.example"]);
    for (arguments, code, words) in [
        (["--alert", "77"].as_slice(), 1, "there is no alert 77; see `clickwarden alert list"),
        (&["--alert", "1", "--tenant", "contoso"], 2, "cannot be used with"),
        (&["--alert", "x"], 2, "invalid value"),
    ] {
        let ran = program.run(&[&["clicks"], arguments].concat());
        assert_eq!((ran.code, ran.err.contains(words)), (Some(code), true), "{}", ran.err);
    }
}

#[test]
fn the_evidence_of_an_alert_has_its_clicks_and_the_alert() {
    let post = alerted();
    let program = &post.program;
    let files = unzip(program, &["--alert", "1"]);
    assert_eq!(files["rows.jsonl"].lines().count(), 2);
    let alert: Value = serde_json::from_str(&files["alert.json"]).unwrap();
    let shown = program.run(&["alert", "show", "1", "--json"]).json();
    assert_eq!(alert, shown["standing"]);
    let about: Value = serde_json::from_str(&files["case.json"]).unwrap();
    assert_eq!((&about["asked"], &about["tenants"]), (&json!({ "alert": 1 }), &json!(["contoso"])));
    assert!(files["query.kql"].contains("| where UrlHost == \"camp.example\"\n"));
    assert!(files["README.txt"].contains("\nalert.json "));
    let files = unzip(program, &["--alert", "2", "--window", "7d"]);
    assert_eq!(files["rows.jsonl"].lines().count(), 2);
    assert!(files["query.kql"].contains("| where Url == \"https://e.example/\"\n"));
}

#[test]
fn evidence_without_a_click_is_a_failure_that_leaves_nothing() {
    let post = alerted();
    let path = post.program.folder.path().join("none.zip");
    let until = post.clock.now().plus(-9 * DAY).to_string();
    let command = ["evidence", "--alert", "1", "--until", &until, "-o", path.to_str().unwrap()];
    let ran = post.program.run(&command);
    assert_eq!((ran.code, ran.out.as_str(), path.exists()), (Some(1), "", false));
    assert!(ran.err.contains("nothing was written") && ran.err.contains("--allow-empty"));
    let ran = post.program.run(&[command.as_slice(), &["--allow-empty"]].concat());
    assert_eq!((ran.code, path.exists()), (Some(0), true), "{}", ran.err);
    assert!(ran.out.starts_with("0 clicks, "), "{}", ran.out);
}
