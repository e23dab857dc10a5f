//! Spellings that can never match what clicks hold, each with the one that does.

use std::net::Ipv6Addr;

use crate::click::fold;
use crate::click::pattern::{host, host_name};
use crate::text::refang::refang;

/// Why a text can never match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Never {
    /// What is wrong, in a line.
    pub problem: &'static str,
    /// What does match.
    pub instead: Instead,
}

/// What matches instead of a text that cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// This spelling.
    This(String),
    /// All URLs that begin so.
    Beginning(String),
    /// This host, and those below it.
    Host(String),
    /// Every user of this domain.
    Domain(String),
    /// Nothing that could be guessed.
    Unknown,
}

impl Never {
    const fn new(problem: &'static str, instead: Instead) -> Self {
        Self { problem, instead }
    }
}

/// Why no click's URL is this text. Byte for byte, a URL may hold a star behind its host.
pub fn url(text: &str) -> Option<Never> {
    if let Some(alive) = revived(text) {
        return Some(Never::new("is defanged, and no click's URL is", Instead::This(alive)));
    }
    if text != text.trim() {
        let instead = Instead::This(text.trim().to_owned());
        return Some(Never::new("begins or ends with a blank, and no URL does", instead));
    }
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let name = authority.rsplit('@').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    // At the very end it stands for anything that follows.
    let stars = if authority.len() == rest.len() { name.trim_end_matches('*') } else { name };
    if !stars.contains('*') {
        return None;
    }
    let below = name.trim_end_matches('*').trim_start_matches(['*', '.']);
    let below = host(below).filter(|_| name.starts_with('*'));
    let instead = below.map_or(Instead::Unknown, Instead::Host);
    Some(Never::new("has a star in its host, and no URL does", instead))
}

/// Why no click's URL fits a pattern, in which a star at the end stands for anything.
pub fn url_pattern(text: &str) -> Option<Never> {
    if let Some(never) = url(text) {
        return Some(never);
    }
    let beginning = text.trim_end_matches('*');
    let (before, _) = beginning.split_once('*')?;
    Some(Never::new(
        "has a star before its end, which stands for itself",
        Instead::Beginning(before.to_owned()),
    ))
}

/// Why no click's user, compared without case, is this text.
pub fn user(text: &str) -> Option<Never> {
    let alive = refang(text);
    if let Some(domain) = alive.trim_start_matches('*').strip_prefix('@') {
        let problem = "names no user: users are compared whole";
        return Some(Never::new(problem, Instead::Domain(domain.to_owned())));
    }
    if alive.contains('*') {
        return Some(Never::new("has a star, and users are compared whole", Instead::Unknown));
    }
    (alive != text).then_some(())?;
    Some(Never::new("is defanged, or has blanks around it, and no user does", Instead::This(alive)))
}

/// Why no host, as conditions know it, is this text: in lower case, an international name in its
/// ASCII form, an IPv6 address in brackets. The host of a URL that has none is empty.
pub fn exact_host(text: &str) -> Option<Never> {
    let problem = "is no host as clicks have it";
    match living_host(text) {
        _ if text.is_empty() => None,
        Some(alive) if alive == text => None,
        Some(alive) if refang(text).starts_with("*.") => {
            Some(Never::new(problem, Instead::Host(alive)))
        }
        Some(alive) => Some(Never::new(problem, Instead::This(alive))),
        None => Some(Never::new(problem, Instead::Unknown)),
    }
}

/// Why no host has this text in it.
pub fn part_of_host(text: &str) -> Option<Never> {
    let alive = refang(text);
    let is_plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b'*')
    };
    (alive != text || !is_plain(text)).then_some(())?;
    let problem = "is in no host as clicks have it";
    let name = alive.trim_matches('.').trim_start_matches("*.");
    let [start, end] = [alive.starts_with(['.', '*']), alive.len() > 1 && alive.ends_with('.')]
        .map(|dot| if dot { "." } else { "" });
    let found = host(name).map(|host| format!("{start}{host}{end}"));
    Some(Never::new(problem, found.map_or(Instead::Unknown, Instead::This)))
}

/// Why a user, as conditions know it, is none of this text, or has it not in it.
pub fn folded_user(text: &str) -> Option<Never> {
    let low = fold(text);
    (low != text).then_some(())?;
    Some(Never::new("has upper case, and users are compared in lower case", Instead::This(low)))
}

/// The host that a text means, however it is written: as a URL, defanged, as a bare IPv6 address.
pub fn living_host(text: &str) -> Option<String> {
    let alive = refang(text);
    let bare = alive.parse::<Ipv6Addr>().ok().and_then(|address| host(&format!("[{address}]")));
    let named = || host_name(&alive).filter(|_| alive.contains(['/', ':']));
    bare.or_else(|| host(&alive)).or_else(named)
}

