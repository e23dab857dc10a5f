//! Hostile strings as attackers write them into URLs and names, and messages made of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use clickwarden::message::{Block, Content, Fact, Link, MessageKind, Share, Table, Tone, Value};
use regex::Regex;
use serde::Deserialize;
use serde_json::json;

/// What stands where live tokens do: in user part, query and fragment of some URLs.
pub const TOKEN: &str = "tok-CANARY";
/// The strings of one message: few enough that any channel has room for all of them.
const AT_ONCE: usize = 9;

/// The corpus: strings by what they try.
#[derive(Deserialize)]
struct Corpus {
    urls: BTreeMap<String, Vec<String>>,
    texts: BTreeMap<String, Vec<String>>,
}

fn corpus() -> Corpus {
    serde_json::from_str(include_str!("../data/hostile.json")).unwrap()
}

/// Every string, those of 100 kB too.
pub fn strings() -> Vec<String> {
    let Corpus { urls, texts } = corpus();
    let written = urls.into_values().chain(texts.into_values()).flatten();
    written.chain(long()).collect()
}

fn long() -> impl Iterator<Item = String> {
    let long = |c: &str| c.repeat(100_000 / c.len());
    [
        format!("https://evil.example/{}", long("a")),
        format!("https://evil.example/?{TOKEN}{}", long("a")),
        format!("https://{TOKEN}{}@evil.example/", long("a")),
        format!("https://{}.evil.example/", long("a")),
        format!("https://evil.example/{}", long("/")),
        format!("https://evil.example/{}", long("%2f")),
        long("x"),
        long("."),
        long("@"),
        long("<"),
        long("\""),
        long("\u{202e}"),
        long("\u{200b}"),
        long("\r\n"),
        long("*_`"),
        long("😀"),
    ]
    .into_iter()
}

/// Messages with every string in each place where text from outside may stand: a URL and a name, in
/// lines and in tables. A URL that carries a token is nobody's name.
pub fn messages() -> Vec<Content> {
    strings().chunks(AT_ONCE).map(message).collect()
}

fn message(strings: &[String]) -> Content {
    let name = |text: &String| {
        Value::Data(if text.contains(TOKEN) { String::new() } else { text.clone() })
    };
    let line = |text: &String| Block::Line {
        tone: Tone::Warning,
        parts: vec![Value::Url(text.clone()), words(" by "), name(text)],
    };
    let row = |text: &String| vec![Value::Url(text.clone()), Value::Number(1), name(text)];
    let mut blocks = vec![
        Block::Facts(vec![Fact {
            label: "Clicks".to_owned(),
            value: 9,
            change: Some("1 more than the day before".to_owned()),
            tone: Tone::Plain,
        }]),
        Block::Bar(vec![Share { label: "Blocked".to_owned(), count: 9, tone: Tone::Good }]),
        Block::Heading("Strings".to_owned()),
    ];
    blocks.extend(strings.iter().map(line));
    blocks.push(Block::Table(Table {
        columns: ["URL", "Clicks", "User"].map(str::to_owned).to_vec(),
        rows: strings.iter().map(row).collect(),
        left_out: 0,
        noun: "URLs".to_owned(),
        lister: None,
    }));
    blocks.push(Block::Code("UrlClickEvents | take 1".to_owned()));
    blocks.push(Block::Links(vec![Link {
        label: "Microsoft Defender".to_owned(),
        address: "https://security.microsoft.com".to_owned(),
    }]));
    Content {
        kind: MessageKind::Digest,
        tenants: vec!["contoso".to_owned()],
        title: "clickwarden: hostile strings".to_owned(),
        preview: "Strings as attackers write them.".to_owned(),
        blocks,
        data: json!({ "strings": strings }),
        attachment: None,
    }
}

fn words(words: &str) -> Value {
    Value::Words(words.to_owned())
}

/// Schemes that work, hosts with their dots, addresses of mail, and characters that do not show or
/// change what does.
static ALIVE: LazyLock<Regex> = LazyLock::new(|| {
    let scheme_or_host =
        r"(?i)https?:\D|://|(//|@|%2f%2f|%40)[\w-]+\.\w|(^|[^\[])@|@([^\]]|$)|//localhost";
    let unseen = r"[[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]--\n]";
    Regex::new(&format!("{scheme_or_host}|{unseen}")).unwrap()
});

static DEAD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"hxxps?://|HXXPS?://").unwrap());

/// Fails if anything in what people are shown could be followed, or hides what stands there, or is
/// a token.
pub fn assert_dead(shown: &str) {
    let rest = DEAD.replace_all(shown, "");
    let alive = ALIVE.find(&rest).map(|found| found.as_str());
    assert_eq!(alive, None, "{shown:?}");
    assert!(!shown.contains(TOKEN), "a token is shown: {shown:?}");
}

#[test]
fn the_corpus_is_as_large_as_it_should_be() {
    let strings = strings();
    let distinct: std::collections::BTreeSet<&String> = strings.iter().collect();
    assert!(distinct.len() == strings.len() && strings.len() >= 150, "{}", strings.len());
    assert!(strings.iter().filter(|text| text.len() >= 99_000).count() > 9);
}
