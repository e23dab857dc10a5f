//! Alerts: what opens one, what does not, and what is told of it.

use std::collections::BTreeMap;

use clickwarden::click::Text;
use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND};
use clickwarden::store::{AlertState, Arrival, Closure, Confidence, Verdict};

use crate::alerting::{Post, SOC, click, monday, through};

const EVIL: &str = "https://evil.example/login?token=secret";

fn judged(verdict: Verdict) -> Closure {
    Closure { verdict, ticket: "INC-1".to_owned(), note: String::new() }
}

#[test]
fn who_clicks_past_a_block_is_told_of_once() {
    let mut post = Post::new(&["contoso"], SOC);
    let at = monday().plus(-MINUTE);
    post.bring("contoso", &[click(at, "ann@contoso.example", EVIL, "ClickBlocked")]);
    post.settle();
    assert_eq!(post.open(), [] as [&str; 0]);
    let past = through(at.plus(9 * SECOND), "Ann@contoso.example", EVIL, "ClickBlocked");
    post.bring("contoso", &[past]);
    post.settle();
    assert_eq!(post.open(), ["clicked-past-block"]);
    let posted = post.posted();
    assert_eq!(posted.len(), 1);
    let content = &posted[0].content;
    assert_eq!(content.title, "High: ann clicked past a block on evil[.]example");
    let alert = &content.data["alerts"][0];
    assert_eq!(
        (alert["Url"].as_str(), alert["User"].as_str()),
        (Some(EVIL), Some("ann@contoso.example"))
    );
    assert_eq!(alert["Counts"]["Blocked"], 2);
    assert_eq!(alert["LetThrough"], serde_json::json!(["ann@contoso.example"]));
    // Nothing more is told, whatever time passes and whoever starts again.
    post.restart();
    post.wait(2 * DAY);
    assert_eq!(post.posted().len(), 1);
}

#[test]
fn the_other_shipped_rules_find_what_they_look_for() {
    let mut post = Post::new(&["contoso"], SOC);
    let at = monday().plus(-HOUR);
    let phish = |second: i64, url: &str| {
        click(at.plus(second * SECOND), "ann", url, "ClickAllowed")
            .with(Text::ThreatTypes, "Spam, Phish")
    };
    post.bring("contoso", &[phish(1, "https://a.example/")]);
    post.settle();
    assert_eq!(post.open(), ["allowed-with-threat"]);
    post.bring("contoso", &[phish(2, "https://b.example/"), phish(3, "https://c.example/")]);
    post.settle();
    assert_eq!(
        post.open(),
        ["allowed-with-threat", "allowed-with-threat", "allowed-with-threat", "repeat-user"]
    );
    let blocked =
        |user: &str| click(at.plus(9 * SECOND), user, "https://camp.example/x", "ClickBlocked");
    post.bring("contoso", &["a", "b", "c", "d"].map(blocked));
    post.settle();
    assert_eq!(post.open().len(), 4);
    post.bring(
        "contoso",
        &[click(at.plus(9 * SECOND), "e", "https://camp.example/y?z", "ClickBlocked")],
    );
    post.settle();
    assert_eq!(post.open()[3], "campaign");
}

#[test]
fn what_was_allowed_and_is_blocked_now_is_news_and_doubtful_where_it_is_old() {
    let mut post = Post::new(&["contoso"], SOC);
    let allowed = click(monday().plus(-30 * HOUR), "ann", "https://new.example/1", "ClickAllowed");
    let old = click(monday().plus(-20 * DAY), "bob", "https://old.example/", "ClickAllowed");
    let fresh = click(monday().plus(-3 * HOUR), "bob", "https://old.example/", "ClickAllowed");
    post.bring("contoso", &[allowed, old, fresh]);
    post.settle();
    assert_eq!(post.open(), [] as [&str; 0]);
    let block = |url: &str| click(monday().plus(-MINUTE), "cid", url, "ClickBlocked");
    post.bring("contoso", &[block("https://new.example/1"), block("https://old.example/")]);
    post.settle();
    let doubts: BTreeMap<_, _> = post
        .alerts()
        .into_iter()
        .map(|alert| (alert.group.host.unwrap(), (alert.severity.name(), alert.confidence)))
        .collect();
    let expect = [
        ("new.example".to_owned(), ("high", Confidence::Normal)),
        ("old.example".to_owned(), ("medium", Confidence::PossibleFalsePositive)),
    ];
    assert_eq!(doubts, BTreeMap::from(expect));
}

