//! The lists of blockers: ad blockers' filters, hosts files, and Microsoft's Tenant Allow/Block List.

use super::list::{Indicator, Item, ItemResult, LeftOut, RefusalReason};
use super::value::{is_name, value};
use crate::click::pattern::{Area, HostScope, host, host_name};

/// Where hosts files lead names to.
const NOWHERE: [&str; 8] =
    ["0.0.0.0", "127.0.0.1", "::", "::1", "0", "255.255.255.255", "fe80::1%lo0", "ff02::1"];

/// An entry of the Tenant Allow/Block List that has a tilde or a star; `None` if it is none. Where
/// Microsoft means the name alone (`~example.com`), pages of it are looked for, too.
pub(super) fn entry(text: &str) -> Option<Result<Indicator, RefusalReason>> {
    if let Some(begin) = text.strip_suffix('*').filter(|begin| begin.contains("://")) {
        let (_, rest) = begin.split_once("://")?;
        let is_host = host_name(begin).is_some() && rest.contains('/') && !rest.contains('*');
        return is_host.then(|| area(rest, HostScope::Itself).ok_or(RefusalReason::Star));
    }
    if text.contains("://") || !text.contains(['~', '*']) {
        return None;
    }
    let bare = text.strip_prefix('~').map(|rest| rest.strip_suffix('~').unwrap_or(rest));
    if let Some(name) = bare {
        let host = host(name).filter(|_| is_name(name));
        return host.map(|host| Ok(Indicator::Host(host)));
    }
    // A star in a path that is no list's is part of the URL.
    let (before, path) = text.split_once('/').unwrap_or((text, ""));
    match (before.strip_prefix("*."), path.strip_suffix('*')) {
        (None, None) if !before.contains('*') => None,
        (Some(name), None) if path.is_empty() && is_name(name) => None,
        (_, Some(path)) if path.contains('*') || !(path.is_empty() || path.ends_with('/')) => {
            Some(Err(RefusalReason::Star))
        }
        (Some(name), Some("")) if !name.contains('.') => {
            Some(host(name).map(Indicator::Host).ok_or(RefusalReason::Star))
        }
        (Some(name), Some(path)) => {
            Some(area(&format!("{name}/{path}"), HostScope::Below).ok_or(RefusalReason::Star))
        }
        (None, Some(path)) => {
            Some(area(&format!("{before}/{path}"), HostScope::Itself).ok_or(RefusalReason::Star))
        }
        _ => Some(Err(RefusalReason::Star)),
    }
}

/// All URLs that begin with what stands before a star at the end; `None` if nothing does.
pub(super) fn begun(text: &str) -> Option<Indicator> {
    let begin = text.strip_suffix('*').filter(|begin| !begin.contains('*'))?;
    let (name, _) = begin.split_once('/')?;
    area(begin, HostScope::Itself).filter(|_| is_name(name))
}

/// All URLs that begin so: a host, a slash, and perhaps more.
fn area(text: &str, scope: HostScope) -> Option<Indicator> {
    let (_, path) = text.split_once('/')?;
    let host = host_name(&format!("http://{text}"))?;
    Some(Indicator::Area(Area { host, scope, path: format!("/{path}") }))
}

/// A line of an ad blocker's list; `None` if it is none.
pub(super) fn filter(line: &str) -> Option<ItemResult> {
    let is_about_elements = ["##", "#@#", "#?#", "#$#"].iter().any(|mark| line.contains(mark));
    if line.starts_with("@@") || is_about_elements && !line.contains("://") {
        return Some(Err(RefusalReason::Exception));
    }
    let rest = line.strip_prefix("||")?;
    let rest = rest.rsplit_once('$').filter(|(rest, _)| rest.contains('^')).map_or(rest, |it| it.0);
    let rest = rest.trim_end_matches(['^', '|']);
    if rest.contains('/') {
        let found = area(rest.trim_end_matches('*'), HostScope::Both).map(Item::Found);
        return Some(
            found.filter(|_| !rest.trim_end_matches('*').contains('*')).ok_or(RefusalReason::Star),
        );
    }
    Some(value(rest))
}

/// The names of a line of a hosts file; `None` if it is none.
pub(super) fn hosts(line: &str) -> Option<Vec<ItemResult>> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let names: Vec<&str> = words.collect();
    // Names, and nothing else: `127.0.0.1 is us` is a note.
    let is_known =
        NOWHERE.contains(&first) || first.starts_with("fe00::") || first.starts_with("ff0");
    if !is_known
        || names.is_empty()
        || names.iter().any(|name| value(name).is_err() && !is_local(name))
    {
        return None;
    }
    let outcome = |name: &&str| {
        if is_local(name) { Ok(Item::LeftOut(LeftOut::Local)) } else { value(name) }
    };
    Some(names.iter().map(outcome).collect())
}

fn is_local(name: &str) -> bool {
    const LOCAL: [&str; 5] =
        ["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"];
    LOCAL.contains(&name) || name.starts_with("ip6-")
}
