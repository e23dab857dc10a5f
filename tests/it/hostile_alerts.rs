//! Alerts of hostile clicks, made by the real stage over a real store, through every channel: nothing
//! in them becomes active, nothing of them is lost, and none is too big, be there a thousand.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickwarden::click::{Text, fold};
use clickwarden::clock::{Clock, MINUTE, SECOND, Span, Tick, duration_of};
use clickwarden::deliver::Outcome;
use clickwarden::message::{self, Block, Content};
use clickwarden::rules;
use regex::Regex;
use serde_json::{Value, json};

use crate::alerting::{Post, SOC, click, load, through};
use crate::channel::{self, Line};
use crate::hostile::{TOKEN, assert_dead, strings};
use crate::hostile_chat::{assert_card_dead, assert_slack_dead};
use crate::mail_bytes::{SETTINGS, Sent, assert_inert};
use crate::oracle;
use crate::program::Program;
use crate::rules_told::ONE_RULE;
use crate::slack::assert_within_limits;
use crate::support::{NOW, Row};

/// Alerts by all that a group may be by, besides those of the shipped rules.
pub const RULES: &str = "[[rule]]\nname = \"by-host\"\nby = [\"host\"]\nwhen = \"blocked > 0\"\n\
    [[rule]]\nname = \"by-user\"\nby = [\"user\"]\nwhen = \"blocked > 0\"\n";
/// The most alerts that one message tells of.
const STORM: usize = 1_000;
/// The most bytes of a card.
const CARD: usize = 26 << 10;

/// Where the links of an alert lead besides our own page.
const PORTAL: &str = "https://security.microsoft.com/v2/advanced-hunting";

/// What the stage told of the corpus.
struct Alerts {
    /// A message for each string.
    each: Vec<Content>,
    /// All alerts of all strings, as they are shown by hand.
    shown: Vec<Content>,
    /// A thousand alerts at once.
    storm: Content,
}

static ALERTS: LazyLock<Alerts> = LazyLock::new(|| {
    let (each, shown) = each();
    Alerts { each, shown, storm: storm() }
});

/// A URL that carries a token is nobody's name.
fn name(text: &str) -> &str {
    if text.contains(TOKEN) { "" } else { text }
}

/// Where a link of the corpus leads.
fn chain(text: &str, place: usize) -> Vec<String> {
    let strings = strings();
    vec![strings[(place + 1) % strings.len()].clone(), text.to_owned()]
}

/// Somebody is blocked, and goes on.
pub fn rows(at: Tick, user: &str, url: &str, chain: &[String]) -> [Row; 2] {
    let chain = serde_json::to_string(chain).unwrap();
    let met = click(at, user, url, "ClickBlocked");
    let past = through(at.plus(9 * SECOND), user, url, "ClickBlocked");
    let threat = |row: Row| row.with(Text::ThreatTypes, "Phish").with(Text::UrlChain, &chain);
    [threat(met), threat(past)]
}

fn collect(post: &mut Post, rows: &[Row]) {
    let from = rows[0].at;
    post.clock.advance(duration_of(from.plus(MINUTE).since(post.clock.now())));
    post.answer("contoso", rows, Span::new(from, from.plus(MINUTE)));
    post.pass("contoso", None);
    post.settle();
}

fn each() -> (Vec<Content>, Vec<Content>) {
    let sections = format!("{SOC}group_interval = \"0s\"\n{RULES}");
    let mut post = Post::new(&["contoso"], &sections);
    for (place, text) in strings().iter().enumerate() {
        let at = post.clock.now();
        collect(&mut post, &rows(at, name(text), text, &chain(text, place)));
    }
    let config = load(&post.program);
    let shown = post.alerts().into_iter().map(|alert| {
        post.store.read(|snapshot| rules::describe(snapshot, &config, "contoso", &alert)).unwrap()
    });
    let shown = shown.collect();
    (post.posted().into_iter().map(|posted| posted.content).collect(), shown)
}

