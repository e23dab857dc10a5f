//! What a mail is to parsers of others: its tree, its headers, its file, and that nothing in it lives.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clickwarden::clock::Clock;
use clickwarden::message::{Attachment, Content, sample};
use serde_json::{Value, json};

use crate::channel;
use crate::hostile::{assert_dead, messages, strings};
use crate::microsoft::Microsoft;
use crate::oracle;
use crate::support::NOW;

/// A sink that mails to two people.
pub const SETTINGS: &str = "type = \"graph-mail\"\nfrom = \"Clickwarden <clicks@contoso.example>\"\n\
                        to = [\"Ann <ann@contoso.example>\", \"bob@contoso.example\"]";

/// The mails of `contents`, as they were sent.
pub struct Sent {
    _folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Sent {
    pub fn new(contents: &[Content], settings: &str) -> Self {
        let microsoft = Microsoft::new("Mail.Send", vec![wiremock::ResponseTemplate::new(202)]);
        let program = microsoft.program();
        let channel = channel::configured(&program, settings, &Clock::manual(NOW));
        for content in contents {
            let outcome = microsoft.run(channel::deliver(&channel, content, u32::MAX));
            assert_eq!(outcome, clickwarden::deliver::Outcome::Accepted);
        }
        let folder = tempfile::tempdir().unwrap();
        let write = |(place, mail): (usize, Vec<u8>)| {
            let path = folder.path().join(format!("{place}.eml"));
            fs::write(&path, mail).unwrap();
            path
        };
        let paths = (0..).zip(microsoft.mails()).map(write).collect();
        Self { _folder: folder, paths }
    }

    /// The files that they stand in.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    pub fn parsed(&self) -> Vec<Value> {
        oracle::mails(&self.paths)
    }
}

fn header<'m>(mail: &'m Value, name: &str) -> Vec<&'m str> {
    let headers = mail["headers"].as_array().unwrap().iter();
    let of_name = headers.filter(|header| header[0].as_str().unwrap().eq_ignore_ascii_case(name));
    of_name.map(|header| header[1].as_str().unwrap()).collect()
}

