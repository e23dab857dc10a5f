//! A section's addresses: none that holds a secret, and none that nothing is sent to.

use url::Url;

use super::SectionKeys;
use crate::network::{is_link_local, is_loopback, names_forbidden};

impl SectionKeys<'_> {
    /// An address: https, or plain http to this machine.
    pub(in crate::config) fn address(&mut self, key: &'static str) -> Option<Url> {
        self.address_of(key, "loopback", is_loopback, names_forbidden)
    }

    /// The address of a platform's endpoint, which is on this machine or on the link to its host.
    /// `is_elsewhere` tells of one that is nowhere where the platform gives out tokens.
    pub(in crate::config) fn platform_address(
        &mut self,
        key: &'static str,
        is_elsewhere: fn(&Url) -> bool,
    ) -> Option<Url> {
        let near = |url: &Url| is_loopback(url) || is_link_local(url);
        self.address_of(key, "loopback and link-local hosts", near, is_elsewhere)
    }

    /// The address of a proxy, which may be plain http anywhere.
    pub(in crate::config) fn proxy(&mut self, key: &'static str) -> Option<Url> {
        self.address_of(key, "proxies", |_| true, names_forbidden)
    }

    fn address_of(
        &mut self,
        key: &'static str,
        near: &str,
        is_near: fn(&Url) -> bool,
        is_forbidden: fn(&Url) -> bool,
    ) -> Option<Url> {
        self.parsed(key, |text| {
            let remedy = "write it as https://host".to_owned();
            let wrong = |problem: &str| Err((problem.to_owned(), remedy.clone()));
            let Ok(url) = Url::parse(text) else { return wrong("is no address") };
            match url.scheme() {
                _ if !url.has_host() => wrong("names no host"),
                _ if !url.username().is_empty() || url.password().is_some() => {
                    wrong("holds a user name or password")
                }
                _ if url.query().is_some() || url.fragment().is_some() => {
                    wrong("holds more than host and path")
                }
                _ if is_forbidden(&url) => {
                    wrong("is a link-local or metadata address, to which nothing is sent")
                }
                "https" => Ok(url),
                "http" if is_near(&url) => Ok(url),
                "http" => wrong(&format!("is plain http, which is allowed to {near} only")),
                _ => wrong("is neither https nor http"),
            }
        })
    }
}