#[test]
fn a_verdict_that_comes_late_is_news() {
    let mut post = Post::new(&["contoso"], SOC);
    let at = monday().plus(-20 * HOUR);
    post.bring("contoso", &[click(at, "ann", EVIL, "ClickAllowed")]);
    post.wait(HOUR);
    assert_eq!(post.open(), [] as [&str; 0]);
    post.show("contoso", |rows| rows[0].set(Text::ThreatTypes, "Phish"));
    post.settle();
    assert_eq!(post.open(), ["allowed-with-threat"]);
    assert_eq!(post.alerts()[0].arrival, Arrival::InTime);
}

#[test]
fn history_is_no_news_and_late_finds_go_by_themselves() {
    let mut post = Post::new(&["contoso"], SOC);
    let past =
        |hours: i64, user: &str| through(monday().plus(-hours * HOUR), user, EVIL, "ClickBlocked");
    post.bring("contoso", &[past(49, "before the first pass")]);
    post.settle();
    assert_eq!(post.open(), [] as [&str; 0]);
    post.bring("contoso", &[past(25, "ann"), past(30, "bob"), past(1, "cid")]);
    post.settle();
    let titles: Vec<String> = post.posted().into_iter().map(|one| one.content.title).collect();
    assert_eq!(
        titles,
        [
            "High: cid clicked past a block on evil[.]example",
            "High, found late: ann and bob clicked past a block on evil[.]example"
        ]
    );
}

#[test]
fn an_outage_hides_no_campaign() {
    let mut post = Post::new(&["contoso"], SOC);
    // Four were blocked early, and the fifth within the hour is found hours later.
    let at = monday().plus(-3 * HOUR);
    let blocked = |minute: i64, user: &str| {
        click(at.plus(minute * MINUTE), user, "https://camp.example/", "ClickBlocked")
    };
    post.bring("contoso", &[blocked(0, "a"), blocked(10, "b"), blocked(30, "d"), blocked(40, "e")]);
    post.settle();
    assert_eq!(post.open(), [] as [&str; 0]);
    post.bring("contoso", &[blocked(20, "c")]);
    post.settle();
    assert_eq!(post.open(), ["campaign"]);
}

#[test]
fn closing_decides_what_comes_after() {
    let mut post = Post::new(&["contoso"], SOC);
    let past = |minute: i64, user: &str| {
        through(monday().plus(minute * MINUTE), user, EVIL, "ClickBlocked")
    };
    post.bring("contoso", &[past(-3, "ann"), past(-2, "bob"), past(-1, "cid")]);
    post.settle();
    assert_eq!(post.told(), [(1, 1), (2, 1), (3, 1)]);
    let now = post.clock.now();
    post.store.close_alerts(&[1], &judged(Verdict::TruePositive), now).unwrap();
    post.store.close_alerts(&[2], &judged(Verdict::FalsePositive), now).unwrap();
    post.store.close_alerts(&[3], &judged(Verdict::Benign), now).unwrap();
    post.wait(HOUR);
    post.bring("contoso", &[past(50, "ann"), past(50, "bob"), past(50, "cid")]);
    post.settle();
    let alerts = post.alerts();
    assert_eq!(alerts.len(), 4, "{alerts:#?}");
    assert_eq!(
        (alerts[3].previous, alerts[3].group.user.as_deref()),
        (Some(1), Some("ann")),
        "{alerts:#?}"
    );
    assert_eq!(post.open().len(), 1);
    // After 30 days what was a false alarm is looked at again.
    post.wait(30 * DAY);
    let at = post.clock.now().plus(-MINUTE);
    post.bring("contoso", &[through(at, "bob", EVIL, "ClickBlocked")]);
    post.settle();
    assert_eq!(post.alerts().last().unwrap().previous, Some(2));
}

#[test]
fn an_alert_without_clicks_for_a_month_expires() {
    let mut post = Post::new(&["contoso"], SOC);
    post.bring("contoso", &[through(monday().plus(-MINUTE), "ann", EVIL, "ClickBlocked")]);
    post.wait(29 * DAY);
    assert_eq!(post.open().len(), 1);
    post.wait(2 * DAY);
    let state = post.alerts()[0].state;
    assert!(matches!(state, AlertState::Closed { verdict: Verdict::Expired, .. }), "{state:?}");
}
