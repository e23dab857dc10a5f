//! A message as large as one wants, with every part that a digest has.

use clickwarden::click::Text;
use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::message::{Block, Content, Fact, Link, MessageKind, Share, Table, Tone, Value};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::reports::{Desk, Passes, at, daily};
use crate::support::Row;

const COLUMNS: [&str; 8] = [
    "URL",
    "Blocked",
    "Allowed",
    "Pending verdict",
    "Error",
    "Clicked through",
    "Clickers",
    "Seen",
];

/// A digest of so many URLs, each of so many characters before it is shortened.
pub fn digest(urls: usize, length: usize) -> Content {
    let urls: Vec<String> = (0..urls).map(|n| url(n, length)).collect();
    Content {
        kind: MessageKind::Digest,
        tenants: vec!["contoso".to_owned()],
        title: "clickwarden daily: 13 clicks went on past a warning".to_owned(),
        preview: "1,674 clicks on 1,150 URLs; 13 went on past a warning, by 9 users.".to_owned(),
        data: json!({ "rows": urls.iter().map(|url| json!({ "Url": url })).collect::<Vec<_>>() }),
        attachment: None,
        blocks: vec![
            words(
                Tone::Warning,
                "The copy matches Defender by counts and fingerprint as of 2026-11-23 07:05 UTC: \
                 23 of 24 hours settled, 1 provisional.",
            ),
            Block::Facts(vec![
                fact("Clicks", 1_674, Some("212 more than the day before"), Tone::Plain),
                fact("URLs", 1_150, None, Tone::Plain),
                fact("Went on past a warning", 13, Some("5 more"), Tone::Bad),
                fact(
                    "Allowed, and named a threat",
                    4,
                    Some("as many as the day before"),
                    Tone::Warning,
                ),
            ]),
            Block::Bar(vec![
                share("Blocked", 93, Tone::Good),
                share("Allowed", 1_530, Tone::Plain),
                share("Pending verdict", 21, Tone::Warning),
                share("Error", 17, Tone::Warning),
                share("Clicked through", 13, Tone::Bad),
            ]),
            heading("Users at risk"),
            users(9),
            heading("URLs"),
            Block::Table(Table {
                columns: COLUMNS.map(str::to_owned).to_vec(),
                rows: urls.iter().enumerate().map(|(n, url)| row(n, url)).collect(),
                left_out: if urls.is_empty() { 0 } else { 1_125 },
                noun: "URLs".to_owned(),
                lister: None,
            }),
            words(Tone::Plain, "1,093 more URLs were clean."),
            heading("Users who clicked again and again"),
            users(5),
            heading("Corrections of earlier digests"),
            corrections(&urls),
            Block::Links(vec![Link {
                label: "Microsoft Defender".to_owned(),
                address: "https://security.microsoft.com".to_owned(),
            }]),
        ],
    }
}

fn url(n: usize, length: usize) -> String {
    let begin = format!("https://parcel-{n}.northwind-payroll.test/login/a/");
    let path = "track/".repeat(length.saturating_sub(begin.len()) / 6);
    format!("{begin}{path}?id=4482&session=0f5e{n}")
}

fn row(n: usize, url: &str) -> Vec<Value> {
    let number = |n: usize| Value::Number(n as u64);
    vec![
        Value::Url(url.to_owned()),
        number(93 / (n + 1)),
        number(53 / (n + 1)),
        number(n % 2),
        number(n % 3),
        number(13 / (n + 1)),
        number(92 / (n + 1)),
        Value::Words(if n.is_multiple_of(3) { "new" } else { "again" }.to_owned()),
    ]
}

fn users(count: u64) -> Block {
    let row = |n| {
        vec![
            Value::Data(format!("ann.lee-{n}@contoso.example")),
            Value::Number(count - n),
            Value::Number(n),
        ]
    };
    Block::Table(Table {
        columns: ["User", "Clicked through", "Allowed with a threat"].map(str::to_owned).to_vec(),
        rows: (0..count).map(row).collect(),
        left_out: 0,
        noun: "users".to_owned(),
        lister: None,
    })
}

