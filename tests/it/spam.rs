//! What spam filters think of our mails, and what readers without CSS see of them: `tests/long spam`.

use std::collections::BTreeMap;
use std::process::Command;

use clickwarden::message::{Content, sample};
use serde::Deserialize;
use serde_json::json;

use crate::mail_bytes::{SETTINGS, Sent};
use crate::{hostile_alerts, hostile_digest, oracle};

/// Of the envelope, the headers and the addresses that the test made up, or of being a mail with a
/// file: no HTML of ours could do without (rspamd 3.4, `SpamAssassin` 4.0.1).
const OF_ANY_MAIL: [&str; 13] = [
    "DATE_IN_PAST",
    "FROM_HAS_DN",
    "HAS_ATTACHMENT",
    "HFILTER_HOSTNAME_UNKNOWN",
    "HTML_MESSAGE",
    "MID_RHS_MATCH_FROM",
    "MIME_GOOD",
    "MIME_TRACE",
    "NO_RECEIVED",
    "NO_RELAYS",
    "RCPT_COUNT_TWO",
    "RCVD_COUNT_ZERO",
    "TO_DN_SOME",
];
/// Of the hostile strings, which the digest shows.
const OF_HOSTILE_TEXTS: [&str; 3] = ["FUZZY_APPLE", "LOTS_OF_MONEY", "WEIRD_QUOTING"];

#[derive(Debug, Deserialize)]
struct Judged {
    rspamd: BTreeMap<String, f64>,
    spamassassin: BTreeMap<String, f64>,
    w3m: String,
    elinks: String,
}

/// Digests and alerts, harmless ones and those made of hostile strings.
fn contents() -> Vec<Content> {
    let digests = [sample(), hostile_digest::of_the_day()];
    digests.into_iter().chain(hostile_alerts::two()).collect()
}

#[test]
#[ignore = "long lane: tests/long spam"]
fn spam_filters_find_nothing_that_our_html_could_avoid() {
    let contents = contents();
    let mails = Sent::new(&contents, SETTINGS);
    let mut python = Command::new("python3");
    let judge = python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/spam.py"));
    let judged: Vec<Judged> = oracle::ask(judge, &json!(mails.paths()));
    let mut found = Vec::new();
    for (content, Judged { rspamd, spamassassin, w3m, elinks }) in contents.iter().zip(&judged) {
        let title: String = content.title.chars().take(60).collect();
        let sum = |of: &BTreeMap<String, f64>| of.values().sum::<f64>();
        eprintln!("{title}: rspamd {:.2} {rspamd:?}", sum(rspamd));
        eprintln!("{title}: SpamAssassin {:.2} {spamassassin:?}", sum(spamassassin));
        let all = rspamd.iter().chain(spamassassin);
        let known = |name: &str| OF_ANY_MAIL.contains(&name) || OF_HOSTILE_TEXTS.contains(&name);
        let ours = all.filter(|(name, _)| !known(name));
        found.extend(ours.map(|(name, score)| format!("{title}: {name} {score}")));
        // A column's title stands in its head, and in no cell.
        for (reader, shown) in [("w3m", w3m), ("elinks", elinks)] {
            assert!(shown.contains(content.title.split_whitespace().next().unwrap()), "{reader}");
            assert!(!shown.contains("Past a block 2"), "{reader}: {shown}");
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
