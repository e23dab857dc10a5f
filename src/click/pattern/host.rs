//! Hosts, as a browser would go to them.

use std::collections::HashSet;

use url::{Host, Url};

use super::canonical::{plain_host, written};

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
pub(super) fn host_of(url: &str) -> Option<Host<String>> {
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
}