fn corrections(urls: &[String]) -> Block {
    let row = |url: &String| {
        vec![
            Value::Url(url.clone()),
            Value::Words("2026-11-20".to_owned()),
            Value::Words("clean".to_owned()),
            Value::Words("risky: 4 clicked through".to_owned()),
        ]
    };
    Block::Table(Table {
        columns: ["URL", "Digest of", "It said", "Now"].map(str::to_owned).to_vec(),
        rows: urls.iter().take(3).map(row).collect(),
        left_out: 0,
        noun: "corrections".to_owned(),
        lister: None,
    })
}

fn words(tone: Tone, words: &str) -> Block {
    Block::Line { tone, parts: vec![Value::Words(words.to_owned())] }
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

fn fact(label: &str, value: u64, change: Option<&str>, tone: Tone) -> Fact {
    Fact { label: label.to_owned(), value, change: change.map(str::to_owned), tone }
}

fn share(label: &str, count: u64, tone: Tone) -> Share {
    Share { label: label.to_owned(), count, tone }
}

/// A digest as the stage itself makes it, of a day with all that can be in one, after a day that it
/// corrects.
pub fn real() -> Content {
    let runtime = Runtime::new().unwrap();
    let start = at("2026-11-19T06:00:00Z");
    let first = at("2026-11-19T07:00:00Z");
    let mut desk = Desk::new(&["contoso"], start, &daily(""));
    let fill = |desk: &Desk, day: Tick, late: bool| {
        desk.fill("contoso", &clicks_of(day, late), Span::new(day, day.plus(DAY)));
    };
    fill(&desk, first.plus(-DAY), false);
    fill(&desk, first, false);
    runtime.block_on(desk.run_until(first.plus(DAY + HOUR), Passes::End));
    // Defender thinks again about some of them.
    fill(&desk, first, true);
    fill(&desk, first.plus(DAY), false);
    runtime.block_on(desk.run_until(first.plus(2 * DAY + HOUR), Passes::End));
    desk.posted().pop().unwrap().content
}

/// Thirty URLs with a bad outcome, the worst first, and a thousand without.
fn clicks_of(day: Tick, late: bool) -> Vec<Row> {
    let host = |n: i64| match n % 4 {
        0 => format!("northwind-payroll-{n}.test"),
        1 => format!("parcel-{n}.delivery-notice.test"),
        2 => format!("login.microsoftonline.com.evil-{n}.test"),
        _ => format!("docs-{n}.test"),
    };
    let mut rows = Vec::new();
    for n in 0..30 {
        let url = format!("https://{}/signin/v2/{n}?token=0f5e{n}#x", host(n));
        let threat = ["Phish", "Malware", "Phish, Malware"][n as usize % 3];
        // Later more of them are known, and that of one a click went through.
        let most = if late && n == 4 { 30 } else { 60 / (n + 1) };
        for click in 0..=most {
            let action = match n {
                6..=9 => "ClickAllowed",
                15 => "UrlErrorPage",
                17 => "UrlScanInProgress",
                _ => "ClickBlocked",
            };
            let user = format!(
                "{}.lee@contoso.example",
                ["ann", "bob", "chris", "dana"][(n + click) as usize % 4]
            );
            let mut row = Row::new(day.plus(n * MINUTE + click * SECOND), &url, action)
                .with(Text::ThreatTypes, threat)
                .with(Text::AccountUpn, &user);
            row.clicked_through = Some(click % 5 == 0 && (n < 6 || late && n == 12));
            rows.push(row);
        }
    }
    let clean = |n: i64| {
        let user = format!("user{}@contoso.example", n % 300);
        let url = format!("https://fine-{n}.example/");
        Row::new(day.plus(2 * HOUR + n * SECOND), &url, "ClickAllowed")
            .with(Text::AccountUpn, &user)
    };
    rows.extend((0..1_000).map(clean));
    rows
}
