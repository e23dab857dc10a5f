//! A URL in four parts, each already fit to be shown.

use super::dead::{Colons, dead};
use crate::text::dots::DOTS;

/// Schemes whose URLs name a host however many slashes follow (WHATWG URL, "special schemes").
const SPECIAL: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];

/// How a URL may begin, and what stands for that.
const DEAD: [(&str, &str); 4] =
    [("http:", "hxxp:"), ("https:", "hxxps:"), ("HTTP:", "HXXP:"), ("HTTPS:", "HXXPS:")];

/// The parts, in order; concatenated they are the whole.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Scheme and slashes, such as `hxxps://`.
    pub scheme: String,
    /// User and password with the `[@]`.
    pub user: String,
    /// Host and port.
    pub host: String,
    /// All that follows.
    pub tail: String,
}

/// Where the parts of a URL begin; the scheme begins at its begin.
struct Places {
    /// The scheme's colon.
    colon: Option<usize>,
    user: usize,
    host: usize,
    tail: usize,
    /// Whether browsers read the host as a name of the DNS or as an address.
    is_special: bool,
}

impl Parts {
    pub(super) fn of(url: &str) -> Self {
        let Places { colon, user, host, tail, is_special } = Places::of(url);
        let usual = |from, to| dead(url, from..to, Colons::Usual);
        let (scheme, leads) = scheme(url, colon, user);
        let known = is_special.then(|| known_host(url, host, tail)).flatten();
        Self {
            scheme,
            user: usual(user, host),
            host: match known {
                Some(known) => shown_host(&known, 0, known.len(), leads),
                None => shown_host(url, host, tail, leads),
            },
            tail: usual(tail, url.len()),
        }
    }
}

impl Places {
    fn of(url: &str) -> Self {
        // Browsers drop these at both ends.
        let begin = url.len() - url.trim_start_matches(|c: char| c <= ' ').len();
        let colon = colon(url, begin);
        let start = colon.map_or(begin, |colon| colon + 1);
        let is_special = colon.is_none_or(|colon| is_special(url.get(begin..colon)));
        let rest = url.get(start..).unwrap_or_default();
        let slashes = rest.len() - rest.trim_start_matches(is_slash).len();
        let user = start + slashes;
        if !is_special && slashes < 2 {
            return Self { colon, user, host: user, tail: user, is_special };
        }
        let rest = url.get(user..).unwrap_or_default();
        let end = rest.find(|c| is_slash(c) || matches!(c, '?' | '#')).unwrap_or(rest.len());
        let at = rest.get(..end).and_then(|text| text.rfind('@')).map_or(0, |at| at + 1);
        Self { colon, user, host: user + at, tail: user + end, is_special }
    }
}

const fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

fn is_special(scheme: Option<&str>) -> bool {
    let scheme = scheme.unwrap_or_default();
    SPECIAL.iter().any(|special| scheme.eq_ignore_ascii_case(special))
}

/// The colon behind a scheme that begins at `begin`. One with a dot is a host with a port.
fn colon(url: &str, begin: usize) -> Option<usize> {
    let (scheme, _) = url.get(begin..)?.split_once(':')?;
    let first = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let good = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'));
    (first && good).then_some(begin + scheme.len())
}

/// What is shown before the user part or host, and whether it is one that leads to a host.
fn scheme(url: &str, colon: Option<usize>, end: usize) -> (String, bool) {
    for (alive, shown) in DEAD {
        if url.strip_prefix(alive).is_some_and(|rest| rest.starts_with("//")) {
            return (shown.to_owned() + &dead(url, alive.len()..end, Colons::Usual), true);
        }
    }
    // A colon of it that stays could only be that of a made-up scheme, which ends in a digit.
    let colons = if colon.is_some() { Colons::All } else { Colons::Usual };
    (dead(url, 0..end, colons), false)
}

/// Host and port as a browser reads them, where that is not how they are written.
fn known_host(url: &str, from: usize, to: usize) -> Option<String> {
    let text = url.get(from..to)?;
    let (name, port) = text.split_at_checked(port(text).unwrap_or(text.len()))?;
    // A text without a dot and without slashes before it is no host. One in ASCII stays as it is.
    let is_host = from > 0 || name.contains(DOTS);
    let plain = name.bytes().all(|b| b.is_ascii_graphic() && b != b'%');
    let host = url::Host::parse(name).ok().filter(|_| is_host && !plain)?;
    Some(format!("{host}{port}"))
}

/// Where a port begins, with its colon.
fn port(text: &str) -> Option<usize> {
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    text.rfind(':').filter(|at| text.get(at + 1..).is_some_and(digits))
}

/// A host and its port, which stand so in `whole`.
fn shown_host(whole: &str, from: usize, to: usize, leads: bool) -> String {
    let host = whole.get(from..to).unwrap_or_default();
    let colons = match port(host) {
        Some(place) if host.contains(DOTS) => Colons::ButOne(from + place),
        _ if leads => Colons::OfHost,
        _ => Colons::All,
    };
    let shown = dead(whole, from..to, colons);
    let marked = host.is_empty() || host.contains(':') || host.contains(DOTS);
    if !leads || marked { shown } else { format!("[{shown}]") }
}
