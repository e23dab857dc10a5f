//! `[[exclude]]`: clicks that are in no count.

use super::keys::SectionKeys;
use super::tenant::Tenant;
use crate::click::pattern::{UrlSet, host};
use crate::click::selection::{Exclusion, Selection};
use crate::click::spelling::{self, Instead, Never};
use crate::clock::Tick;
use crate::indicator::links_within;
use crate::text::escape::one_line;

/// The lists that say which clicks.
const LIST_KEYS: &str = "hosts, urls, users, networks and messages";

/// Every section.
pub(super) fn all(root: &mut SectionKeys<'_>, tenants: &[Tenant]) -> Vec<Exclusion> {
    let names: Vec<&str> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    root.each("exclude", |keys| of(keys, &names))
}

fn of(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<Exclusion> {
    let reason = keys.text("reason");
    let until = keys.parsed("until", until);
    let mut selection = Selection::default();
    let added = add(keys, &mut selection);
    let mut named = added.ok();
    let tenants = keys.texts("tenants");
    for (place, _) in tenants.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str()))
    {
        let remedy = format!("choose from {}", known.join(", "));
        keys.report(&format!("tenants[{place}]"), "is no tenant's name".to_owned(), remedy);
        named = None;
    }
    if selection.is_empty() && added == Ok(ListState::Lives) {
        let remedy = format!("fill one of {LIST_KEYS}, or remove the section");
        keys.report("", "would leave out every click".to_owned(), remedy);
    }
    keys.refuse_unknown();
    // Without a list in which nothing can match the others would leave out more than was asked for.
    let lives = named? == ListState::Lives;
    lives.then_some(Exclusion { reason, until, tenants, selection })
}

/// What is left of lists that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListState {
    /// Each that had something still has.
    Lives,
    /// One has nothing left that can match.
    IsDead,
}

/// Something in a list is wrong, and was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wrong;

/// Fills the lists.
fn add(keys: &mut SectionKeys<'_>, to: &mut Selection) -> Result<ListState, Wrong> {
    let urls = living(keys, "urls", spelling::url_pattern, |url| add_url(url, &mut to.urls));
    let users = living(keys, "users", spelling::user, |user| to.users.add(user));
    keys.texts("messages").iter().for_each(|id| to.messages.add(id));
    let hosts = hosts(keys, to);
    let remedy = "write it as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7";
    let networks = keys.each_text("networks", "is no network", remedy, |n| to.networks.add(n));
    let hosts = hosts?;
    networks.ok_or(Wrong)?;
    let dead = [urls, users, hosts].contains(&ListState::IsDead);
    Ok(if dead { ListState::IsDead } else { ListState::Lives })
}

/// Gives each text of a list that can match to `add`, and names the others.
fn living(
    keys: &mut SectionKeys<'_>,
    key: &'static str,
    never: fn(&str) -> Option<Never>,
    mut add: impl FnMut(&str),
) -> ListState {
    let texts = keys.texts(key);
    let mut list = if texts.is_empty() { ListState::Lives } else { ListState::IsDead };
    for (place, text) in texts.iter().enumerate() {
        if let Some(never) = never(text) {
            let remedy = remedy(&never.instead);
            keys.report_unmatchable(&format!("{key}[{place}]"), never.problem.to_owned(), remedy);
        } else {
            list = ListState::Lives;
            add(text);
        }
    }
    list
}

/// What to write instead.
fn remedy(instead: &Instead) -> String {
    match instead {
        Instead::This(text) => format!("write it as \"{}\"", one_line(text)),
        Instead::Beginning(start) => {
            format!("write it as \"{}*\", which is all that begins so", one_line(start))
        }
        Instead::Host(host) => {
            format!("write \"{host}\" into hosts: names below it are meant, too")
        }
        Instead::Domain(domain) => {
            format!("write every user, such as \"ann@{}\"", one_line(domain))
        }
        Instead::Unknown => "write it without a star, or use hosts".to_owned(),
    }
}

/// Fills the hosts, and names those that are written so that they can never match.
fn hosts(keys: &mut SectionKeys<'_>, to: &mut Selection) -> Result<ListState, Wrong> {
    let mut found = if keys.is_list("hosts") { Ok(()) } else { Err(Wrong) };
    let texts = keys.texts("hosts");
    let mut list = if texts.is_empty() { ListState::Lives } else { ListState::IsDead };
    for (place, text) in texts.iter().enumerate() {
        let key = format!("hosts[{place}]");
        if to.hosts.add(text).is_some() {
            list = ListState::Lives;
        } else if let Some(host) = spelling::living_host(text).and_then(|alive| host(&alive)) {
            let remedy = format!("write it as \"{host}\"");
            keys.report_unmatchable(&key, "is no host as clicks have it".to_owned(), remedy);
        } else {
            let remedy = "write it as example.com; the names below it are meant, too";
            keys.report(&key, "is no host".to_owned(), remedy);
            found = Err(Wrong);
        }
    }
    found.map(|()| list)
}

/// A pattern, or a URL: as it is, and without what a mail gateway wrapped around it.
fn add_url(url: &str, to: &mut UrlSet) {
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
