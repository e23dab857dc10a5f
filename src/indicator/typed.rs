//! Values of which something says what they are, as MISP, Defender and feeds have them.

use super::heading::{Column, RowContext};
use super::list::{IndicatorList, Item, ItemPlace, ItemResult, LeftOut, RefusalReason};
use super::prose;
use super::value::{starred, value};

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
const ABOUT: [&str; 13] = [
    "subject",
    "body",
    "header",
    "attachment",
    "mime",
    "boundary",
    "mailer",
    "display",
    "filename",
    "agent",
    "mac",
    "bitcoin",
    "wallet",
];
/// Words in the name of a kind that clicks cannot have, of MISP, STIX, `OpenCTI`, OTX and Defender.
const OTHER: [&str; 72] = [
    "actor",
    "artifact",
    "as",
    "asn",
    "authentihash",
    "autonomous",
    "bank",
    "bic",
    "bitcoinaddress",
    "boolean",
    "bro",
    "btc",
    "cdhash",
    "cert",
    "comment",
    "cookie",
    "counter",
    "cpe",
    "cryptocurrency",
    "cve",
    "datetime",
    "directory",
    "dkim",
    "emailsubject",
    "file",
    "filepath",
    "files",
    "fileversion",
    "float",
    "hassh",
    "hex",
    "iban",
    "impfuzzy",
    "ja3",
    "ja3s",
    "ja4",
    "jarm",
    "kusto",
    "macaddress",
    "mutant",
    "mutex",
    "mutexes",
    "osquery",
    "path",
    "payment",
    "pdb",
    "phone",
    "pipe",
    "port",
    "process",
    "registry",
    "registrykey",
    "regkey",
    "regvalue",
    "sample",
    "scheduled",
    "sigma",
    "size",
    "snort",
    "software",
    "stix2",
    "stixfile",
    "suricata",
    "telfhash",
    "tlsh",
    "useragent",
    "vulnerability",
    "weakness",
    "x509",
    "xmr",
    "yara",
    "zeek",
];
/// The same, within a word or over several.
const OTHER_WITHIN: [&str; 8] = [
    "fingerprint",
    "thumbprint",
    "certificate",
    "pattern-in-",
    "campaign-",
    "windows-service",
    "whois-",
    "-date",
];
/// Kinds that say nothing: what is no indicator is some text.
const VAGUE: [&str; 2] = ["text", "other"];
/// What links of MISP are there for that lead to reports.
const REPORTS: [&str; 3] = ["external analysis", "internal reference", "antivirus detection"];
const HASH_TYPES: [&str; 9] =
    ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "hash", "imphash", "ssdeep"];

/// Adds a value of a column; of any kind if nothing says which.
pub(super) fn add(
    about: RowContext<'_>,
    column: Column,
    text: &str,
    list: &mut IndicatorList,
    place: impl Fn() -> ItemPlace,
) {
    let Some(kind) = about.kind.filter(|kind| !kind.trim().is_empty()) else {
        return add_any(column, text, list, place);
    };
    let one = |kind| RowContext { kind: Some(kind), ..about };
    let kinds: Vec<&str> = kind.split('|').collect();
    let texts: Vec<&str> = text.split('|').collect();
    if kinds.len() < 2 || kinds.len() != texts.len() {
        return add_one(one(kind), column, text, list, place);
    }
    // `domain|ip` has two values, `ip-dst|port`, `filename|md5` and `regkey|value` one.
    let is_one = |(kind, _): &(&str, &str)| !["port", "filename", "value"].contains(kind);
    for (kind, text) in kinds.into_iter().zip(texts).filter(is_one) {
        add_one(one(kind), column, text, list, &place);
    }
}

fn add_one(
    about: RowContext<'_>,
    column: Column,
    text: &str,
    list: &mut IndicatorList,
    place: impl Fn() -> ItemPlace,
) {
    let kind = about.kind.unwrap_or_default().trim().to_ascii_lowercase();
    let words: Vec<&str> = kind.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_any = |names: &[&str]| names.iter().any(|name| words.contains(name));
    let has_any = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
    let category = about.category.unwrap_or_default().trim().to_ascii_lowercase();
    let is_report = is_any(&["link"]) && REPORTS.contains(&category.as_str());
    let is_other = || is_any(&OTHER) || has_any(&OTHER_WITHIN);
    if has_any(&HASH_TYPES) {
        list.add(Item::LeftOut(LeftOut::Hash));
    } else if is_report || is_any(&ABOUT) {
        list.add(Item::LeftOut(LeftOut::Other));
    } else if is_any(&LOOKED_FOR) {
        list.add_outcome(read(column, text), place, text);
    } else if is_other() || VAGUE.contains(&kind.as_str()) && value(text).is_err() {
        list.add(Item::LeftOut(LeftOut::Other));
    } else {
        // A word that says something else, such as what it was seen for.
        add_any(column, text, list, place);
    }
}

/// Adds a value of which nothing says what it is. One cell may have several things in it.
fn add_any(column: Column, text: &str, list: &mut IndicatorList, place: impl Fn() -> ItemPlace) {
    match read(column, text) {
        Err(RefusalReason::Nothing) => match prose::items(text) {
            Ok(items) => items.into_iter().for_each(|item| list.add(item)),
            Err(RefusalReason::Star) if column.is_url => {
                list.add_outcome(starred(text).map(Item::Found), place, text);
            }
            Err(why) => list.refuse(place(), text, why),
        },
        outcome => list.add_outcome(outcome, place, text),
    }
}

/// Reads a value. In a column of URLs a star may be part of one.
fn read(column: Column, text: &str) -> ItemResult {
    match value(text) {
        Err(RefusalReason::Star) if column.is_url => starred(text).map(Item::Found),
        outcome => outcome,
    }
}
