//! A harmless message with every kind of block: shows that a sink works, and what it looks like.

use super::content::{
    Attachment, Block, Content, Fact, Link, MessageKind, Share, Table, Tone, Value,
};

/// What a digest tells programs, invented: a template that reads it can be tried.
const DIGEST_DATA: &str = include_str!("sample/data.json");

/// What an alert tells programs, likewise.
const ALERT_DATA: &str = include_str!("sample/alert.json");

/// A message that has what an alert tells programs, and nothing for people.
pub fn sample_alert() -> Content {
    Content {
        kind: MessageKind::Alert,
        tenants: Vec::new(),
        title: "High: ann clicked past a block on evil[.]example".to_owned(),
        preview: "1 click past a block within 24 hours, last click 2026-11-22 15:00:00 UTC."
            .to_owned(),
        blocks: Vec::new(),
        data: serde_json::from_str(ALERT_DATA).unwrap_or_default(),
        attachment: None,
    }
}

impl Content {
    /// The same marked as a test, for people and programs, so that nobody acts on it.
    #[must_use]
    pub fn as_test(mut self) -> Self {
        let words =
            "This is a TEST with invented clicks. Nobody clicked anything: there is nothing to do.";
        let parts = vec![Value::Words(words.to_owned())];
        self.blocks.insert(0, Block::Line { tone: Tone::Warning, parts });
        self.title = format!("TEST: {}", self.title);
        self.preview = format!("TEST with invented clicks: {}", self.preview);
        if let Some(data) = self.data.as_object_mut() {
            data.insert("test".to_owned(), true.into());
        }
        self
    }
}

/// The message.
pub fn sample() -> Content {
    Content {
        kind: MessageKind::Sample,
        tenants: Vec::new(),
        title: "clickwarden: this sink works".to_owned(),
        preview: "A test message with invented numbers. Nobody clicked anything.".to_owned(),
        blocks: vec![
            Block::Line {
                tone: Tone::Good,
                parts: vec![Value::Words(
                    "This is a test with invented numbers: nobody clicked anything.".to_owned(),
                )],
            },
            Block::Heading("How clicks ended".to_owned()),
            Block::Facts(vec![
                fact("Clicks", 1_234, Some("+56 vs previous 24 hours"), Tone::Plain),
                fact("Clicked past a block", 1, None, Tone::Bad),
            ]),
            Block::Bar(vec![
                share("Blocked", 25, Tone::Good),
                share("Allowed", 1_200, Tone::Plain),
                share("Pending verdict", 5, Tone::Warning),
                share("Error", 3, Tone::Warning),
                share("Clicked through", 1, Tone::Bad),
            ]),
            Block::Heading("URLs".to_owned()),
            Block::Table(table()),
            Block::Heading("To look further".to_owned()),
            Block::Code(
                "UrlClickEvents\n| where hash_sha256(Url) startswith \"5d41402abc4b\"".to_owned(),
            ),
            Block::Links(vec![Link {
                label: "Microsoft Defender".to_owned(),
                address: "https://security.microsoft.com".to_owned(),
            }]),
        ],
        data: serde_json::from_str(DIGEST_DATA).unwrap_or_default(),
        attachment: Some(Attachment {
            name: "sample.csv".to_owned(),
            csv: "\u{feff}\"Url\",\"Blocked\"\r\n\"hxxps://evil[.]example/\",2\r\n".to_owned(),
        }),
    }
}

fn fact(label: &str, value: u64, change: Option<&str>, tone: Tone) -> Fact {
    Fact { label: label.to_owned(), value, change: change.map(str::to_owned), tone }
}

fn share(label: &str, count: u64, tone: Tone) -> Share {
    Share { label: label.to_owned(), count, tone }
}

fn table() -> Table {
    let row = |url: &str, blocked, through, user: &str| {
        vec![
            Value::Url(url.to_owned()),
            Value::Number(blocked),
            Value::Number(through),
            Value::Data(user.to_owned()),
        ]
    };
    Table {
        columns: ["URL", "Blocked", "Clicked through", "User"].map(str::to_owned).to_vec(),
        rows: vec![
            row("https://evil.example/login?token=0123456789", 24, 1, "ann@contoso.example"),
            row("https://parcel.example/track", 1, 0, "bob@contoso.example"),
        ],
        left_out: 3,
        noun: "URLs".to_owned(),
        lister: None,
    }
}
