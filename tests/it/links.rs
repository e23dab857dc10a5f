//! What programs that make links of text make of ours: every output, drawn from the hostile corpus,
//! has no link but ours.

use std::collections::BTreeSet;
use std::path::Path;

use clickwarden::clock::{MINUTE, SECOND, Span, duration_of};
use clickwarden::deliver;
use clickwarden::message::{Content, Envelope, UrlDisplay, markdown, plain, sample};
use clickwarden::rules;
use regex::Regex;
use serde_json::{Value, json};

use crate::alerting::{Post, SOC, load};
use crate::channel::{self, Line};
use crate::hostile::{self, TOKEN};
use crate::hostile_alerts::{RULES, rows};
use crate::hostile_digest;
use crate::oracle;
use crate::program::Program;
use crate::support::NOW;

/// Where links of ours lead.
const PORTAL: &str = "https://security.microsoft.com";

/// What is no link that could do harm, and why.
const EXCEPTIONS: [(&str, &str, &str); 3] = [
    ("Autolinker", r"(?i)^hxxps?://", "it links any scheme; nothing opens this one"),
    (
        "Autolinker|Rocket.Chat",
        r"^tel:\+?\d+$",
        "they link any number that may be somebody's telephone",
    ),
    (
        "linkifyjs|urlextract",
        "^(http://)?localhost$",
        "they link the word itself; it leads to the reader's own machine",
    ),
];

/// Of so many alerts one is drawn in full.
const IN_FULL: usize = 8;

/// A text that people are shown, by how it is read.
struct Output {
    name: String,
    kind: &'static str,
    text: String,
}

/// Strings short enough that a channel has room for them whole.
fn strings() -> Vec<String> {
    hostile::strings().into_iter().filter(|text| text.len() < 1_000).collect()
}

fn name(text: &str) -> &str {
    if text.contains(TOKEN) { "" } else { text }
}

/// A store in which everybody clicked everything of the corpus, and what the stage told of it.
fn clicked() -> (Post, Vec<Content>) {
    let mut post = Post::now(&["contoso"], &format!("{SOC}group_interval = \"0s\"\n{RULES}"));
    let from = post.clock.now().plus(-2 * MINUTE);
    let click = |(place, text): (i64, &String)| {
        rows(from.plus(place * SECOND / 4), name(text), text, &[text.clone(), text.clone()])
    };
    let all: Vec<_> = (0..).zip(&strings()).flat_map(click).collect();
    post.answer("contoso", &all, Span::new(from, from.plus(2 * MINUTE)));
    post.clock.advance(duration_of(2 * MINUTE));
    post.pass("contoso", None);
    post.settle();
    let config = load(&post.program);
    let alerts = post.alerts().into_iter().filter(|alert| alert.rule == "clicked-past-block");
    let describe = |alert| {
        post.store.read(|snapshot| rules::describe(snapshot, &config, "contoso", &alert)).unwrap()
    };
    // In full so many as are told in time; all of them stand in what was posted.
    let mut told: Vec<Content> = alerts.step_by(IN_FULL).map(describe).collect();
    assert!(told.len() > 100 / IN_FULL, "{}", told.len());
    told.extend(post.posted().into_iter().map(|posted| posted.content));
    (post, told)
}

/// What the command line prints for people.
fn printed(program: &Program) -> Vec<Output> {
    let commands: [(&'static str, &[&str]); 8] = [
        ("text", &["clicks", "--limit", "1000"]),
        ("text", &["summary", "--limit", "1000"]),
        ("markdown", &["summary", "--limit", "1000", "--format", "md"]),
        ("html", &["summary", "--limit", "1000", "--format", "html"]),
        ("text", &["alert", "list", "--limit", "1000"]),
        ("text", &["alert", "show", "1"]),
        ("text", &["rule", "test", "clicked-past-block", "--limit", "1000"]),
        ("text", &["status"]),
    ];
    let print = |(kind, arguments): (&'static str, &[&str])| {
        let ran = program.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        Output { name: arguments.join(" "), kind, text: ran.out }
    };
    commands.into_iter().map(print).collect()
}

/// All that a channel, or a command, draws of a message.
fn drawn(name: &str, contents: &[Content]) -> Vec<Output> {
    let lines = [
        ("card", Line::new("teams", "layout = \"table\"")),
        ("card of lines", Line::new("teams", "layout = \"lines\"")),
        ("Slack", Line::new("slack", "")),
    ];
    let mut all = Vec::new();
    for content in contents {
        let cut = channel::envelope(NOW, u32::MAX);
        for envelope in [&cut, &Envelope { urls: UrlDisplay::Full, ..cut.clone() }] {
            let urls = format!("{name}, {:?}", envelope.urls);
            all.extend([
                ("text", format!("{urls}, mail"), plain::text(content, envelope)),
                ("html", format!("{urls}, mail as HTML"), deliver::html(content, envelope)),
                ("markdown", format!("{urls}, Markdown"), markdown::markdown(content, envelope)),
            ]);
        }
        for (kind, line) in &lines {
            let mut texts = Vec::new();
            gather(&line.drawn(content), &mut texts);
            all.push(("text", format!("{name}, {kind}"), texts.join("\n")));
        }
    }
    all.into_iter().map(|(kind, name, text)| Output { name, kind, text }).collect()
}

/// Every text of a card or a message of Slack, but for the addresses of its buttons.
fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.replace('\u{200b}', "")),
        Value::Array(values) => values.iter().for_each(|value| gather(value, texts)),
        Value::Object(object) => {
            let ours = ["url", "$schema", "contentType"];
            let shown = object.iter().filter(|(key, _)| !ours.contains(&key.as_str()));
            shown.for_each(|(_, value)| gather(value, texts));
        }
        _ => {}
    }
}