/// The URL that a defanged one stands for; `None` for one that lives as it is: it may have in it what
/// looks defanged.
fn revived(text: &str) -> Option<String> {
    let alive = refang(text);
    let scheme = |text: &str| text.split_once(':').map(|(scheme, _)| scheme.to_owned());
    let lives = scheme(&alive) == scheme(text) && host_name(text).is_some();
    (!lives && alive != text.trim()).then_some(alive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn this(text: &str) -> Instead {
        Instead::This(text.to_owned())
    }

    fn instead(never: Option<Never>) -> Option<Instead> {
        never.map(|never| never.instead)
    }

    #[test]
    fn urls_that_live_are_let_alone() {
        for text in [
            "https://a.example/x[.]y?u=hxxps://b[.]example",
            "https://a.example/x*y",
            "https://a.example/*",
            "https://a.example*",
            "https://bob*:x@a.example/",
            "a.example:8080/c",
            "http://[2001:db8::1]/",
            "javascript:void(0)",
            "https://",
            "",
        ] {
            assert_eq!(url(text), None, "{text}");
        }
        assert_eq!(url_pattern("https://a.example/*"), None);
        assert_eq!(url_pattern("https://a.example/"), None);
    }

    #[test]
    fn the_spelling_that_does_match_is_named() {
        let host = |name: &str| Some(Instead::Host(name.to_owned()));
        for (text, wanted) in [
            ("hxxps://a[.]example/x", Some(this("https://a.example/x"))),
            ("hxxps://a.example/x", Some(this("https://a.example/x"))),
            ("https://a[.]example/x", Some(this("https://a.example/x"))),
            ("a[.]example/x", Some(this("a.example/x"))),
            (" https://a.example/", Some(this("https://a.example/"))),
            ("https://*.a.example/x", host("a.example")),
            ("https://*.a.example/*", host("a.example")),
            ("https://*.a.example*", host("a.example")),
            ("https://x.*.example/", Some(Instead::Unknown)),
        ] {
            assert_eq!(instead(url(text)), wanted, "{text}");
            assert_eq!(instead(url_pattern(text)), wanted, "{text}");
        }
        let beginning = Some(Instead::Beginning("https://a.example/".to_owned()));
        assert_eq!(instead(url_pattern("https://a.example/*/login")), beginning);
        assert_eq!(instead(url_pattern("https://a.example/*/x*")), beginning);
        for (text, wanted) in [
            ("@contoso.example", Some(Instead::Domain("contoso.example".to_owned()))),
            ("*@contoso[.]example", Some(Instead::Domain("contoso.example".to_owned()))),
            ("ann*@contoso.example", Some(Instead::Unknown)),
            ("ann[.]b[@]contoso[.]example", Some(this("ann.b@contoso.example"))),
            ("Ann@contoso.example", None),
        ] {
            assert_eq!(instead(user(text)), wanted, "{text}");
        }
        assert_eq!(instead(folded_user("Ann@Contoso.example")), Some(this("ann@contoso.example")));
    }

    #[test]
    fn hosts_are_named_as_clicks_have_them() {
        for (text, wanted) in [
            ("a.example", None),
            ("", None),
            ("192.0.2.7", None),
            ("[2001:db8::1]", None),
            ("Ünïcode.example", Some(this("xn--ncode-cta3g.example"))),
            ("A.Example", Some(this("a.example"))),
            ("a.example.", Some(this("a.example"))),
            ("a[.]example", Some(this("a.example"))),
            ("https://A.example:8443/x", Some(this("a.example"))),
            ("a.example:8443", Some(this("a.example"))),
            ("2001:db8:0::1", Some(this("[2001:db8::1]"))),
            ("[2001:DB8::1]", Some(this("[2001:db8::1]"))),
            ("*.a.example", Some(Instead::Host("a.example".to_owned()))),
            ("a b", Some(Instead::Unknown)),
        ] {
            assert_eq!(instead(exact_host(text)), wanted, "{text}");
            // What is named does match.
            if let Some(Instead::This(alive)) = wanted {
                assert_eq!(exact_host(&alive), None, "{alive}");
            }
        }
        for (text, wanted) in [
            (".example", None),
            ("login.", None),
            ("xn--", None),
            (".Example", Some(this(".example"))),
            ("*.example", Some(this(".example"))),
            (".münchen.example", Some(this(".xn--mnchen-3ya.example"))),
            ("a[.]example", Some(this("a.example"))),
            ("a b", Some(Instead::Unknown)),
        ] {
            assert_eq!(instead(part_of_host(text)), wanted, "{text}");
        }
    }
}
