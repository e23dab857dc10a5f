//! Who is told of alerts, when, and how often.

use std::time::Duration;

use clickwarden::click::Text;
use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND};
use clickwarden::store::{ClaimResult, Closure, NewMessage, NewSilence, Owner, Priority, Verdict};

use crate::alerting::{Post, SOC, click, monday, through};
use crate::reports::file_sink;

const EVIL: &str = "https://evil.example/";
/// Only one rule is on.
pub const ONE_RULE: &str = "[[rule]]\nname = \"allowed-with-threat\"\nenabled = false\n\
    [[rule]]\nname = \"allowed-then-blocked\"\nenabled = false\n\
    [[rule]]\nname = \"campaign\"\nenabled = false\n\
    [[rule]]\nname = \"repeat-user\"\nenabled = false\n";

fn past(post: &mut Post, tenant: &str, user: &str) {
    let at = post.clock.now().plus(-SECOND);
    post.bring(tenant, &[through(at, user, EVIL, "ClickBlocked")]);
    post.settle();
}

fn numbers(told: &[(i64, i64)]) -> Vec<i64> {
    told.iter().map(|(_, number)| *number).collect()
}

#[test]
fn a_storm_is_one_message_a_sink() {
    let sinks = format!("{}{}", file_sink("a", "shared = true"), file_sink("b", "shared = true"));
    let mut post =
        Post::new(&["contoso"], &format!("{sinks}[alerts]\nsinks = [\"a\", \"b\"]\n{ONE_RULE}"));
    let rows: Vec<_> = (0..1_000)
        .map(|n| through(monday().plus(-MINUTE + n), &format!("u{n}"), EVIL, "ClickBlocked"))
        .collect();
    post.bring("contoso", &rows);
    post.settle();
    let posted = post.posted();
    let sinks: Vec<&str> = posted.iter().map(|one| one.sink.as_str()).collect();
    assert_eq!(sinks, ["a", "b"]);
    assert_ne!(posted[0].id, posted[1].id);
    for one in &posted {
        assert_eq!(one.content.data["alerts"].as_array().unwrap().len(), 1_000);
        assert_eq!(one.content.title, "High: 1,000 users clicked past a block on evil[.]example");
        assert_eq!(one.content.rows(), 1_000);
    }
}

#[test]
fn later_alerts_of_a_rule_go_together() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}group_interval = \"5m\"\n{ONE_RULE}"));
    past(&mut post, "contoso", "a");
    assert_eq!(post.posted().len(), 1);
    post.wait(MINUTE);
    past(&mut post, "contoso", "b");
    post.wait(MINUTE);
    past(&mut post, "contoso", "c");
    assert_eq!(post.posted().len(), 1);
    post.wait(3 * MINUTE);
    assert_eq!(post.told(), [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(post.posted().len(), 2);
}

#[test]
fn an_alert_is_told_again_for_new_clicks_only_and_not_too_soon() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    past(&mut post, "contoso", "a");
    post.wait(2 * DAY);
    assert_eq!(numbers(&post.told()), [1]);
    past(&mut post, "contoso", "a");
    assert_eq!(numbers(&post.told()), [1, 2]);
    assert_eq!(post.posted()[1].content.data["alerts"][0]["Why"], "more clicks came");
    post.wait(HOUR);
    past(&mut post, "contoso", "a");
    post.wait(22 * HOUR);
    assert_eq!(numbers(&post.told()), [1, 2]);
    post.wait(HOUR);
    assert_eq!(numbers(&post.told()), [1, 2, 3]);
    // A row that changed is no new click.
    post.wait(2 * DAY);
    post.show("contoso", |rows| {
        for row in rows {
            row.set(Text::ThreatTypes, "Phish");
        }
    });
    post.wait(2 * DAY);
    assert_eq!(numbers(&post.told()), [1, 2, 3]);
}

