//! What clicks are looked for by: lists of URLs, hosts, users, networks, ids and words, each with
//! its own idea of equality.

mod canonical;
mod urls;

use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use crate::click::{fold, has_term};
pub use canonical::{canonical, same_url};
use canonical::{plain_host, written};
pub use urls::{Area, HostScope, UrlSet};

/// Hosts: a name stands for itself and every name below it, an address for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSet(HashSet<String>);

impl HostSet {
    /// Adds a host; `None` if `text` is none.
    pub fn add(&mut self, text: &str) -> Option<()> {
        self.0.insert(host(text)?);
        Some(())
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `url` leads to one of the hosts: to that which a browser would go to (WHATWG URL).
    pub fn has(&self, url: &str) -> bool {
        if let Some(name) = plain_host(url) {
            return self.has_name(name);
        }
        match host_of(url) {
            Some(Host::Domain(name)) => self.has_name(name.trim_end_matches('.')),
            Some(address) => self.0.contains(&written(&address)),
            None => false,
        }
    }

    /// Whether a name, or one above it, is one of them.
    fn has_name(&self, name: &str) -> bool {
        let starts = name.match_indices('.').map(|(dot, _)| dot + 1);
        let mut names = [0].into_iter().chain(starts).filter_map(|at| name.get(at..));
        names.any(|name| self.0.contains(name))
    }

    /// The hosts.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.0.iter().cloned().collect();
        texts.sort_unstable();
        texts
    }
}

/// How many write a name with those below it, which is what a name means here.
const SUBDOMAIN_SIGNS: [&str; 4] = ["*.", "+.", ".", "~"];

/// A host as [`host_name`] gives it; `None` if `text` is none. `*.example.com`, `+.example.com`,
/// `.example.com` and `~example.com` are `example.com`; no other star means anything.
pub fn host(text: &str) -> Option<String> {
    let text = text.trim();
    let name = SUBDOMAIN_SIGNS.iter().find_map(|sign| text.strip_prefix(sign)).unwrap_or(text);
    let is_whole = !name.contains('*') && !name.trim_end_matches('.').split('.').any(str::is_empty);
    let host = Host::parse(name).ok().filter(|_| is_whole);
    // There is nothing below an address.
    let host = host.filter(|host| name == text || matches!(host, Host::Domain(_)));
    host.map(|host| written(&host))
}

/// The host that a browser would go to, in lower case; `None` where there is none.
pub fn host_name(url: &str) -> Option<String> {
    plain_host(url).map(str::to_owned).or_else(|| host_of(url).map(|host| written(&host)))
}

/// The host that a browser would go to. Defender shows some URLs without their scheme.
fn host_of(url: &str) -> Option<Host<String>> {
    let host = |url: Url| url.host().map(|host| host.to_owned());
    match Url::parse(url) {
        Ok(parsed) if parsed.has_host() => host(parsed),
        // What stands before the colon is a host with a port.
        Ok(parsed) if !parsed.scheme().contains('.') => None,
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {
            Url::parse(&format!("http://{url}")).ok().and_then(host)
        }
        Err(_) => None,
    }
}

/// Users, compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSet(BTreeSet<String>);

impl UserSet {
    /// Adds one.
    pub fn add(&mut self, user: &str) {
        self.0.insert(fold(user));
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `user` is meant.
    pub fn has(&self, user: &str) -> bool {
        self.0.contains(&fold(user))
    }

    /// The users, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Networks and single addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSet {
    addresses: BTreeSet<IpAddr>,
    wider: Vec<IpNet>,
}

impl NetworkSet {
    /// Adds an address or a network such as `192.0.2.0/24`; `None` if `text` is neither.
    pub fn add(&mut self, text: &str) -> Option<()> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            self.addresses.insert(address.to_canonical());
            return Some(());
        }
        self.wider.push(text.parse::<IpNet>().ok()?.trunc());
        Some(())
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.wider.is_empty()
    }

    /// Whether the address `text` lies inside. An IPv4 address that is written as IPv6 is IPv4.
    pub fn has(&self, text: &str) -> bool {
        text.trim().parse().is_ok_and(|address| self.has_address(address))
    }

    /// Whether `url` leads to an address that lies inside.
    pub fn has_host_of(&self, url: &str) -> bool {
        // A name at a glance is no address.
        if self.is_empty() || plain_host(url).is_some() {
            return false;
        }
        match host_of(url) {
            Some(Host::Ipv4(address)) => self.has_address(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.has_address(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => false,
        }
    }

    fn has_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.addresses.contains(&address) || self.wider.iter().any(|net| net.contains(&address))
    }

    /// The networks, as they are written.
    pub fn texts(&self) -> Vec<String> {
        let wider = self.wider.iter().map(ToString::to_string);
        self.addresses.iter().map(ToString::to_string).chain(wider).collect()
    }
}

