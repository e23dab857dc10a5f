//! Pictures to look at, made by hand: `cargo test --test it -- --ignored pictures`.

use std::path::{Path, PathBuf};

use clickwarden::click::Text;
use clickwarden::clock::MINUTE;
use clickwarden::message::{Content, plain};

use crate::alerting::{Post, SOC, click, monday, through};
use crate::channel::{self, Line};
use crate::oracle::{Cards, Theme};
use crate::support::NOW;
use crate::told;

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What is drawn, by name: a digest, an alert and several.
fn contents() -> [(&'static str, Content); 3] {
    let [alert, alerts] = alerts();
    [("", told::real()), ("alert-", alert), ("alerts-", alerts)]
}

/// One alert, and a message of several.
fn alerts() -> [Content; 2] {
    let mut post = Post::new(&["contoso"], SOC);
    let at = |minute: i64| monday().plus(-60 * MINUTE + minute * MINUTE);
    let login = "https://northwind-payroll.test/login?next=%2Fbonus&token=5f2c";
    let chain = format!("[\"{login}\",\"https://cdn.northwind-payroll.test/s/index.html\"]");
    let phish = |row: crate::support::Row| {
        row.with(Text::ThreatTypes, "Phish").with(Text::UrlChain, &chain)
    };
    let ann = "ann.almeida@contoso.example";
    post.bring(
        "contoso",
        &[
            phish(click(at(0), ann, login, "ClickBlocked")),
            phish(through(at(1), ann, login, "ClickBlocked")),
        ],
    );
    post.settle();
    post.wait(10 * MINUTE);
    let names = ["bob.berg", "cid.castillo", "dora.dubois", "emil.eriksen", "fay.fischer"];
    let users = names.map(|name| format!("{name}@contoso.example"));
    let mut rows: Vec<_> =
        users.iter().map(|user| phish(click(at(5), user, login, "ClickBlocked"))).collect();
    let invoice = "https://invoices.partner.test/2026/11/view";
    rows.push(phish(through(at(9), &users[0], login, "ClickBlocked")));
    rows.push(click(at(20), &users[1], invoice, "ClickAllowed").with(Text::ThreatTypes, "Malware"));
    post.bring("contoso", &rows);
    post.settle();
    let posted = post.posted();
    [posted[0].content.clone(), posted[1].content.clone()]
}

/// Slack's messages as they are sent: there is no renderer of theirs to be had.
#[test]
#[ignore = "they are for people, who paste them into Slack's Block Kit Builder"]
fn of_messages() {
    for (name, content) in contents() {
        let message = Line::new("slack", "").drawn(&content);
        let sent = folder().join(format!("{name}slack.json"));
        std::fs::write(sent, serde_json::to_string_pretty(&message).unwrap()).unwrap();
    }
}

/// A mail as a page for any browser, and as plain text.
#[test]
#[ignore = "they are for people"]
fn of_mails() {
    let envelope = channel::envelope(NOW, u32::MAX);
    for (name, content) in contents() {
        let page = clickwarden::deliver::html(&content, &envelope);
        std::fs::write(folder().join(format!("{name}mail.html")), page).unwrap();
        let text = plain::text(&content, &envelope);
        std::fs::write(folder().join(format!("{name}mail.txt")), text).unwrap();
    }
}

#[test]
#[ignore = "its pictures are for people"]
fn of_cards() {
    let Some(artist) = Cards::new() else { return };
    for ((about, content), layout) in
        contents().iter().flat_map(|content| ["table", "lines"].map(|layout| (content, layout)))
    {
        let body = Line::new("teams", &format!("layout = {layout:?}")).drawn(content);
        let card = &body["attachments"][0]["content"];
        let source = folder().join(format!("{about}teams-{layout}.json"));
        std::fs::write(source, serde_json::to_string_pretty(card).unwrap()).unwrap();
        for (name, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
            for width in [360, 720] {
                let picture = folder().join(format!("{about}teams-{layout}-{width}-{name}.png"));
                artist.picture(card, theme, width, &picture);
                assert!(picture.metadata().unwrap().len() > 10_000);
            }
        }
    }
}