#[test]
fn a_click_that_the_rule_does_not_ask_for_is_no_news_of_a_alert() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    past(&mut post, "contoso", "a");
    post.wait(20 * HOUR);
    // Blocked again and not gone on: the rule still holds, for what happened before.
    let at = post.clock.now().plus(-SECOND);
    post.bring("contoso", &[click(at, "a", EVIL, "ClickBlocked")]);
    post.wait(10 * HOUR);
    assert_eq!(numbers(&post.told()), [1]);
}

#[test]
fn who_has_a_alert_in_hand_hears_no_more_of_it() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    past(&mut post, "contoso", "a");
    post.store.acknowledge_alerts(&[1], "ann").unwrap();
    post.wait(2 * DAY);
    past(&mut post, "contoso", "a");
    post.wait(2 * DAY);
    assert_eq!(numbers(&post.told()), [1]);
    assert_eq!(post.alerts()[0].owner, "ann");
}

#[test]
fn a_silence_keeps_back_and_tells_once_when_it_ends() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    let silence = |post: &Post, host: &str| NewSilence {
        host: Some(host.to_owned()),
        until: post.clock.now().plus(3 * HOUR),
        reason: "drill".to_owned(),
        ..NewSilence::default()
    };
    let now = post.clock.now();
    post.store.add_silence(&silence(&post, "evil.example"), now).unwrap();
    past(&mut post, "contoso", "a");
    let other = through(now.plus(-MINUTE), "a", "https://other.example/", "ClickBlocked");
    post.bring("contoso", &[other]);
    post.wait(2 * HOUR);
    assert_eq!(post.told(), [(2, 1)]);
    post.wait(2 * HOUR);
    assert_eq!(post.told(), [(2, 1), (1, 1)]);
    // What was told before and has no new click is not told again, however many silences end.
    for _ in 0..3 {
        let now = post.clock.now();
        let id = post.store.add_silence(&silence(&post, "other.example"), now).unwrap();
        post.wait(HOUR);
        assert!(post.store.end_silence(id, post.clock.now()).unwrap());
        post.restart();
        post.wait(2 * DAY);
    }
    assert_eq!(post.told(), [(2, 1), (1, 1)]);
}

#[test]
fn the_end_of_a_silence_tells_what_would_have_been_told_meanwhile() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    let silence = |post: &mut Post, length: i64| {
        let now = post.clock.now();
        let until = now.plus(length);
        let silence = NewSilence { until, reason: "drill".to_owned(), ..NewSilence::default() };
        post.store.add_silence(&silence, now).unwrap();
    };
    past(&mut post, "contoso", "a");
    // More clicks come, and would have been told 24 hours after the first.
    silence(&mut post, 30 * HOUR);
    post.wait(HOUR);
    past(&mut post, "contoso", "a");
    post.wait(28 * HOUR);
    assert_eq!(numbers(&post.told()), [1]);
    post.wait(2 * HOUR);
    assert_eq!(numbers(&post.told()), [1, 2]);
    assert_eq!(post.posted()[1].content.data["alerts"][0]["Why"], "a silence ended");
    // More clicks come, and it is not time to tell of them when the silence ends.
    silence(&mut post, 2 * HOUR);
    past(&mut post, "contoso", "a");
    post.wait(20 * HOUR);
    assert_eq!(numbers(&post.told()), [1, 2]);
    post.wait(5 * HOUR);
    assert_eq!(numbers(&post.told()), [1, 2, 3]);
    assert_eq!(post.posted()[2].content.data["alerts"][0]["Why"], "more clicks came");
}

