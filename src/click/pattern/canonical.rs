//! When two URLs are equal: the one rule of filters, lists, exclusions, silences and conditions.
//!
//! A browser takes them for the same, and asks the same server for the same thing (WHATWG URL; RFC
//! 3986, 6.2.2.1 and 6.2.3): the case of scheme and host, a default port, a dot behind the host, the
//! letters of a host or their punycode, the ways to write an address, and an empty path make no
//! difference. All else does: user part, path, query and fragment are compared byte for byte.

use std::borrow::Cow;

use url::Host;

/// Schemes whose URLs name a host however many slashes follow, with the port that they mean.
const SPECIAL: [(&str, u16); 5] =
    [("http", 80), ("https", 443), ("ftp", 21), ("ws", 80), ("wss", 443)];

/// The form that all equal URLs share. Most URLs have it as they are.
pub fn canonical(url: &str) -> Cow<'_, str> {
    if plain_host(url).is_some() {
        return Cow::Borrowed(url);
    }
    let written = UrlParts::of(url).map(|parts| parts.canonical());
    match written {
        Some(written) if written != url => Cow::Owned(written),
        _ => Cow::Borrowed(url),
    }
}

/// Whether two URLs are equal.
pub fn same_url(one: &str, other: &str) -> bool {
    one == other || canonical(one) == canonical(other)
}

/// The host of a URL with a path whose scheme, host and port are in canonical form: at a glance,
/// since nearly all are. `None` says nothing.
pub(super) fn plain_host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http")?;
    let rest = rest.strip_prefix('s').unwrap_or(rest).strip_prefix("://")?;
    let host = rest.get(..rest.find('/')?)?;
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    let is_label = |label: &str| !label.is_empty() && !label.starts_with("xn--");
    // A name whose last part begins with a digit may be an address in disguise.
    let is_name = host.rsplit('.').next()?.starts_with(|c: char| c.is_ascii_lowercase());
    (is_name && host.bytes().all(is_plain) && host.split('.').all(is_label)).then_some(host)
}

/// A URL that has a host, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct UrlParts<'u> {
    /// Without its colon; empty where there is none: Defender shows some URLs so.
    scheme: &'u str,
    /// The user part, with its `@`.
    user: &'u str,
    host: &'u str,
    /// Digits; `None` where there is no colon.
    port: Option<&'u str>,
    /// All that follows.
    pub(super) tail: &'u str,
}

impl<'u> UrlParts<'u> {
    pub(super) fn of(url: &'u str) -> Option<Self> {
        let (scheme, rest) = match url.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            _ => ("", url),
        };
        let is_special = scheme.is_empty() || default_port(scheme).is_some();
        let rest = match (scheme, is_special) {
            ("", _) => rest,
            (_, true) => rest.trim_start_matches(['/', '\\']),
            (_, false) => rest.strip_prefix("//")?,
        };
        let end = rest.find(|c| matches!(c, '/' | '?' | '#') || c == '\\' && is_special);
        let (authority, tail) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        let at = authority.rfind('@').map_or(0, |at| at + 1);
        let (user, host) = authority.split_at_checked(at)?;
        let colon = host.rfind(':').filter(|colon| !host.ends_with(']') && is_port(host, *colon));
        let (host, port) = match colon {
            Some(colon) => (host.get(..colon)?, host.get(colon + 1..)),
            None => (host, None),
        };
        (!host.is_empty()).then_some(Self { scheme, user, host, port, tail })
    }

    fn canonical(&self) -> String {
        let scheme = self.scheme.to_ascii_lowercase();
        let default = default_port(&scheme);
        let is_special = scheme.is_empty() || default.is_some();
        let parsed = if is_special { Host::parse(self.host).ok() } else { None };
        let is_host = parsed.is_some();
        let host = parsed.map_or_else(|| lowered(self.host), |host| written(&host));
        let is_default =
            |port: &str| port.is_empty() || default.is_some() && port.parse().ok() == default;
        let port = self.port.filter(|port| !(is_host && is_default(port)));
        let port = port.map(|port| format!(":{port}"));
        let colon = if scheme.is_empty() { "" } else { "://" };
        let root = if is_host && !self.tail.starts_with(['/', '\\']) { "/" } else { "" };
        let port = port.unwrap_or_default();
        format!("{scheme}{colon}{}{host}{port}{root}{}", self.user, self.tail)
    }
}

/// A host as it is compared.
pub(super) fn written(host: &Host<String>) -> String {
    let written = host.to_string();
    // "." alone is a host to browsers.
    let name = written.trim_end_matches('.');
    if name.is_empty() { written } else { name.to_owned() }
}

/// What is no host to browsers, but may be one to others.
fn lowered(host: &str) -> String {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    if host.bytes().all(is_part) { host.to_ascii_lowercase() } else { host.to_owned() }
}