/// Ids of messages or reports, compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageIdSet(BTreeSet<String>);

impl MessageIdSet {
    /// Adds one.
    pub fn add(&mut self, id: &str) {
        self.0.insert(id.trim().to_ascii_lowercase());
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `id` is meant.
    pub fn has(&self, id: &str) -> bool {
        self.0.contains(id)
            || (id.bytes().any(|b| b.is_ascii_uppercase())
                && self.0.contains(&id.to_ascii_lowercase()))
    }

    /// The ids, in lower case.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

/// Words, compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl Words {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `text` has one of them as a whole term: KQL's `has_any`.
    pub fn any_term_of(&self, text: &str) -> bool {
        self.0.iter().any(|word| has_term(text, word))
    }

    /// Whether one of them is an item of `list`, which has commas between its items.
    pub fn any_item_of(&self, list: &str) -> bool {
        let is_item = |word: &String| list.split(',').any(|item| same(item, word));
        self.0.iter().any(is_item)
    }

    /// Whether one of them is in `text`.
    pub fn any_in(&self, text: &str) -> bool {
        let text = fold(text);
        self.0.iter().any(|word| text.contains(&fold(word)))
    }
}

fn same(a: &str, b: &str) -> bool {
    fold(a.trim()) == fold(b.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(texts: &[&str]) -> HostSet {
        let mut hosts = HostSet::default();
        for text in texts {
            hosts.add(text).unwrap();
        }
        hosts
    }

    #[test]
    fn a_host_is_that_which_a_browser_goes_to() {
        let hosts = hosts(&["Example.com", "münchen.example", "192.0.2.7", "[2001:db8::1]"]);
        for (url, meant) in [
            ("https://example.com/", true),
            ("HTTPS://A.B.EXAMPLE.COM:8443/x?y#z", true),
            ("https://example.com./", true),
            ("https://ex%61mple.com/", true),
            ("https:\\\\example.com\\a", true),
            ("example.com/a", true),
            ("example.com:8080/a", true),
            ("https://xn--mnchen-3ya.example/", true),
            ("http://0xC0000207/", true),
            ("http://[2001:DB8:0::1]/", true),
            ("https://badexample.com/", false),
            ("https://example.com.evil.example/", false),
            ("https://example.com@evil.example/", false),
            ("https://evil.example/?u=https://example.com/", false),
            ("https://evil.example/#@example.com", false),
            ("mailto:a@example.com", false),
            ("javascript:example.com", false),
            ("http://1.192.0.2.7/", false),
            ("", false),
        ] {
            assert_eq!(hosts.has(url), meant, "{url}");
        }
        for text in ["a b", "*", "*.", "a.*.example", "*a.example", "**.a.example", "*.192.0.2.7"] {
            assert_eq!(HostSet::default().add(text), None, "{text}");
        }
        assert_eq!(host(" *.Example.com "), Some("example.com".to_owned()));
        assert_eq!(HostSet::default().add("example.com/a"), None);
        assert_eq!(HostSet::default().add(""), None);
    }

    #[test]
    fn networks_have_both_families() {
        let mut networks = NetworkSet::default();
        for text in ["192.0.2.9/24", "2001:db8::/32", "198.51.100.1"] {
            networks.add(text).unwrap();
        }
        for (address, meant) in [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("::ffff:192.0.2.1", true),
            ("2001:DB8:ffff::1", true),
            ("2001:db9::", false),
            (" 198.51.100.1 ", true),
            ("198.51.100.2", false),
            ("", false),
            ("192.0.2.1, 10.0.0.1", false),
        ] {
            assert_eq!(networks.has(address), meant, "{address}");
        }
        assert_eq!(NetworkSet::default().add("192.0.2.0/33"), None);
        assert_eq!(networks.texts(), ["198.51.100.1", "192.0.2.0/24", "2001:db8::/32"]);
    }
}