fn outputs() -> Vec<Output> {
    let (post, told) = clicked();
    let mut all = printed(&post.program);
    all.extend(drawn("alert", &told));
    all.extend(drawn("digest", &hostile_digest::of_slots()));
    // Each string in a line and in a table.
    let messages = hostile::messages()
        .into_iter()
        .filter(|message| message.data["strings"].as_array().unwrap().iter().all(is_short));
    all.extend(drawn("message", &messages.collect::<Vec<_>>()));
    all
}

fn is_short(text: &Value) -> bool {
    text.as_str().unwrap().len() < 1_000
}

/// What every judge must make links of, or it is none.
fn control() -> Vec<Output> {
    let text = "see http://evil.example.com/a.zip and https://evil.com/ by ann@evil.com";
    let of = |kind| Output { name: "control".to_owned(), kind, text: text.to_owned() };
    vec![of("text"), of("markdown")]
}

fn is_ours(found: &Value) -> bool {
    let text = |key: &str| found[key].as_str().unwrap();
    let excused = |(judge, link, _): &(&str, &str, &str)| {
        judge.split('|').any(|judge| text("judge") == judge)
            && Regex::new(link).unwrap().is_match(text("link"))
    };
    let link = text("link");
    link.strip_prefix(PORTAL).is_some_and(|rest| rest.is_empty() || rest.starts_with("/v2/"))
        || EXCEPTIONS.iter().any(excused)
}

fn assert_no_links(outputs: &[Output], judges: &[&str], found: &[Value]) {
    let (control, found): (Vec<&Value>, Vec<&Value>) =
        found.iter().partition(|found| found["output"] == "control");
    let awake: BTreeSet<&str> =
        control.iter().map(|found| found["judge"].as_str().unwrap()).collect();
    assert_eq!(awake, judges.iter().copied().collect(), "of {} outputs", outputs.len());
    let links: Vec<_> = found.into_iter().filter(|found| !is_ours(found)).collect();
    let first: Vec<String> = links.iter().take(20).map(ToString::to_string).collect();
    assert!(links.is_empty(), "{} links:\n{}", links.len(), first.join("\n"));
}

fn judged(outputs: &[Output], lane: &str, python: &Path) -> (Vec<Value>, Vec<Value>) {
    let control = control();
    let asked = outputs
        .iter()
        .chain(&control)
        .map(|Output { name, kind, text }| json!({ "name": name, "kind": kind, "text": text }));
    let asked = Value::Array(asked.collect());
    (oracle::links_of_node(lane, &asked), oracle::links_of_python(python, lane, &asked))
}

const NODE: [&str; 8] = [
    "linkify-it 5",
    "linkify-it 6",
    "linkifyjs",
    "anchorme",
    "Autolinker",
    "markdown-it",
    "marked",
    "micromark",
];
const PYTHON: [&str; 4] = ["bleach", "urlextract", "linkify-it-py", "Jinja2"];

#[test]
fn nothing_hostile_becomes_a_link() {
    if oracle::is_skipped() {
        return;
    }
    let outputs = outputs();
    let (node, python) = judged(&outputs, "fast", &oracle::python());
    assert_no_links(&outputs, &NODE, &node);
    assert_no_links(&outputs, &PYTHON, &python);
    assert_no_hashes(&outputs);
}

/// With judges that take longer to install, or to read: `tests/long links` runs it.
#[test]
#[ignore = "tests/long links installs what it needs"]
fn nothing_hostile_becomes_a_link_to_slower_judges() {
    let outputs = outputs();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (node, python) =
        judged(&outputs, "long", &root.join("target/oracle-long/links/bin/python"));
    assert_no_links(&outputs, &[&NODE[..], &["Rocket.Chat"]].concat(), &node);
    assert_no_links(&outputs, &[&PYTHON[..], &["Django", "urlscan"]].concat(), &python);
    println!(
        "{} outputs, {} links in them, all of ours or excused",
        outputs.len(),
        node.len() + python.len()
    );
}

/// MISP's free-text import (2.4, app/Lib/Tools/ComplexTypeTool.php) splits a text at blanks, commas,
/// semicolons and angles, takes what stands in quotes besides, and makes a hash of a file of each word of
/// 32, 40, 56, 64, 96 or 128 hexadecimal digits.
fn assert_no_hashes(outputs: &[Output]) {
    let hash = Regex::new(r#"(^|[\s,;<>"'`])([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})($|[\s,;<>"'`)])"#).unwrap();
    for Output { name, text, .. } in outputs {
        let found = hash.find(text).map(|found| found.as_str());
        assert_eq!(found, None, "{name}");
    }
}

#[test]
fn an_id_and_a_hash_are_no_indicators() {
    let envelope = channel::envelope(NOW, u32::MAX);
    let text = plain::text(&sample(), &envelope);
    assert!(
        text.ends_with("clickwarden, message 01234567-89ab-cdef-0123-456789abcdef\n"),
        "{text}"
    );
    let of = |text: &str| Output { name: text.to_owned(), kind: "text", text: text.to_owned() };
    assert_no_hashes(&[of(&text)]);
    let bare = std::panic::catch_unwind(|| assert_no_hashes(&[of(channel::ID)]));
    assert!(bare.is_err(), "the judge is awake");
}
