//! Pictures to look at, made by hand: `cargo test --test it -- --ignored pictures`.

use std::path::{Path, PathBuf};

use clickwarden::report::plain;

use crate::channel::{self, Line};
use crate::oracle::{Cards, Theme};
use crate::support::NOW;
use crate::told;

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Slack's messages as they are sent: there is no renderer of theirs to be had.
#[test]
#[ignore = "they are for people, who paste them into Slack's Block Kit Builder"]
fn of_messages() {
    let (digest, sent) = (told::real(), folder().join("slack.json"));
    let message = Line::new("slack", "").drawn(&digest);
    std::fs::write(&sent, serde_json::to_string_pretty(&message).unwrap()).unwrap();
}

/// A digest's mail as a page for any browser, and as plain text.
#[test]
#[ignore = "they are for people"]
fn of_mails() {
    let (digest, envelope) = (told::real(), channel::envelope(NOW, u32::MAX));
    let page = clickwarden::deliver::html(&digest, &envelope);
    std::fs::write(folder().join("mail.html"), page).unwrap();
    std::fs::write(folder().join("mail.txt"), plain::text(&digest, &envelope)).unwrap();
}

#[test]
#[ignore = "its pictures are for people"]
fn of_cards() {
    let Some(artist) = Cards::new() else { return };
    let digest = told::real();
    for layout in ["table", "lines"] {
        let body = Line::new("teams", &format!("layout = {layout:?}")).drawn(&digest);
        let card = &body["attachments"][0]["content"];
        let source = folder().join(format!("teams-{layout}.json"));
        std::fs::write(source, serde_json::to_string_pretty(card).unwrap()).unwrap();
        for (name, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
            for width in [360, 720] {
                let picture = folder().join(format!("teams-{layout}-{width}-{name}.png"));
                artist.picture(card, theme, width, &picture);
                assert!(picture.metadata().unwrap().len() > 10_000);
            }
        }
    }
}