#[test]
fn nothing_of_one_tenant_reaches_a_sink_of_another() {
    let sinks = format!(
        "{}{}{}",
        file_sink("one", "tenants = [\"a\"]"),
        file_sink("two", "tenants = [\"b\"]"),
        file_sink("all", "shared = true")
    );
    let names = "[alerts]\nsinks = [\"one\", \"two\", \"all\"]\n";
    let mut post = Post::new(&["a", "b"], &format!("{sinks}{names}{ONE_RULE}"));
    for tenant in ["a", "b"] {
        past(&mut post, tenant, &format!("user-of-{tenant}"));
    }
    let mut got: Vec<(String, String)> = post
        .posted()
        .into_iter()
        .map(|one| {
            let other = if one.content.tenants == ["a"] { "user-of-b" } else { "user-of-a" };
            assert!(!format!("{:?}", one.content).contains(other));
            (one.sink, one.content.tenants.join(""))
        })
        .collect();
    got.sort();
    let expect = [("all", "a"), ("all", "b"), ("one", "a"), ("two", "b")];
    assert_eq!(got, expect.map(|(a, b)| (a.to_owned(), b.to_owned())));
    // The sink is taken from a tenant while it is owed something.
    post.reconfigure("tenants = [\"a\"]", "tenants = [\"b\"]");
    post.wait(2 * DAY);
    past(&mut post, "a", "user-of-a");
    let to_one = post.posted().into_iter().filter(|posted| posted.sink == "one").count();
    assert_eq!(to_one, 1);
}

#[test]
fn a_sink_hears_of_nothing_below_its_severity() {
    let sinks = format!(
        "{}{}",
        file_sink("all", "shared = true"),
        file_sink("worst", "shared = true\nmin_severity = \"high\"")
    );
    let mut post =
        Post::new(&["contoso"], &format!("{sinks}[alerts]\nsinks = [\"all\", \"worst\"]\n"));
    let at = monday().plus(-MINUTE);
    let blocked = |user: &str| click(at, user, EVIL, "ClickBlocked");
    post.bring("contoso", &["a", "b", "c", "d", "e"].map(blocked));
    post.settle();
    let to: Vec<String> = post.posted().into_iter().map(|one| one.sink).collect();
    assert_eq!(to, ["all"]);
}

#[test]
fn alerts_go_before_digests() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    let now = post.clock.now();
    let content = clickwarden::message::sample();
    let delivery = clickwarden::store::Delivery {
        message: "digest".to_owned(),
        sink: "soc".to_owned(),
        recipient: String::new(),
    };
    let deliveries = [delivery];
    let digest =
        NewMessage { content: &content, deliveries: &deliveries, priority: Priority::Digest };
    post.store.enqueue(&digest, now).unwrap();
    past(&mut post, "contoso", "a");
    let turn = post.store.claim_message("soc", &Owner::here(), now).unwrap();
    let ClaimResult::Deliver(claimed) = turn else { panic!("{turn:?}") };
    assert_ne!(claimed.message, "digest");
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    past(&mut post, "contoso", "a");
    post.clock.set_by(-DAY);
    past(&mut post, "contoso", "b");
    post.wait(10 * MINUTE);
    assert_eq!(post.told(), [(1, 1), (2, 1)]);
}

/// What the model knows of an alert.
#[derive(Clone, Debug)]
struct Known {
    user: usize,
    open: bool,
    owned: bool,
    quiet_until: i64,
    last: i64,
    told: i64,
    told_at: i64,
    owed: Owed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owed {
    Nothing,
    Opened,
    More,
}

/// A plain model of alerts of one rule and one sink, with times in minutes.
#[derive(Default)]
struct Model {
    alerts: Vec<Known>,
    /// User (or everybody), end.
    silences: Vec<(Option<usize>, i64)>,
    flow: Option<i64>,
    told: Vec<(i64, i64)>,
}

impl Model {
    fn click(&mut self, user: usize, now: i64) {
        self.expire(now);
        let new = Known {
            last: now,
            user,
            open: true,
            owned: false,
            quiet_until: 0,
            told: 0,
            told_at: 0,
            owed: Owed::Opened,
        };
        match self.alerts.iter_mut().rev().find(|alert| alert.user == user) {
            Some(alert) if alert.open => {
                alert.last = now;
                if alert.owed == Owed::Nothing && !alert.owned {
                    alert.owed = Owed::More;
                }
            }
            Some(alert) if now < alert.quiet_until => {}
            _ => self.alerts.push(new),
        }
    }

