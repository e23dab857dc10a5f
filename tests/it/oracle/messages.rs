//! Judges of what is delivered: Microsoft's renderer of cards, Slack's types, and the libraries of
//! receivers of webhooks.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ask, folder, is_skipped, python, script};

/// A card as it was drawn.
#[derive(Debug, Deserialize)]
pub struct Drawn {
    /// What parsing and validating it told.
    pub problems: Vec<String>,
    /// The texts that went through Markdown.
    pub marked: Vec<String>,
    /// Elements that lead or load anything.
    pub links: Vec<String>,
    /// How many cells the rows of its tables have.
    pub tables: Vec<Vec<usize>>,
    /// What is seen.
    pub text: String,
}

/// What is behind a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// Microsoft's renderer, in a Chromium.
pub struct Cards {
    chromium: PathBuf,
}

impl Cards {
    /// `None` where it may be skipped.
    pub fn new() -> Option<Self> {
        if is_skipped() {
            return None;
        }
        let places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
        let chromium = places.into_iter().map(Path::new).find(|path| path.exists());
        if chromium.is_none() {
            eprintln!(
                "!!! SKIPPED: cards are not drawn, for there is no chromium (tests/run as root installs it)"
            );
        }
        Some(Self { chromium: chromium?.to_owned() })
    }

    /// The cards as a host draws them that knows this version.
    pub fn draw(&self, cards: &[Value], version: &str) -> Vec<Drawn> {
        let asked = json!({ "cards": cards, "version": version, "width": 700, "theme": "light" });
        ask(script("card.cjs").arg(&self.chromium), &asked)
    }

    /// A picture of a card, to be looked at.
    pub fn picture(&self, card: &Value, theme: Theme, width: u32, file: &Path) {
        let asked = json!({
            "cards": [card], "version": "1.5", "width": width, "picture": file,
            "theme": if theme == Theme::Dark { "dark" } else { "light" },
        });
        let drawn: Vec<Drawn> = ask(script("card.cjs").arg(&self.chromium), &asked);
        assert_eq!(drawn[0].problems, [""; 0]);
    }
}

/// What TypeScript's compiler has against the messages as Slack's types describe them.
pub fn slack(messages: &[Value]) -> Vec<String> {
    ask(&mut script("slack.cjs"), &json!(messages))
}

/// Whose libraries.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    JavaScript,
    Python,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::JavaScript, Self::Python];
}

/// What the libraries make of deliveries of a webhook; tests/oracle/webhook.py tells the shapes.
pub fn webhooks(language: Language, deliveries: &[Value]) -> Vec<Value> {
    let mut judge = match language {
        Language::JavaScript => script("webhook.cjs"),
        Language::Python => {
            let mut judge = Command::new(python());
            judge.arg(folder().join("webhook.py"));
            judge
        }
    };
    ask(&mut judge, &json!(deliveries))
}
