//! A whole digest of hostile clicks, made by the real stage over a real store, through every channel:
//! nothing in it becomes active, and nothing of it is lost.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickwarden::click::{Text, fold};
use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::config::Config;
use clickwarden::deliver::Outcome;
use clickwarden::digest::{self, DigestPlan, DigestWindow};
use clickwarden::message::{Block, Content};
use serde_json::{Value, json};

use crate::channel::{self, Line};
use crate::hostile::{TOKEN, assert_dead, strings};
use crate::hostile_chat::{assert_card_dead, assert_slack_dead};
use crate::mail_bytes::{SETTINGS, Sent, assert_inert};
use crate::oracle;
use crate::program::Program;
use crate::reports::{Desk, Passes, at, daily};
use crate::support::{NOW, Row};

/// The strings of a small digest: few enough that every channel shows all of them.
const AT_ONCE: usize = 4;
/// The time that a small digest tells of.
const SLOT: i64 = 15 * MINUTE;
/// On how many URLs each name clicks: as many as make a repeat user.
const CLICKS: usize = 3;

/// The digests: that of the day, which the stage made, and one of each slot of it.
struct Digests {
    day: Content,
    slots: Vec<Content>,
}

static DIGESTS: LazyLock<Digests> = LazyLock::new(Digests::made);

/// The digest of the day.
pub fn of_the_day() -> Content {
    DIGESTS.day.clone()
}

impl Digests {
    fn made() -> Self {
        let (end, until) = (at("2026-11-20T06:00:00Z"), at("2026-11-20T07:00:00Z"));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut desk = Desk::new(&["contoso"], end, &daily("top = 500\nwindow = \"24h\""));
        let day = Span::new(until.plus(-DAY), until);
        desk.fill("contoso", &rows(day), Span::new(day.from.plus(-4 * DAY), end.plus(HOUR)));
        runtime.block_on(async {
            tokio::spawn(async move {
                desk.run_until(until.plus(12 * MINUTE), Passes::End).await;
                let slots = tokio::task::block_in_place(|| slots(&desk, day));
                let [posted] = desk.posted().try_into().unwrap();
                Self { day: posted.content, slots }
            })
            .await
            .unwrap()
        })
    }

    fn all(&self) -> Vec<Content> {
        std::iter::once(&self.day).chain(&self.slots).cloned().collect()
    }
}

/// The digests of strings that are not of 100 kB.
pub fn of_slots() -> Vec<Content> {
    let short = |strings: &Vec<String>| strings.iter().all(|text| text.len() < 1_000);
    let slots = DIGESTS.slots.iter().zip(chunks()).filter(|(_, strings)| short(strings));
    slots.map(|(content, _)| content.clone()).collect()
}

/// The corpus, so many at once.
fn chunks() -> Vec<Vec<String>> {
    strings().chunks(AT_ONCE).map(<[String]>::to_vec).collect()
}

/// A URL that carries a token is nobody's name.
fn name(text: &str) -> &str {
    if text.contains(TOKEN) { "" } else { text }
}

/// The clicks of a day: in each slot every string of a chunk is a URL, and its name clicks on some.
fn rows(day: Span) -> Vec<Row> {
    let slot = |(number, chunk): (i64, Vec<String>)| {
        let from = day.from.plus(number * SLOT);
        let click = |(place, url): (usize, &String)| {
            let names = chunk.iter().cycle().skip(place).take(CLICKS);
            let row = |(turn, user): (usize, &String)| {
                let tick = from.plus((place * CLICKS + turn) as i64 * SECOND);
                through(tick, url, name(user))
            };
            (0..).zip(names).map(row).collect::<Vec<_>>()
        };
        (0..).zip(&chunk).flat_map(click).collect::<Vec<_>>()
    };
    let rows: Vec<Row> = (0..).zip(chunks()).flat_map(slot).collect();
    assert!(rows.last().unwrap().at < day.until.plus(-HOUR), "the corpus needs a longer day");
    rows
}

/// Somebody went on past a block of a known threat.
fn through(at: Tick, url: &str, user: &str) -> Row {
    let mut row = Row::new(at, url, "ClickBlocked")
        .with(Text::ThreatTypes, "Phish")
        .with(Text::AccountUpn, user);
    row.clicked_through = Some(true);
    row
}

/// A digest of each slot, as the stage would make it.
fn slots(desk: &Desk, day: Span) -> Vec<Content> {
    let path = desk.program.folder.path().join("clickwarden.toml");
    let config = Config::load(Some(&path), []).unwrap();
    let draft = |number: usize| {
        let from = day.from.plus(number as i64 * SLOT);
        let span = Span::new(from, from.plus(SLOT));
        let window = DigestWindow { scheduled: day.until, span, missing: Vec::new() };
        let plan = DigestPlan { report: &config.reports[0], exclusions: &[], window: &window };
        desk.store.read(|snapshot| digest::draft(snapshot, &plan)).unwrap().content
    };
    (0..chunks().len()).map(draft).collect()
}

