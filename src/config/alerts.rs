//! `[alerts]`: what is true of all rules.

use std::time::Duration;

use super::duration::DAY;
use super::keys::SectionKeys;
use super::named::{self, Hears, every};
use super::sink::Sink;
use super::tenant::Tenant;
use crate::click::pattern::HostSet;

/// For how long alerts are gathered unless told otherwise.
const DEFAULT_GROUP_INTERVAL: Duration = Duration::from_mins(5);

/// The shipped ones.
const SHARED_HOSTS: &str = include_str!("../../config/shared-hosts.txt");

/// The section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// The names of the sinks of rules that name none.
    pub sinks: Vec<String>,
    /// For how long alerts are gathered into one message.
    pub group_interval: Duration,
    /// Hosts whose content comes from many, so that a bad URL says nothing of its neighbours: those
    /// that are shipped, and those of the configuration.
    pub shared_hosts: HostSet,
}

impl Alerts {
    pub(super) fn of(keys: &mut SectionKeys<'_>, tenants: &[Tenant], sinks: &[Sink]) -> Self {
        let sinks = named::sinks(keys, sinks, &every(tenants), Hears::OfSome);
        let group_interval = keys.duration("group_interval", Duration::ZERO..=DAY);
        let mut shared_hosts = shipped();
        let remedy = "write it as example.com; the names below it are meant, too";
        keys.each_text("shared_hosts", "is no host", remedy, |host| shared_hosts.add(host));
        keys.refuse_unknown();
        Self {
            sinks: sinks.unwrap_or_default(),
            group_interval: group_interval.unwrap_or(DEFAULT_GROUP_INTERVAL),
            shared_hosts,
        }
    }
}

/// The hosts of the shipped list.
fn listed() -> impl Iterator<Item = &'static str> {
    let without_comment = |line: &'static str| line.split('#').next().unwrap_or_default().trim();
    SHARED_HOSTS.lines().map(without_comment).filter(|host| !host.is_empty())
}

fn shipped() -> HostSet {
    let mut hosts = HostSet::default();
    for host in listed() {
        // The test below holds the list to it that each is one.
        let _ = hosts.add(host);
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_shipped_list_is_a_host_of_its_own() {
        let mut hosts = HostSet::default();
        for host in listed() {
            let url = format!("https://{host}/");
            assert!(!hosts.has(&url), "{host} stands below another");
            assert_eq!(hosts.add(host), Some(()), "{host}");
            assert!(hosts.has(&url), "{host} is written in another way");
        }
        assert_eq!(hosts, shipped());
        assert!(hosts.has("https://contoso.sharepoint.com/:x:/r/a") && hosts.texts().len() > 60);
    }
}
