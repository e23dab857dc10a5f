//! Messages of any shape, as kinds of content to come may have it: each stays within the limits of
//! every chat, says what it leaves out, and is drawn the same again.

use clickwarden::clock::Clock;
use clickwarden::message::{Block, Content, Fact, Link, MessageKind, Share, Table, Tone, Value};
use fastrand::Rng;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::channel::Line;
use crate::hostile;
use crate::slack::assert_within_limits;
use crate::support::NOW;

/// Contents, invented by a number.
struct Inventor {
    random: Rng,
    strings: Vec<String>,
}

impl Inventor {
    fn new() -> Self {
        // The longest ones go through every chat elsewhere; here they would only take time.
        let strings = hostile::strings().into_iter().filter(|text| text.len() < 1_000).collect();
        Self { random: Rng::new(), strings }
    }

    fn content(&mut self, seed: u64) -> Content {
        self.random = Rng::with_seed(seed);
        let most = [3, 12, 70][self.random.usize(..3)];
        let blocks = (0..self.random.usize(..most)).map(|_| self.block()).collect();
        Content {
            kind: MessageKind::Digest,
            tenants: vec!["contoso".to_owned()],
            title: "clickwarden: any content".to_owned(),
            preview: "Whatever there may be to tell.".to_owned(),
            blocks,
            data: json!({}),
            attachment: None,
        }
    }

    fn words(&mut self) -> String {
        "words of ours ".repeat(self.random.usize(..40))
    }

    fn value(&mut self) -> Value {
        let hostile = self.strings[self.random.usize(..self.strings.len())].clone();
        match self.random.u8(..4) {
            0 => Value::Words(self.words()),
            1 => Value::Number(self.random.u64(..)),
            2 => Value::Url(hostile),
            // A token is no name's part.
            _ => Value::Data(hostile.replace(hostile::TOKEN, "")),
        }
    }

    fn values(&mut self, most: usize) -> Vec<Value> {
        (0..self.random.usize(..=most)).map(|_| self.value()).collect()
    }

    fn tone(&mut self) -> Tone {
        [Tone::Good, Tone::Plain, Tone::Warning, Tone::Bad][self.random.usize(..4)]
    }

    fn block(&mut self) -> Block {
        match self.random.u8(..8) {
            0 => Block::Heading(self.words()),
            1 => Block::Line { tone: self.tone(), parts: self.values(30) },
            2 => Block::Facts((0..self.random.usize(..30)).map(|_| self.fact()).collect()),
            3 => Block::Bar((0..self.random.usize(..9)).map(|_| self.share()).collect()),
            4 => Block::Code("a line of ours\n".repeat(self.random.usize(..500))),
            5 => Block::Links(vec![link(); self.random.usize(..60)]),
            _ => Block::Table(self.table()),
        }
    }

    fn fact(&mut self) -> Fact {
        let (label, value, tone) = (self.words(), self.random.u64(..), self.tone());
        Fact { label, value, change: self.random.bool().then(|| self.words()), tone }
    }

    fn share(&mut self) -> Share {
        Share { label: self.words(), count: self.random.u64(..1 << 40), tone: self.tone() }
    }

    fn table(&mut self) -> Table {
        let width = self.random.usize(1..25);
        let columns: Vec<String> = (0..width).map(|n| format!("Column {n}")).collect();
        let rows = (0..self.random.usize(..40)).map(|_| {
            let row = self.values(0).into_iter().chain((0..width).map(|_| self.value()));
            row.collect()
        });
        let rows = rows.collect();
        Table {
            columns,
            rows,
            left_out: self.random.u64(..3),
            noun: "things".to_owned(),
            lister: None,
        }
    }
}

fn link() -> Link {
    Link {
        label: "Microsoft Defender".to_owned(),
        address: "https://security.microsoft.com".to_owned(),
    }
}

#[test]
fn whatever_there_is_to_tell_fits_every_chat() {
    let mut inventor = Inventor::new();
    let lines = |kind, layout: &str| Line::new(kind, &format!("layout = {layout:?}"));
    for (kind, layout) in
        [("teams", "table"), ("teams", "lines"), ("slack", "table"), ("slack", "lines")]
    {
        let line = lines(kind, layout);
        for seed in 0..25 {
            let content = inventor.content(seed);
            let body = line.drawn(&content);
            let request = line.receiver.requests().pop().unwrap();
            if kind == "teams" {
                assert!(request.body.len() <= 26 << 10, "{seed}: {} bytes", request.body.len());
            } else {
                assert_within_limits(&body);
            }
            let text = String::from_utf8(request.body.clone()).unwrap();
            assert!(!text.contains(hostile::TOKEN), "{seed}: a token is shown");
            if (kind, layout) == ("teams", "table") {
                says_what_it_leaves_out(&content, &text);
            }
            // A retry is the same to the byte.
            line.drawn(&content);
            assert_eq!(line.receiver.requests().pop().unwrap().body, request.body);
        }
    }
}

/// Every row is there, or it is said that some are not.
fn says_what_it_leaves_out(content: &Content, card: &str) {
    let rows = |block: &Block| match block {
        Block::Table(table) if !table.rows.is_empty() => table.rows.len() + 1,
        _ => 0,
    };
    let whole =
        content.blocks.iter().map(rows).sum::<usize>() == card.matches("\"TableRow\"").count();
    let says = ["more things", "things, not shown here", "The rest has no room here."];
    assert!(whole || says.iter().any(|words| card.contains(words)), "{card}");
}

#[test]
fn a_room_without_tables_gets_any_content_too() {
    let refused = ResponseTemplate::new(400).set_body_string("invalid_blocks");
    let answers = vec![refused, ResponseTemplate::new(200)];
    let line = Line::answering("slack", "", answers, &Clock::manual(NOW));
    let mut inventor = Inventor::new();
    for seed in 100..120 {
        assert_within_limits(&line.drawn(&inventor.content(seed)));
    }
}