/// The strings that are not of 100 kB, over and over, each time another URL and another name.
fn stormy() -> Vec<(String, String)> {
    let short: Vec<String> = strings().into_iter().filter(|text| text.len() < 1_000).collect();
    let one = |n: usize| {
        let text = &short[n % short.len()];
        (format!("{text}{n}"), format!("{n}{}", name(text)))
    };
    (0..STORM).map(one).collect()
}

fn storm() -> Content {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{ONE_RULE}"));
    let at = post.clock.now();
    let rows: Vec<Row> = stormy()
        .iter()
        .flat_map(|(url, user)| rows(at, user, url, std::slice::from_ref(url)))
        .collect();
    collect(&mut post, &rows);
    let [posted] = post.posted().try_into().unwrap();
    posted.content
}

/// One alert, and a thousand in one message.
pub fn two() -> [Content; 2] {
    [ALERTS.each[0].clone(), ALERTS.storm.clone()]
}

fn all() -> impl Iterator<Item = &'static Content> {
    ALERTS.each.iter().chain([&ALERTS.storm])
}

/// The portal's address as the other tests of hostile strings know it.
fn at_the_portal(text: &str) -> String {
    text.replace(PORTAL, "https://security.microsoft.com")
}

/// The groups of a message's alerts: URL, host and user, where they are by them.
fn groups(data: &Value) -> BTreeSet<[Option<&str>; 3]> {
    let alerts = data["alerts"].as_array().unwrap().iter();
    alerts.map(|alert| ["Url", "Host", "User"].map(|key| alert[key].as_str())).collect()
}

/// Fails unless a message tells of a string whole: as a URL, as a name, and where it led.
fn assert_whole(data: &Value, text: &str, place: usize) {
    let (user, groups) = (fold(name(text)), groups(data));
    assert!(
        groups.contains(&[Some(text), None, Some(user.as_str())]),
        "not by URL and user: {text:?}"
    );
    assert!(
        user.is_empty() || groups.contains(&[None, None, Some(user.as_str())]),
        "not by user: {text:?}"
    );
    for alert in data["alerts"].as_array().unwrap().iter().take(5) {
        assert_eq!(alert["Chain"], json!(chain(text, place)));
    }
}

fn assert_stormy(data: &Value) {
    let stormy = stormy();
    let folded: Vec<(&str, String)> =
        stormy.iter().map(|(url, user)| (url.as_str(), fold(user))).collect();
    let expect: BTreeSet<[Option<&str>; 3]> =
        folded.iter().map(|(url, user)| [Some(*url), None, Some(user.as_str())]).collect();
    assert_eq!((groups(data) == expect, expect.len()), (true, STORM));
}

#[test]
fn a_message_is_made_of_each_string() {
    assert_eq!(ALERTS.each.len(), strings().len());
    for (place, (content, text)) in ALERTS.each.iter().zip(strings()).enumerate() {
        assert_whole(&content.data, &text, place);
        assert_dead(&content.title);
        assert_dead(&content.preview);
    }
    assert_stormy(&ALERTS.storm.data);
}

/// Whether every row is there, or it is said that some are not.
fn says_what_it_leaves_out(content: &Content, card: &str) -> bool {
    let rows = content.blocks.iter().map(|block| match block {
        Block::Table(table) => table.rows.len() + 1,
        _ => 0,
    });
    let says = ["more users", "more URLs", "more alerts", ", not shown here", "no room here"];
    rows.sum::<usize>() == card.matches("\"TableRow\"").count()
        || says.iter().any(|words| card.contains(words))
}

#[test]
fn a_card_shows_hostile_alerts_in_plain_runs_only() {
    for layout in ["table", "lines"] {
        let line = Line::new("teams", &format!("layout = {layout:?}"));
        for content in all() {
            let card = line.drawn(content).to_string();
            assert_card_dead(&serde_json::from_str(&at_the_portal(&card)).unwrap());
            let sent = line.receiver.requests().pop().unwrap().body;
            assert!(sent.len() <= CARD, "{} bytes", sent.len());
            assert!(layout == "lines" || says_what_it_leaves_out(content, &card), "{card}");
        }
    }
}