/// The rows of each table.
fn tables(content: &Content) -> Vec<usize> {
    let rows = |block: &Block| match block {
        Block::Table(table) => Some(table.rows.len()),
        _ => None,
    };
    content.blocks.iter().filter_map(rows).collect()
}

/// The texts under `key` in a list of the data.
fn told<'v>(data: &'v Value, list: &str, key: &str) -> BTreeSet<&'v str> {
    data[list].as_array().unwrap().iter().map(|row| row[key].as_str().unwrap()).collect()
}

/// Fails unless every string is there whole: as a URL, and as a name as names are compared.
fn assert_whole(data: &Value, strings: &[String]) {
    let urls: BTreeSet<&str> = strings.iter().map(String::as_str).collect();
    assert!(told(data, "rows", "Url") == urls, "a URL is not as it was");
    let folded: Vec<String> = strings.iter().map(|text| fold(name(text))).collect();
    let names: BTreeSet<&str> =
        folded.iter().map(String::as_str).filter(|n| !n.is_empty()).collect();
    assert!(told(data, "users_at_risk", "User") == names, "a name is not as it was");
}

#[test]
fn a_card_shows_a_hostile_digest_in_plain_runs_only() {
    let line = Line::new("teams", "");
    // The whole day has no room in a card; it shows what fits.
    assert!(assert_card_dead(&line.drawn(&DIGESTS.day)) > 3);
    for content in &DIGESTS.slots {
        let shown = assert_card_dead(&line.drawn(content));
        assert_eq!(shown, tables(content).iter().map(|rows| rows + 1).sum::<usize>());
    }
}

#[test]
fn slack_gets_a_hostile_digest_as_plain_text_only() {
    let line = Line::new("slack", "");
    assert!(assert_slack_dead(&line.drawn(&DIGESTS.day)) > 3);
    for content in &DIGESTS.slots {
        assert_eq!(assert_slack_dead(&line.drawn(content)), content.rows() as usize + 1);
    }
}

#[test]
fn a_webhook_gets_a_hostile_digest_whole() {
    let line = Line::new("webhook", "");
    assert_whole(&line.drawn(&DIGESTS.day)["data"]["content"], &strings());
    for (content, chunk) in DIGESTS.slots.iter().zip(chunks()) {
        assert_whole(&line.drawn(content)["data"]["content"], &chunk);
    }
}

#[tokio::test]
async fn a_file_gets_a_line_for_every_hostile_digest() {
    let program = Program::offline();
    let path = program.folder.path().join("messages.jsonl");
    let settings = format!("type = \"file\"\npath = {path:?}");
    let channel = channel::configured(&program, &settings, &Clock::manual(NOW));
    let contents = std::thread::spawn(|| DIGESTS.all()).join().unwrap();
    for content in &contents {
        assert_eq!(channel::deliver(&channel, content, u32::MAX).await, Outcome::Accepted);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), contents.len());
    for (event, strings) in events.iter().zip(std::iter::once(strings()).chain(chunks())) {
        assert_whole(&event["data"]["content"], &strings);
    }
}

#[test]
fn a_hostile_digest_is_dead_in_every_part_of_a_mail() {
    if oracle::is_skipped() {
        return;
    }
    let contents = DIGESTS.all();
    let mails = Sent::new(&contents, SETTINGS).parsed();
    assert_eq!(mails.len(), contents.len());
    for (mail, content) in mails.iter().zip(&contents) {
        assert_inert(&mail["html"]);
        for shown in [&mail["html"]["text"], &mail["text"]] {
            assert_dead(&shown.as_str().unwrap().replace("\r\n", "\n"));
        }
        assert_eq!(mail["csv"], json!(content.attachment.as_ref().unwrap().csv));
        assert_eq!((&mail["defects"], &mail["ascii"]), (&json!([]), &json!(true)));
        assert_eq!(mail["headers"].as_array().unwrap().len(), 10);
        assert_eq!(mail["recipients"].as_array().unwrap().len(), 2);
        assert!(mail["longest"].as_u64().unwrap() <= 998 && mail["bare"] == 0);
    }
    for (mail, content) in mails.iter().zip(&contents).skip(1) {
        let elements = mail["html"]["elements"].as_array().unwrap();
        let rows = elements.iter().filter(|element| element[1]["class"] == "row line").count();
        assert_eq!(rows, tables(content).iter().sum::<usize>());
    }
}

#[test]
fn the_file_of_a_hostile_digest_is_dead_and_holds_no_formula() {
    for (content, strings) in DIGESTS.all().iter().zip(std::iter::once(strings()).chain(chunks())) {
        let csv = &content.attachment.as_ref().unwrap().csv;
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), strings.len());
        for cell in rows.iter().flatten() {
            assert_dead(cell);
            assert!(!cell.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff20}']));
        }
    }
}
