//! The many ways to make a URL, host or address dead, undone. Found in public reports, and among those
//! that `iocextract`, `ioc-fanger` and `ioc-finder` know.

use std::net::Ipv6Addr;

use crate::text::refang::refang;

const OPENING: [char; 4] = ['[', '(', '{', '<'];
const CLOSING: [char; 4] = [']', ')', '}', '>'];
/// What stands in brackets, and what it stands for.
const MARKS: [(&str, char); 7] =
    [(".", '.'), ("dot", '.'), (",", '.'), ("@", '@'), ("at", '@'), (":", ':'), ("/", '/')];
/// What does not show, and is copied along.
const UNSEEN: [char; 6] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];

/// `text` alive, as far as it was dead.
pub(super) fn alive(text: &str) -> String {
    let text = seen(text.trim());
    if is_plain(&text) {
        return text;
    }
    let (scheme, rest) = scheme(&text);
    let (host, tail) = host(rest);
    let tail = if tail.is_empty() { String::new() } else { refang(tail) };
    format!("{scheme}{host}{tail}")
}

/// Whether nothing is dead in a URL, at a glance.
fn is_plain(text: &str) -> bool {
    let is_live = text.starts_with("http://") || text.starts_with("https://");
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).get(3..);
    is_live
        && rest.is_some_and(|rest| !rest.contains(['[', '(', '{', '<', '\\', ']']))
        && text.split('/').nth(2).is_some_and(|host| !host.is_empty())
}

/// `text` without what does not show.
pub(super) fn seen(text: &str) -> String {
    text.replace(UNSEEN, "")
}

/// `text` without the blanks in and around brackets that stand for a dot or an `@`.
pub(super) fn closed_up(text: &str) -> String {
    let mut closed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let begin = rest.trim_start();
        let blanks = rest.len() - begin.len();
        if let Some((mark, len)) = mark(begin).filter(|(mark, _)| matches!(mark, '.' | '@')) {
            closed.push(mark);
            rest = begin.get(len..).unwrap_or_default().trim_start();
        } else {
            // Blanks are passed at once: there may be many.
            let (passed, after) =
                rest.split_at_checked(blanks.max(c.len_utf8())).unwrap_or((rest, ""));
            closed.push_str(passed);
            rest = after;
        }
    }
    closed
}

/// The character that brackets at the start of `text` stand for, and their length.
fn mark(text: &str) -> Option<(char, usize)> {
    let inside = text.strip_prefix(OPENING)?.trim_start();
    let (name, mark) = MARKS.into_iter().find(|(name, _)| {
        inside.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
    })?;
    let after = inside.get(name.len()..)?.trim_start().strip_prefix(CLOSING)?;
    Some((mark, text.len() - after.len()))
}

/// The scheme alive, with its slashes, and what follows; nothing if there is none.
fn scheme(text: &str) -> (String, &str) {
    let begin = text.strip_prefix(OPENING).unwrap_or(text);
    let end = begin.find(|c: char| !(c.is_ascii_alphanumeric() || "*+-".contains(c)));
    let Some((word, rest)) = end.and_then(|end| begin.split_at_checked(end)) else {
        return (String::new(), text);
    };
    let (word, rest) = match rest.get(..3).filter(|_| word.len() > 3) {
        Some("[s]" | "(s)" | "{s}" | "[S]") => (format!("{word}s"), rest.get(3..).unwrap_or("")),
        _ => (word.to_owned(), rest),
    };
    let Some((slashes, rest)) = separator(rest) else { return (String::new(), text) };
    match known(&word) {
        Some(scheme) => (format!("{scheme}://"), rest),
        None if slashes >= 2 && word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (format!("{word}://"), rest)
        }
        None => (String::new(), text),
    }
}

/// How many slashes stand behind the colon, whatever brackets are around them, and what follows.
fn separator(text: &str) -> Option<(usize, &str)> {
    let is_part = |c: char| "[](){}<>:/\\".contains(c);
    let len = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    let (mut between, mut rest) = text.split_at_checked(len)?;
    // The bracket of an address is its own.
    if let Some(before) = between.strip_suffix('[')
        && is_v6(text.get(before.len()..)?)
    {
        between = before;
        rest = text.get(before.len()..)?;
    }
    let slashes = between.matches(['/', '\\']).count();
    (between.contains(':') && slashes > 0).then_some((slashes, rest))
}

fn is_v6(text: &str) -> bool {
    let inside = text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']'));
    let dead = |text: &str| text.replace("[:]", ":");
    let address = |text: &str| dead(text).parse::<Ipv6Addr>().is_ok();
    let first = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(inside, _)| address(inside)) || first.is_some_and(|(it, _)| address(it))
}

