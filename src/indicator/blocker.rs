//! The lists of blockers: ad blockers' filters, and hosts files.

use super::allow_block::area;
use super::list::{Item, ItemResult, LeftOut, RefusalReason};
use super::value::value;
use crate::click::pattern::HostScope;

/// Where hosts files lead names to.
const NOWHERE: [&str; 8] =
    ["0.0.0.0", "127.0.0.1", "::", "::1", "0", "255.255.255.255", "fe80::1%lo0", "ff02::1"];

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
    const LOCAL_NAMES: [&str; 5] =
        ["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"];
    LOCAL_NAMES.contains(&name) || name.starts_with("ip6-")
}
