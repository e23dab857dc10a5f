//! Values of which something says what they are, as MISP, Defender and feeds have them.

use super::value::value;
use super::{Item, LeftOut, List, Place, Why, prose};

/// Words in the name of a kind that clicks can have.
const LOOKED_FOR: [&str; 24] = [
    "url",
    "uri",
    "urls",
    "domain",
    "domains",
    "domainname",
    "host",
    "hostname",
    "fqdn",
    "ip",
    "ipv4",
    "ipv6",
    "ips",
    "ipaddress",
    "address",
    "cidr",
    "network",
    "subnet",
    "email",
    "emailaddress",
    "mail",
    "sender",
    "upn",
    "user",
];
/// Words that make something else of it.
const OTHER: [&str; 11] = [
    "subject",
    "body",
    "header",
    "attachment",
    "mime",
    "boundary",
    "mailer",
    "display",
    "link",
    "filename",
    "agent",
];
const HASHES: [&str; 9] =
    ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "hash", "imphash", "ssdeep"];

/// Adds a value of a kind; of none if nothing says which.
pub(super) fn add(kind: Option<&str>, text: &str, list: &mut List, place: impl Fn() -> Place) {
    let Some(kind) = kind.filter(|kind| !kind.trim().is_empty()) else {
        return add_any(text, list, place);
    };
    let kinds: Vec<&str> = kind.split('|').collect();
    let texts: Vec<&str> = text.split('|').collect();
    if kinds.len() < 2 || kinds.len() != texts.len() {
        return add_one(kind, text, list, place);
    }
    // `domain|ip` has two values, `ip-dst|port` and `filename|md5` one.
    let is_one = |(kind, _): &(&str, &str)| !["port", "filename"].contains(kind);
    for (kind, text) in kinds.into_iter().zip(texts).filter(is_one) {
        add_one(kind, text, list, &place);
    }
}

fn add_one(kind: &str, text: &str, list: &mut List, place: impl Fn() -> Place) {
    let kind = kind.to_ascii_lowercase();
    let words: Vec<&str> = kind.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_any = |names: &[&str]| names.iter().any(|name| words.contains(name));
    let is_hash = HASHES.iter().any(|name| kind.contains(name));
    match value(text) {
        _ if is_hash => list.add(Item::LeftOut(LeftOut::Hash)),
        _ if is_any(&OTHER) || !is_any(&LOOKED_FOR) => list.add(Item::LeftOut(LeftOut::Other)),
        outcome => list.add_outcome(outcome, place, text),
    }
}

/// Adds a value of which nothing says what it is. One cell may have several things in it.
fn add_any(text: &str, list: &mut List, place: impl Fn() -> Place) {
    match value(text) {
        Err(Why::Nothing) => match prose::items(text) {
            Ok(items) => items.into_iter().for_each(|item| list.add(item)),
            Err(why) => list.refuse(place(), text, why),
        },
        outcome => list.add_outcome(outcome, place, text),
    }
}