/// The scheme that a word stands for: `hxxp`, `hXXps`, `hxtp`, `h**p`, `meow`, `fxp` and the like.
pub(super) fn known(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let (stem, is_tls) = match word.strip_suffix('s') {
        Some(stem) => (stem, true),
        None => (word.as_str(), false),
    };
    let within = |first: char| stem.strip_prefix(first).and_then(|rest| rest.strip_suffix('p'));
    let is_dead = |within: &str, letters: &str| within.chars().all(|c| letters.contains(c));
    let is_http = within('h').is_some_and(|it| (1..=4).contains(&it.len()) && is_dead(it, "tx*-"));
    if is_http || stem == "meow" {
        return Some(if is_tls { "https" } else { "http" });
    }
    let is_ftp = within('f').is_some_and(|it| (1..=2).contains(&it.len()) && is_dead(it, "tx*"));
    is_ftp.then_some(if is_tls { "ftps" } else { "ftp" })
}

/// The host alive, with user part and port, and what follows.
fn host(text: &str) -> (String, &str) {
    let mut host = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if matches!(c, '/' | '?' | '#') {
            break;
        }
        if rest.starts_with("\\.") {
            host.push('.');
            rest = rest.get(2..).unwrap_or_default();
        } else if c == '\\' {
            break;
        } else if let Some((mark, len)) = mark(rest) {
            rest = rest.get(len..).unwrap_or_default();
            if mark == '/' {
                return (without_brackets(&host), slashed(text, rest));
            }
            host.push(mark);
        } else {
            host.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    (without_brackets(&host), rest)
}

/// What follows a host whose slash stood in brackets: the closing one is left out of it.
fn slashed<'t>(text: &'t str, rest: &'t str) -> &'t str {
    // `[/]` is refanged with the rest.
    let begin = text.len() - rest.len();
    let opening = text.get(..begin).and_then(|before| before.rfind(OPENING));
    opening.and_then(|at| text.get(at..)).unwrap_or(rest)
}

/// A host without the brackets that are left, unless they are those of an address.
fn without_brackets(host: &str) -> String {
    let (user, name) = match host.rsplit_once('@') {
        Some((user, name)) => (format!("{user}@"), name),
        None => (String::new(), host),
    };
    if is_v6(name) {
        return host.to_owned();
    }
    let name = name.replace(OPENING, "").replace(CLOSING, "");
    format!("{user}{name}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_make_dead_lives_again() {
        for (dead, living) in [
            ("hxxps[://]evil[.]example/a", "https://evil.example/a"),
            ("hxxps://evil.example[/]a", "https://evil.example/a"),
            ("https[://evil[.]example/a", "https://evil.example/a"),
            ("http[s]://evil[.]example/a", "https://evil.example/a"),
            ("[https://]evil[.]example/a", "https://evil.example/a"),
            ("hxxps:/evil[.]example/a", "https://evil.example/a"),
            ("https://evil\\.example/a", "https://evil.example/a"),
            ("h**ps://evil[,]example:8443/a", "https://evil.example:8443/a"),
            ("fxp://evil[dot]example/", "ftp://evil.example/"),
            ("foo://evil[.]example/", "foo://evil.example/"),
            ("ann(at)evil{.}example", "ann@evil.example"),
            ("evil[.]example:443", "evil.example:443"),
            ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"),
            ("hxxp://[2001[:]db8[:][:]1]/x", "http://[2001:db8::1]/x"),
            ("[2001:db8::1]:8080", "[2001:db8::1]:8080"),
            ("2001[:]db8::1", "2001:db8::1"),
            ("hxxp://[intranet]/x", "http://intranet/x"),
            ("c:/windows", "c:/windows"),
            ("evil[.]example/a[.]b", "evil.example/a.b"),
            ("evil\u{200b}[.]example", "evil.example"),
            ("", ""),
        ] {
            assert_eq!(alive(dead), living, "{dead}");
        }
        assert_eq!(
            closed_up("at evil [.] example/a ann (at) b[ . ]c"),
            "at evil.example/a ann@b.c"
        );
    }

    proptest! {
        #[test]
        fn what_lives_stays_as_it_is(url in "https?://[a-z]{1,8}\\.example(:[0-9]{1,4})?(/[a-zA-Z0-9/?=&%.;,*!~-]{0,20})?") {
            prop_assert_eq!(alive(&url), url);
        }

        #[test]
        fn any_text_is_read(text in "[\\[\\](){}<>.:/\\\\@,hxtpsdo a\u{200b}ü]{0,30}") {
            let _ = (alive(&text), closed_up(&text));
        }
    }
}
