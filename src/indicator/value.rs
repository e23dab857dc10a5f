//! What a text is that stands for one thing.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::list::{Indicator, Item, ItemResult, LeftOut, RefusalReason};
use super::names::is_name;
use super::refanged::{alive, known};
use super::{allow_block, wrapped};
use crate::click::pattern::{canonical, host, host_name};
use crate::ids::is_guid;
use crate::text::refang::refang;

/// The lengths of hashes in hexadecimal: MD5, SHA-1, SHA-256, SHA-384, SHA-512.
const HASH_LENGTHS: [usize; 5] = [32, 40, 64, 96, 128];

/// Reads a text that stands for one thing, such as a cell of a table.
pub(super) fn value(text: &str) -> ItemResult {
    let text = text.trim();
    let left_out = |kind| Ok(Item::LeftOut(kind));
    if text.is_empty() {
        return left_out(LeftOut::Empty);
    }
    if is_hash(text) {
        return left_out(LeftOut::Hash);
    }
    let alive = alive(text);
    let alive = alive.strip_prefix("mailto:").unwrap_or(&alive);
    if let Some(entry) = allow_block::entry(alive) {
        return entry.map(Item::Found);
    }
    let found = network(alive).or_else(|| url(text, alive)).or_else(|| name(alive));
    found.map(Item::Found).ok_or(if alive.starts_with('@') {
        RefusalReason::MailDomain
    } else {
        RefusalReason::Nothing
    })
}

/// Reads a URL that has a star where none stands for anything. What looks like hosts is refused all the
/// same: whoever wrote it means more than it says.
pub(super) fn starred(text: &str) -> Result<Indicator, RefusalReason> {
    let plain = refang(text.trim());
    let before = plain.split(['/', '?', '#']).next().unwrap_or_default();
    let is_part = |c: char| c.is_alphanumeric() || "*~.-_:".contains(c);
    if before.contains('*') && before.chars().all(is_part) {
        return Err(RefusalReason::Star);
    }
    let begun = allow_block::begun(&plain);
    Ok(begun.unwrap_or_else(|| Indicator::Url { also: spellings(text.trim()), text: plain }))
}

fn is_hash(text: &str) -> bool {
    let digits = text.rsplit_once(':').map_or(text, |(_, digits)| digits.trim());
    HASH_LENGTHS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// An address, with or without a port, or a network.
fn network(text: &str) -> Option<Indicator> {
    let found = |text: String| Some(Indicator::Network(text));
    if let Ok(address) = text.parse::<IpAddr>() {
        return found(address.to_string());
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return found(network.to_string());
    }
    if let Some((inside, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let address =
            inside.parse::<Ipv6Addr>().ok().filter(|_| port.is_empty() || is_port(port))?;
        return found(address.to_string());
    }
    let colon = text.find([':', '|'])?;
    let (address, port) = text.split_at_checked(colon)?;
    let address = address.parse::<Ipv4Addr>().ok().filter(|_| is_port(port))?;
    found(address.to_string())
}

/// Whether this is a port with what stands before it.
fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix([':', '|']);
    digits.is_some_and(|port| port.parse::<u16>().is_ok())
}

/// A URL, with or without its scheme.
fn url(text: &str, alive: &str) -> Option<Indicator> {
    let is_whole = alive.contains("://") && host_name(alive).is_some();
    if !(is_whole || is_bare(alive)) {
        return None;
    }
    let shown = canonical(alive).into_owned();
    let mut also = spellings(text);
    if text != alive {
        also.extend(spellings(alive));
    }
    for url in also.clone() {
        also.extend(without_scheme(&url));
    }
    let mut seen = HashSet::new();
    also.retain(|url| *url != shown && is_live(url) && seen.insert(url.clone()));
    Some(Indicator::Url { text: shown, also })
}

/// Whether a spelling could be a URL as it is.
pub(super) fn is_live(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let is_dead = |it: &str| known(it).is_some_and(|alive| !it.eq_ignore_ascii_case(alive));
    !scheme.is_some_and(is_dead) && host_name(url).is_some()
}

/// Whether this is a URL without its scheme: a host with a dot, and something behind it.
fn is_bare(text: &str) -> bool {
    let end = text.find(['/', '?', '#']).filter(|_| !text.contains("://"));
    let before = end.and_then(|end| text.get(..end)).unwrap_or_default();
    let name = before.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    is_name(name.map_or(before, |(name, _)| name)) || network(before).is_some()
}

/// Lists often leave out the scheme, and Defender does in some rows.
fn without_scheme(url: &str) -> Vec<String> {
    match url.split_once("://") {
        Some(("http" | "https", rest)) => vec![rest.to_owned()],
        Some(_) => Vec::new(),
        None => vec![format!("http://{url}"), format!("https://{url}")],
    }
}

/// What a text for a URL may mean: itself, itself alive, and what is wrapped in either.
pub(super) fn spellings(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    for spelling in [refang(text), alive(text)] {
        if !all.contains(&spelling) {
            all.push(spelling);
        }
    }
    let within: Vec<String> = all.iter().flat_map(|url| wrapped::within(url)).collect();
    for inner in within.iter().flat_map(|url| [url.clone(), alive(url)]) {
        if !all.contains(&inner) {
            all.push(inner);
        }
    }
    all
}

/// A user, an id or a host.
fn name(text: &str) -> Option<Indicator> {
    let id = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    if is_guid(id) {
        return Some(Indicator::Id(id.to_owned()));
    }
    if let Some((user, domain)) = text.rsplit_once('@') {
        let is_user = !user.is_empty() && !user.contains(char::is_whitespace);
        return (is_user && is_name(domain)).then(|| Indicator::User(text.to_owned()));
    }
    let name = text.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let name = name.map_or(text, |(name, _)| name);
    // Each is a way to write a host with those below it.
    let name = ["*.", "+.", "."].iter().find_map(|mark| name.strip_prefix(mark)).unwrap_or(name);
    if !is_name(name) {
        return None;
    }
    host(name).map(Indicator::Host)
}