fn is_port(host: &str, colon: usize) -> bool {
    host.get(colon + 1..).is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What stands before a colon and has a dot is a host with a port.
fn is_scheme(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-".contains(&byte);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(is_part)
}

fn default_port(scheme: &str) -> Option<u16> {
    let special = SPECIAL.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name));
    special.map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn spellings_of_one_url_share_a_form() {
        for (url, form) in [
            ("HTTP://Evil.Example/A?B#C", "http://evil.example/A?B#C"),
            ("http://evil.example/A", "http://evil.example/A"),
            ("http://evil.example:80/A", "http://evil.example/A"),
            ("http://evil.example:/A", "http://evil.example/A"),
            ("https://evil.example:80/A", "https://evil.example:80/A"),
            ("https://evil.example:443", "https://evil.example/"),
            ("https://evil.example?A", "https://evil.example/?A"),
            ("https://Bob@EVIL.example:8443/", "https://Bob@evil.example:8443/"),
            ("https://evil.example./", "https://evil.example/"),
            ("https:/evil.example/A", "https://evil.example/A"),
            ("https:\\\\EVIL.example\\A", "https://evil.example\\A"),
            ("https://ünï.example/Ü", "https://xn--n-nga1b.example/Ü"),
            ("https://evil。example/", "https://evil.example/"),
            ("http://[2001:DB8:0::1]:80/", "http://[2001:db8::1]/"),
            ("http://0xC0000207/", "http://192.0.2.7/"),
            ("Evil.example/A?u=HTTPS://B", "evil.example/A?u=HTTPS://B"),
            ("evil.example:8080/A", "evil.example:8080/A"),
            ("foo://Evil.Example/A", "foo://evil.example/A"),
            ("mailto:Ann@Evil.Example", "mailto:Ann@Evil.Example"),
            ("http://a b/C", "http://a b/C"),
            ("", ""),
        ] {
            assert_eq!(canonical(url), form, "{url}");
            assert_eq!(canonical(form), form, "{url}");
        }
    }

    fn url() -> impl Strategy<Value = String> {
        let scheme = prop_oneof!["https?", "HTTPS?", "ftp", "wss?", "foo"];
        let host = prop_oneof![
            "[a-zA-Z0-9_-]{1,8}(\\.[a-zA-Z0-9-]{1,6}){0,3}\\.?",
            "xn--[a-z0-9-]{1,8}\\.example",
            "[a-zà-öA-ZÀ-Ö。]{1,8}\\.example",
            "\\[[0-9a-fA-F:]{2,12}\\]",
            "[0-9x]{1,4}(\\.[0-9]{1,3}){0,3}",
        ];
        let port = prop_oneof!["", ":", ":80", ":443", ":0443", ":8080"];
        (scheme, prop_oneof!["", "[a-zA-Z]{1,3}@", "a:b@"], host, port, "[/?#\\\\]?[ -~]{0,8}")
            .prop_map(|(scheme, user, host, port, tail)| {
                format!("{scheme}://{user}{host}{port}{tail}")
            })
    }

    proptest! {
        /// The form is a form of the same URL, and its own.
        #[test]
        fn a_browser_takes_the_form_for_the_url(url in url()) {
            let form = canonical(&url).into_owned();
            prop_assert_eq!(&canonical(&form), &form);
            if let Ok(parsed) = Url::parse(&url) {
                let of_form = Url::parse(&form).unwrap();
                let key = |url: &Url| {
                    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
                    let user = (url.username().to_owned(), url.password().map(str::to_owned));
                    let tail = (url.path().to_owned(), url.query().map(str::to_owned));
                    let port = url.port_or_known_default();
                    (url.scheme().to_owned(), host.to_lowercase(), port, user, tail)
                };
                prop_assert_eq!(key(&parsed), key(&of_form), "{}", form);
            }
        }

        /// What is the same to a browser has the same form, whatever case, port and host it has.
        #[test]
        fn equal_urls_have_one_form(
            host in "[a-z]{1,6}(\\.[a-zà-ö]{2,5}){1,2}",
            tail in "/[ -~]{0,8}",
        ) {
            let Ok(ascii) = Host::parse(&host) else { return Ok(()) };
            let urls = [
                format!("https://{host}{tail}"),
                format!("HTTPS://{}:443{tail}", host.to_uppercase()),
                format!("hTTps://{ascii}.{tail}"),
                format!("https://{}:{tail}", host.replace('.', "\u{3002}")),
            ];
            for url in &urls {
                prop_assert!(same_url(&urls[0], url), "{} {}", canonical(&urls[0]), canonical(url));
            }
            let others = [
                format!("http://{host}{tail}"),
                format!("https://{host}{tail}x"),
                format!("https://x@{host}{tail}"),
            ];
            for url in &others {
                prop_assert!(!same_url(&urls[0], url), "{}", canonical(url));
            }
        }

        #[test]
        fn a_glance_at_a_host_sees_what_a_parser_does(url in "https?://[a-z0-9._-]{0,12}/[ -~]{0,4}") {
            if let Some(host) = plain_host(&url) {
                let parsed = Url::parse(&url).unwrap();
                prop_assert_eq!(parsed.host_str(), Some(host));
            }
        }
    }
}