#[test]
fn slack_gets_hostile_alerts_as_plain_text_only() {
    let line = Line::new("slack", "");
    for content in all() {
        let body: Value =
            serde_json::from_str(&at_the_portal(&line.drawn(content).to_string())).unwrap();
        assert_within_limits(&body);
        assert!(assert_slack_dead(&body) > 1);
    }
}

#[test]
fn a_webhook_gets_hostile_alerts_whole() {
    let line = Line::new("webhook", "");
    for (place, (content, text)) in ALERTS.each.iter().zip(strings()).enumerate() {
        assert_whole(&line.drawn(content)["data"]["content"], &text, place);
    }
    assert_stormy(&line.drawn(&ALERTS.storm)["data"]["content"]);
}

#[test]
fn a_file_gets_a_line_for_every_hostile_alert() {
    let program = Program::offline();
    let path = program.folder.path().join("messages.jsonl");
    let settings = format!("type = \"file\"\npath = {path:?}");
    let channel = channel::configured(&program, &settings, &Clock::manual(NOW));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for content in all() {
        let outcome = runtime.block_on(channel::deliver(&channel, content, u32::MAX));
        assert_eq!(outcome, Outcome::Accepted);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), strings().len() + 1);
    for (place, (event, text)) in events.iter().zip(strings()).enumerate() {
        assert_whole(&event["data"]["content"], &text, place);
    }
    assert_stormy(&events.last().unwrap()["data"]["content"]);
}

#[test]
fn hostile_alerts_are_dead_in_every_part_of_a_mail() {
    if oracle::is_skipped() {
        return;
    }
    let contents: Vec<Content> = all().cloned().collect();
    let mails = Sent::new(&contents, SETTINGS).parsed();
    assert_eq!(mails.len(), contents.len());
    for mail in &mails {
        assert_inert(&serde_json::from_str(&at_the_portal(&mail["html"].to_string())).unwrap());
        for shown in [&mail["html"]["text"], &mail["text"]] {
            let shown = shown.as_str().unwrap().replace("\r\n", "\n");
            assert_dead(&shown.replace(&format!(": {PORTAL}\n"), "\n"));
        }
        assert_eq!((&mail["defects"], &mail["ascii"]), (&json!([]), &json!(true)));
        assert_eq!(mail["headers"].as_array().unwrap().len(), 10);
        assert_eq!(mail["recipients"].as_array().unwrap().len(), 2);
        assert!(mail["longest"].as_u64().unwrap() <= 998 && mail["bare"] == 0);
    }
}

/// Spans of code in a line: the corpus has runs of one and of two backticks at most.
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?U)``` .+ ```|`` .+ ``|`[^`]+`").unwrap());

/// What Markdown acts on, unless a backslash stands before it.
static MARKUP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(^|[^\\])[\[<&~!@^$]").unwrap());

#[test]
fn hostile_alerts_are_dead_as_markdown() {
    let envelope = channel::envelope(NOW, u32::MAX);
    let ours = format!("- [Advanced hunting in Defender]({PORTAL})\n");
    for content in ALERTS.shown.iter().chain([&ALERTS.storm]) {
        let markdown = message::markdown::markdown(content, &envelope);
        assert!(markdown.contains(&ours), "{markdown}");
        let markdown = markdown.replace(&ours, "");
        assert_dead(&markdown.replace('\\', ""));
        // Code of ours is indented; in a table, text from outside stands in spans of code.
        let is_text = |line: &&str| !line.starts_with("    ") && !line.starts_with('|');
        for line in markdown.lines().filter(is_text) {
            let line = CODE.replace_all(line, "");
            assert!(!MARKUP.is_match(&line), "{line}");
        }
        for table in markdown.split("\n\n").filter(|block| block.starts_with('|')) {
            let columns = table.lines().next().unwrap().matches('|').count();
            let bars = |line: &str| line.matches('|').count();
            assert!(table.lines().all(|line| bars(line) == columns), "{table}");
        }
    }
}
