//! URLs for people: what an attacker wrote, readable, and dead wherever it is pasted.
//!
//! `https://user@evil.example:8443/a?u=http://b.example` is shown as
//! `hxxps://user@evil[.]example:8443/a?u=hxxp[:]//b[.]example`. The host is that which a browser
//! would go to (WHATWG URL), letters beyond ASCII as punycode; nothing else is decoded.

mod cut;
mod parts;

use parts::Parts;

/// `url` for people: no scheme that anything would link, no dots in hosts, and every character
/// that does not show as itself as `\u{…}`.
pub fn defang(url: &str) -> String {
    let Parts { scheme, user, host, tail } = Parts::of(url);
    [scheme, user, host, tail].concat()
}

/// The same without what carries live tokens (user part, query and fragment), cut to `width`.
pub fn without_tokens(url: &str, width: usize) -> String {
    let mut parts = Parts::of(url);
    if !parts.user.is_empty() {
        "…@".clone_into(&mut parts.user);
    }
    if let Some((path, _)) = parts.tail.split_once(['?', '#']) {
        parts.tail = format!("{path}?…");
    }
    cut::to_width(parts, width)
}

/// Any other text from outside, such as a user's name: with nothing in it that software would link
/// by itself. `ann@contoso.test` is shown as `ann@contoso[.]test`.
pub fn text(text: &str) -> String {
    parts::dead_text(text)
}

/// The same, cut to `width` columns of a terminal: first within what follows the host, then in the
/// user part, then the host's front. The end of the host always stays, even if that needs more.
pub fn within(url: &str, width: usize) -> String {
    cut::to_width(Parts::of(url), width)
}

#[cfg(test)]
mod tests;
