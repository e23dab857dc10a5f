//! `[[exclude]]`: clicks that are in no count.

use super::keys::Keys;
use super::tenant::Tenant;
use crate::clock::Tick;
use crate::indicator::links_within;
use crate::pattern::Urls;
use crate::selection::{Exclusion, Selection};

/// The lists that say which clicks.
const LISTS: &str = "hosts, urls, users, networks and messages";

/// Every section.
pub(super) fn all(root: &mut Keys<'_>, tenants: &[Tenant]) -> Vec<Exclusion> {
    let names: Vec<&str> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    root.each("exclude", |keys| of(keys, &names))
}

fn of(keys: &mut Keys<'_>, known: &[&str]) -> Option<Exclusion> {
    let reason = keys.text("reason");
    let until = keys.parsed("until", until);
    let mut selection = Selection::default();
    let mut named = add(keys, &mut selection);
    let tenants = keys.texts("tenants");
    for (place, _) in tenants.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str()))
    {
        let remedy = format!("choose from {}", known.join(", "));
        keys.report(&format!("tenants[{place}]"), "is no tenant's name".to_owned(), remedy);
        named = None;
    }
    if selection.is_empty() && named.is_some() {
        let remedy = format!("fill one of {LISTS}, or remove the section");
        keys.report("", "would leave out every click".to_owned(), remedy);
    }
    keys.refuse_unknown();
    named.map(|()| Exclusion { reason, until, tenants, selection })
}

/// Fills the lists; `None` if one of them has what it cannot have.
fn add(keys: &mut Keys<'_>, to: &mut Selection) -> Option<()> {
    keys.texts("urls").iter().for_each(|url| add_url(url, &mut to.urls));
    keys.texts("users").iter().for_each(|user| to.users.add(user));
    keys.texts("messages").iter().for_each(|id| to.messages.add(id));
    let remedy = "write it as example.com; the names below it are meant, too";
    let hosts = keys.each_text("hosts", "is no host", remedy, |host| to.hosts.add(host));
    let remedy = "write it as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7";
    let networks = keys.each_text("networks", "is no network", remedy, |n| to.networks.add(n));
    hosts.and(networks)
}

/// A pattern, or a URL: as it is, and without what a mail gateway wrapped around it.
fn add_url(url: &str, to: &mut Urls) {
    to.add_pattern(url);
    for inner in links_within(url) {
        to.add_within(&inner, url);
    }
}

/// A time, or a date: that day's beginning in UTC.
fn until(text: &str) -> Result<Tick, (String, String)> {
    let midnight = || Tick::parse(&format!("{text}T00:00:00Z"));
    Tick::parse(text).or_else(midnight).ok_or_else(|| {
        let remedy = "write it as \"2026-12-31\" or \"2026-12-31T18:00:00Z\"";
        ("is neither a date nor a time".to_owned(), remedy.to_owned())
    })
}