#[test]
fn others_read_what_was_written() {
    if oracle::is_skipped() {
        return;
    }
    let sent = Sent::new(&[sample(), sample()], SETTINGS);
    let bytes: Vec<Vec<u8>> = sent.paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(bytes[0] == bytes[1], "the same message has the same bytes");
    let mail = &sent.parsed()[0];
    let id = format!("<{}@contoso.example>", channel::ID);
    for (name, value) in [
        ("Message-ID", id.as_str()),
        ("Date", "Sun, 19 Jul 2026 22:00:00 +0000"),
        ("From", "Clickwarden <clicks@contoso.example>"),
        ("To", "Ann <ann@contoso.example>, bob@contoso.example"),
        ("Subject", "clickwarden: this sink works"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("List-Id", "<clickwarden.sample.contoso.example>"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(header(mail, name), [value], "{name}");
    }
    assert_eq!(mail["headers"].as_array().unwrap().len(), 10);
    let texts = json!(["multipart/alternative", ["text/plain", "text/html"]]);
    assert_eq!(mail["tree"], json!(["multipart/mixed", [texts, "text/csv"]]));
    assert_eq!((&mail["defects"], &mail["second"]["defects"]), (&json!([]), &json!([])));
    assert_eq!((&mail["ascii"], &mail["bare"]), (&json!(true), &json!(0)));
    assert!(mail["longest"].as_u64().unwrap() <= 998);
    let csv = sample().attachment.unwrap();
    assert_eq!((&mail["csv"], &mail["name"]), (&json!(csv.csv), &json!(csv.name)));
    let second = &mail["second"];
    assert_eq!((&second["message_id"], &second["subject"]), (&json!(id), &json!(sample().title)));
    assert_eq!(second["attachments"][0][0], json!("sample.csv"));
    let text = |text: &Value| text.as_str().unwrap().replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(text(&second["text"]), text(&mail["text"]));
    assert_eq!(mail["html"]["errors"], json!([]));
}

/// What an HTML mail may hold, and with which attributes.
const ELEMENTS: [&str; 16] = [
    "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "th",
    "span", "b", "pre", "a",
];
const ATTRIBUTES: [&str; 16] = [
    "data-title",
    "lang",
    "charset",
    "name",
    "content",
    "class",
    "style",
    "role",
    "width",
    "height",
    "cellpadding",
    "cellspacing",
    "border",
    "bgcolor",
    "align",
    "valign",
];

/// Fails if the HTML holds anything but our own table: no picture, no script, no link of others.
pub fn assert_inert(html: &Value) {
    for element in html["elements"].as_array().unwrap() {
        let (name, attributes) = (element[0].as_str().unwrap(), element[1].as_object().unwrap());
        assert!(ELEMENTS.contains(&name), "{element}");
        for (attribute, value) in attributes {
            let value = value.as_str().unwrap();
            if (name, attribute.as_str()) == ("a", "href") {
                assert_eq!(value, "https://security.microsoft.com");
                continue;
            }
            assert!(ATTRIBUTES.contains(&attribute.as_str()), "{element}");
            assert!(!value.contains("url(") && !value.contains("expression("), "{element}");
        }
    }
    assert_eq!(html["errors"], json!([]));
    // What readers do not see, or do see although it was meant to be hidden.
    assert_eq!(html["hidden"], json!([]));
}

#[test]
fn hostile_strings_are_dead_in_every_part_of_a_mail() {
    if oracle::is_skipped() {
        return;
    }
    let messages = messages();
    let mails = Sent::new(&messages, SETTINGS).parsed();
    assert_eq!(mails.len(), messages.len());
    let names = |mail: &Value| -> BTreeSet<String> {
        let headers = mail["headers"].as_array().unwrap().iter();
        headers.map(|header| header[0].as_str().unwrap().to_owned()).collect()
    };
    for (mail, message) in mails.iter().zip(&messages) {
        assert_inert(&mail["html"]);
        for shown in [&mail["html"]["text"], &mail["text"]] {
            let shown = shown.as_str().unwrap().replace("\r\n", "\n");
            // The one address that is ours.
            assert_dead(&shown.replace(": https://security.microsoft.com\n", "\n"));
        }
        assert_eq!(header(mail, "Subject"), [message.title.as_str()]);
        assert_eq!(mail["recipients"].as_array().unwrap().len(), 2);
        assert_eq!(
            (mail["headers"].as_array().unwrap().len(), names(mail)),
            (10, names(&mails[0]))
        );
        assert_eq!((&mail["defects"], &mail["ascii"]), (&json!([]), &json!(true)));
        assert!(mail["longest"].as_u64().unwrap() <= 998 && mail["bare"] == 0);
        let rows = |name: &str| {
            let elements = mail["html"]["elements"].as_array().unwrap();
            elements.iter().filter(|element| element[1]["class"] == name).count()
        };
        assert_eq!(rows("row line"), message.rows() as usize);
    }
}

#[test]
fn a_subject_from_outside_adds_no_header() {
    if oracle::is_skipped() {
        return;
    }
    let with_title = |title: &String| Content { title: title.clone(), ..sample() };
    let short: Vec<String> = strings().into_iter().filter(|text| text.len() < 2_000).collect();
    let contents: Vec<Content> = short.iter().map(with_title).collect();
    for (mail, title) in Sent::new(&contents, SETTINGS).parsed().iter().zip(&short) {
        assert_eq!(mail["headers"].as_array().unwrap().len(), 10, "{title:?}");
        assert_eq!(mail["recipients"].as_array().unwrap().len(), 2, "{title:?}");
        assert!(mail["longest"].as_u64().unwrap() <= 998, "{title:?}");
    }
}

#[test]
fn a_file_comes_through_as_it_was_written() {
    if oracle::is_skipped() {
        return;
    }
    let line = "\"hxxps://evil[.]example/ä€😀/a=b\",\"'=1+1\",\"12\"\r\n";
    let csv = format!("\u{feff}{}", line.repeat(2_000));
    let attachment = Attachment { name: "urls.csv".to_owned(), csv: csv.clone() };
    let content = Content { attachment: Some(attachment), ..sample() };
    let mail = &Sent::new(&[content], SETTINGS).parsed()[0];
    assert!(mail["csv"] == json!(csv) && mail["name"] == "urls.csv");
    assert_eq!((&mail["ascii"], &mail["defects"]), (&json!(true), &json!([])));
}

#[test]
fn a_mail_is_shorter_than_what_gmail_shows() {
    if oracle::is_skipped() {
        return;
    }
    let mut content = sample();
    for block in &mut content.blocks {
        if let clickwarden::message::Block::Table(table) = block {
            let url = format!("https://evil.example/{}", "a/".repeat(1_000));
            let mut row = table.rows[0].clone();
            row[0] = clickwarden::message::Value::Url(url);
            table.rows = (0..500).map(|_| row.clone()).collect();
        }
    }
    let mail = &Sent::new(&[content], SETTINGS).parsed()[0];
    let (bytes, text) = (mail["html_bytes"].as_u64().unwrap(), mail["text"].as_str().unwrap());
    assert!((50_000..=102_000).contains(&bytes), "{bytes}");
    assert!(text.contains("… and 4"), "{text}");
}
