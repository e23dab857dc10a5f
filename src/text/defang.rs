//! Values for people: what an attacker wrote, readable, dead wherever it is pasted, and read back by
//! every option.
//!
//! One rule for URLs and names. A leading `http://` or `https://` is shown as `hxxp://`, `hxxps://`.
//! Behind it every dot of any kind and every `@` stand in brackets, and so does a colon behind a letter
//! or before a slash, but for that of a port; of any other scheme it is the colon. A host without a dot
//! has its colons or else itself in brackets. The host is that which a browser would go to (WHATWG
//! URL): letters beyond ASCII as punycode; nothing else is decoded. What does not show as itself, `…`,
//! and what would be read as a bracket of ours is written as `\u{…}`, so a `…` that is shown is
//! always a cut. [`refang`](super::refang::refang()) takes all of it back:
//!
//! | kind | value | shown, and read back |
//! | --- | --- | --- |
//! | plain | `https://evil.example/a` | `hxxps://evil[.]example/a` |
//! | port | `https://evil.example:8443/x` | `hxxps://evil[.]example:8443/x` |
//! | user part | `https://u:p@evil.example/` | `hxxps://u[:]p[@]evil[.]example/` |
//! | second scheme | `https://a.example/?u=http://b.example/` | `hxxps://a[.]example/?u=http[:]//b[.]example/` |
//! | encoded scheme | `https://a.example/?u=https%3A%2F%2Fb.example` | `hxxps://a[.]example/?u=https%3A%2F%2Fb[.]example` |
//! | no dot | `http://intranet/x` | `hxxp://[intranet]/x` |
//! | no dot, port | `http://localhost:8080/x` | `hxxp://localhost[:]8080/x` |
//! | IPv6 | `http://[2001:db8::1]/x` | `hxxp://[2001[:]db8[:][:]1]/x` |
//! | other scheme | `ftp://files.example/a` | `ftp[:]//files[.]example/a` |
//! | capitals | `HTTPS://EVIL.EXAMPLE/` | `HXXPS://EVIL[.]EXAMPLE/` |
//! | no scheme | `evil.example:80/a` | `evil[.]example:80/a` |
//! | opaque | `javascript:alert(document.domain)` | `javascript[:]alert(document[.]domain)` |
//! | mail | `mailto:ann@contoso.example` | `mailto[:]ann[@]contoso[.]example` |
//! | file | `/a.zip` | `/a[.]zip` |
//! | name | `ann.lee@contoso.example` | `ann[.]lee[@]contoso[.]example` |
//! | a dot to browsers | `a。example` (a name, U+3002) | `a[。]example` |
//! | brackets | `https://evil.example/[.]` | `hxxps://evil[.]example/[[.]]` |
//! | does not show | `a\u{202e}b` | `a\u{202e}b` |
//! | message | `0d1c2b3a-4e5f-6071-8293-a4b5c6d7e8f9` | `0d1c2b3a-4e5f-6071-8293-a4b5c6d7e8f9` |
//!
//! A cut URL, such as `hxxps://…[@]evil[.]example/reset?…`, is no whole value: an option that is given
//! one says so, and offers what it may be. A host that is shown as another (`https://evil。example/` as
//! `hxxps://evil[.]example/`) is found by what is shown of it.

mod cut;
mod dead;
mod parts;

use dead::{Colons, dead};
use parts::Parts;

/// `url` for people: nothing in it that any software would link.
pub fn defang(url: &str) -> String {
    let Parts { scheme, user, host, tail } = Parts::of(url);
    [scheme, user, host, tail].concat()
}

/// The same without what carries live tokens (user part, query and fragment), cut to `width`.
pub fn without_tokens(url: &str, width: usize) -> String {
    let mut parts = Parts::of(url);
    if !parts.user.is_empty() {
        "…[@]".clone_into(&mut parts.user);
    }
    if let Some(at) = parts.tail.find(['?', '#']) {
        parts.tail.truncate(at + 1);
        parts.tail.push('…');
    }
    cut::to_width(parts, width)
}

/// Any other text from outside, such as a user's name, by the same rule. In a sentence the colon
/// before a blank stays.
pub fn text(text: &str) -> String {
    dead(text, 0..text.len(), Colons::OfWords)
}

/// The same, cut to `width` columns of a terminal.
pub fn text_within(text: &str, width: usize) -> String {
    cut::end(&self::text(text), width)
}

/// A URL cut to `width` columns of a terminal: first within what follows the host, then in the user
/// part, then the host's front. The end of the host always stays, even if that needs more.
pub fn within(url: &str, width: usize) -> String {
    cut::to_width(Parts::of(url), width)
}

#[cfg(test)]
mod tests;
