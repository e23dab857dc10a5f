//! A URL in four parts, each already fit to be shown.

use crate::quote::visible;

/// Schemes whose URLs name a host however many slashes follow (WHATWG URL, "special schemes").
const SPECIAL: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];
/// After these, as after slashes, a host may stand that software would link by itself.
const BEFORE_HOSTS: [&str; 4] = ["%2f%2f", "@", "%40", "www"];

/// The parts, in order; concatenated they are the whole.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Scheme and slashes, such as `hxxps://`.
    pub scheme: String,
    /// User and password with the `@`.
    pub user: String,
    /// Host and port.
    pub host: String,
    /// All that follows.
    pub tail: String,
}

impl Parts {
    pub(super) fn of(url: &str) -> Self {
        // Browsers drop these at both ends.
        let begin = url.trim_start_matches(|c: char| c <= ' ');
        let blank = url.strip_suffix(begin).unwrap_or_default();
        let (scheme, rest) = scheme(begin);
        let special = scheme.is_none_or(is_special);
        let slashes = rest.len() - rest.trim_start_matches(is_slash).len();
        let (between, rest) = rest.split_at_checked(slashes).unwrap_or(("", rest));
        let mut parts = Self { scheme: visible(blank), ..Self::default() };
        if let Some(scheme) = scheme {
            parts.scheme += &dead_scheme(scheme, between);
        } else {
            parts.scheme += &dead(between);
        }
        if !special && slashes < 2 {
            parts.tail = dead(rest);
            return parts;
        }
        let end = rest.find(|c| is_slash(c) || matches!(c, '?' | '#')).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let at = authority.rfind('@').map_or(0, |at| at + 1);
        let (user, host) = authority.split_at_checked(at).unwrap_or(("", authority));
        parts.user = without_dots(&dead(user));
        parts.host = self::host(host);
        parts.tail = dead(tail);
        parts
    }
}

const fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

fn is_special(scheme: &str) -> bool {
    SPECIAL.iter().any(|special| scheme.eq_ignore_ascii_case(special))
}

/// The scheme without its colon, and what follows that. One with a dot is a host with a port.
fn scheme(url: &str) -> (Option<&str>, &str) {
    let Some((scheme, rest)) = url.split_once(':') else { return (None, url) };
    let first = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let good = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'));
    if first && good { (Some(scheme), rest) } else { (None, url) }
}

/// A scheme that nothing knows, or a colon that nothing takes for one.
fn dead_scheme(scheme: &str, slashes: &str) -> String {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => format!("hxxp:{slashes}"),
        "https" => format!("hxxps:{slashes}"),
        "ftp" => format!("fxp:{slashes}"),
        _ => format!("{scheme}[:]{slashes}"),
    }
}

/// Host and port. A host in ASCII stays as it was written.
fn host(text: &str) -> String {
    let port = text.rfind(':').filter(|at| {
        text.get(at + 1..).is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
    });
    let (name, port) = text.split_at_checked(port.unwrap_or(text.len())).unwrap_or((text, ""));
    let port = if port == ":" { "[:]" } else { port };
    let plain = name.bytes().all(|b| b.is_ascii_graphic() && b != b'%');
    let name = match url::Host::parse(name) {
        Ok(host) if !plain => host.to_string(),
        _ => dead(name),
    };
    format!("{}{port}", without_dots(&name))
}

fn without_dots(text: &str) -> String {
    // The others are dots to browsers, too (UTS 46).
    let bare = text.replace("[.]", ".");
    bare.replace(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'], "[.]")
}

/// Text in which a host may stand anywhere.
pub(super) fn dead_text(text: &str) -> String {
    without_dots(&dead(text))
}

/// Text that may hold URLs: shown as it is, but that none of them works.
fn dead(text: &str) -> String {
    let mut dead = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_host = false;
    while let Some(c) = rest.chars().next() {
        let before_host = before_host(rest);
        let (len, shown) = if begins(rest, "http") && is_scheme_end(rest.get(4..)) {
            (4, "hxxp")
        } else if rest.starts_with("://") {
            (1, "[:]")
        } else if c == '.' && in_host {
            (1, "[.]")
        } else {
            let len = before_host.unwrap_or(c.len_utf8());
            (len, rest.get(..len).unwrap_or_default())
        };
        dead += &visible(shown);
        rest = rest.get(len..).unwrap_or_default();
        in_host = before_host.is_some()
            || in_host && (c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    }
    dead
}

/// The length of what `text` begins with, if a host may follow that.
fn before_host(text: &str) -> Option<usize> {
    let slashes = text.len() - text.trim_start_matches(is_slash).len();
    let known = || BEFORE_HOSTS.into_iter().find(|before| begins(text, before));
    if slashes > 1 { Some(slashes) } else { known().map(str::len) }
}

fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

/// Whether what follows `http` makes a scheme of it.
fn is_scheme_end(rest: Option<&str>) -> bool {
    let rest = rest.unwrap_or_default();
    let rest = rest.strip_prefix(['s', 'S']).unwrap_or(rest);
    rest.starts_with(':') || begins(rest, "%3a")
}