    fn expire(&mut self, now: i64) {
        for alert in &mut self.alerts {
            if alert.open && alert.last + 30 * 24 * 60 <= now {
                (alert.open, alert.owed, alert.quiet_until) = (false, Owed::Nothing, 0);
            }
        }
    }

    fn settle(&mut self, now: i64) {
        self.expire(now);
        // The end of a silence makes nothing to tell: it lets go of what was to be told meanwhile.
        let flows = self.flow.is_none_or(|flow| flow + 5 <= now);
        let silences = &self.silences;
        let silent = |user: usize| {
            silences.iter().any(|(of, until)| now < *until && of.is_none_or(|of| of == user))
        };
        let mut due = Vec::new();
        for (place, alert) in self.alerts.iter_mut().enumerate() {
            let waits = alert.owed == Owed::More && now < alert.told_at + 24 * 60;
            if !alert.open
                || alert.owned
                || alert.owed == Owed::Nothing
                || waits
                || !flows
                || silent(alert.user)
            {
                continue;
            }
            (alert.owed, alert.told, alert.told_at) = (Owed::Nothing, alert.told + 1, now);
            due.push((place as i64 + 1, alert.told));
        }
        if !due.is_empty() {
            self.flow = Some(now);
            self.told.extend(due);
        }
    }
}

#[test]
fn alerts_take_any_order_of_events() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..8 {
        let mut post =
            Post::new(&["contoso"], &format!("{SOC}group_interval = \"5m\"\n{ONE_RULE}"));
        let mut model = Model::default();
        let mut now = 0;
        for _ in 0..60 {
            random_event(&mut random, &mut post, &mut model, now);
            let wait = [0, 5, 5, 30, 300, 1_500, 15_000][random.usize(..7)];
            let until = now + wait;
            loop {
                post.settle();
                model.settle(now);
                if now >= until {
                    break;
                }
                let step: u32 = if wait > 300 { 60 } else { 5 };
                now += i64::from(step);
                post.clock.advance(Duration::from_mins(step.into()));
            }
            assert_eq!(post.told(), model.told, "seed {seed} at minute {now}");
        }
    }
}

fn random_event(random: &mut fastrand::Rng, post: &mut Post, model: &mut Model, now: i64) {
    let user = random.usize(..3);
    let name = format!("u{user}");
    let at = post.clock.now();
    let open = model.alerts.iter().rposition(|alert| alert.user == user && alert.open);
    match random.usize(..10) {
        0..=4 => {
            post.bring("contoso", &[through(at.plus(-SECOND), &name, EVIL, "ClickBlocked")]);
            model.click(user, now);
        }
        5 => {
            let of = [None, Some(user)][random.usize(..2)];
            let minutes = 5 * random.i64(1..200);
            let silence = NewSilence {
                user: of.map(|_| name.clone()),
                until: at.plus(minutes * MINUTE),
                reason: "test".to_owned(),
                ..NewSilence::default()
            };
            post.store.add_silence(&silence, at).unwrap();
            model.silences.push((of, now + minutes));
        }
        6 => {
            if let Some(place) = open {
                post.store.acknowledge_alerts(&[place as i64 + 1], "somebody").unwrap();
                let alert = &mut model.alerts[place];
                (alert.owned, alert.owed) = (true, Owed::Nothing);
            }
        }
        7 | 8 => {
            if let Some(place) = open {
                let verdict = [Verdict::TruePositive, Verdict::FalsePositive, Verdict::Benign]
                    [random.usize(..3)];
                let closure = Closure { verdict, ticket: String::new(), note: String::new() };
                post.store.close_alerts(&[place as i64 + 1], &closure, at).unwrap();
                let alert = &mut model.alerts[place];
                let quiet = if verdict == Verdict::TruePositive { 0 } else { now + 30 * 24 * 60 };
                (alert.open, alert.owed, alert.quiet_until) = (false, Owed::Nothing, quiet);
            }
        }
        _ => post.restart(),
    }
}
