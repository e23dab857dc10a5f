//! What was made dead for people, as it was.

use super::dots::DOTS;

/// What stands for what, wherever it is.
const MARKS: [(&str, &str); 11] = [
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("[:]", ":"),
    ("[://]", "://"),
    ("[@]", "@"),
    ("[at]", "@"),
    ("[/]", "/"),
    // That alone is linked without a dot.
    (DEAD_LOCALHOST, "localhost"),
];

/// The one host without a dot that is linked wherever it stands.
const DEAD_LOCALHOST: &str = "[l]ocalhost";

/// Schemes that nothing knows, and what they stand for.
const SCHEMES: [(&str, &str); 5] =
    [("hxxps", "https"), ("hxxp", "http"), ("fxp", "ftp"), ("h**ps", "https"), ("h**p", "http")];

/// `text` with the usual ways to make a URL, host or address dead undone: `hxxp`, `fxp`, `[.]`,
/// `(.)`, `[:]`, `[://]`, `[@]`, `[dot]`, `[at]`. Of what [`defang`](super::defang) shows whole it makes
/// the value again.
pub fn refang(text: &str) -> String {
    // Cards have breaks in long values, which do not show.
    let text = text.trim().replace('\u{200b}', "");
    let mut whole = String::with_capacity(text.len());
    let Some(rest) = scheme(&text, &mut whole) else { return undone(&text) };
    match bare_host(rest) {
        Some((before, host, after)) => {
            whole.extend([before, host, after].map(undone));
        }
        None => whole.push_str(&undone(rest)),
    }
    whole
}

/// What `text` may stand for where something is asked for: itself, and what it was made of. A value
/// that is alive may have in it what looks dead.
pub fn readings(text: &str) -> Vec<String> {
    let mut readings = vec![text.to_owned()];
    // In a file for spreadsheets this stands before what would be taken for a formula.
    let formula = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-']));
    for reading in [refang(text)].into_iter().chain(formula.map(refang)) {
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    readings
}

/// Whether `cut` may be what was shown of a value that is whole `shown`: with `…` for what was left
/// out.
pub fn is_cut_of(cut: &str, shown: &str) -> bool {
    let Some((first, others)) = cut.split_once('…') else { return cut == shown };
    let Some(mut rest) = shown.strip_prefix(first) else { return false };
    let (middle, last) = others.rsplit_once('…').unwrap_or(("", others));
    for piece in middle.split('…') {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// Whether `text` begins with a mark that has none of the characters that are never shown bare.
pub(super) fn begins_mark(text: &str) -> bool {
    mark(text).is_some_and(|(dead, _)| !dead.contains(['.', ':', '@']))
}

/// Whether `text` begins with a scheme that stands for another.
pub(super) fn begins_dead_scheme(text: &str) -> bool {
    dead_scheme(text).is_some()
}

fn mark(text: &str) -> Option<(&'static str, &'static str)> {
    let begins = |dead: &str| text.get(..dead.len()).is_some_and(|t| t.eq_ignore_ascii_case(dead));
    MARKS.into_iter().find(|(dead, _)| begins(dead))
}

fn undone(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = if let Some((dead, alive)) = mark(rest) {
            let own = rest.get(..dead.len()).filter(|_| dead == DEAD_LOCALHOST);
            // It keeps its case.
            whole.push_str(&own.map_or(alive.to_owned(), |own| own.replace(['[', ']'], "")));
            dead.len()
        } else if let Some((written, len)) = written(rest) {
            whole.push(written);
            len
        } else if let Some(dot) = other_dot(rest) {
            whole.push(dot);
            dot.len_utf8() + 2
        } else {
            whole.push(c);
            c.len_utf8()
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    whole
}

/// A character that is written as `\u{…}`, and the length of that.
fn written(text: &str) -> Option<(char, usize)> {
    let (digits, _) = text.strip_prefix("\\u{")?.split_once('}')?;
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((c, "\\u{}".len() + digits.len()))
}

/// A dot of another kind in brackets.
fn other_dot(text: &str) -> Option<char> {
    let mut chars = text.strip_prefix('[')?.chars();
    let dot = chars.next().filter(|c| DOTS.contains(c))?;
    chars.next().filter(|c| *c == ']').map(|_| dot)
}

fn dead_scheme(text: &str) -> Option<(&'static str, &'static str)> {
    SCHEMES.into_iter().find(|(dead, _)| {
        let begins = text.get(..dead.len()).is_some_and(|t| t.eq_ignore_ascii_case(dead));
        let rest = text.get(dead.len()..).unwrap_or_default();
        begins && (rest.starts_with(':') || rest.starts_with("[:"))
    })
}

/// Writes the scheme that a dead one stands for; gives what follows it.
fn scheme<'t>(text: &'t str, to: &mut String) -> Option<&'t str> {
    let (dead, alive) = dead_scheme(text)?;
    let capitals = text.starts_with(&dead.to_ascii_uppercase());
    to.push_str(&if capitals { alive.to_ascii_uppercase() } else { alive.to_owned() });
    text.get(dead.len()..)
}

/// What stands before, within and behind the brackets of a host that has neither a dot nor a colon,
/// in what follows a scheme.
fn bare_host(rest: &str) -> Option<(&str, &str, &str)> {
    let after_colon = [":", "[:]", "[://]"].iter().find_map(|colon| rest.strip_prefix(colon))?;
    let authority = after_slashes(after_colon);
    let end = authority_end(authority);
    let at = authority.get(..end)?.rfind("[@]").map_or(0, |at| at + "[@]".len());
    let host = authority.get(at..end)?.strip_prefix('[')?.strip_suffix(']')?;
    if host.is_empty() || host.contains(':') || host.contains(DOTS) {
        return None;
    }
    let begin = rest.len() - authority.len() + at;
    Some((rest.get(..begin)?, host, rest.get(begin + host.len() + 2..)?))
}

fn after_slashes(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = match (rest.chars().next(), written(rest)) {
            (_, Some(('\\', len))) => rest.get(len..).unwrap_or_default(),
            (Some('/' | '\\'), None) => rest.get(1..).unwrap_or_default(),
            _ => return rest,
        }
    }
}

fn authority_end(text: &str) -> usize {
    let is_end = |(at, c): &(usize, char)| match c {
        '/' | '?' | '#' => true,
        // What is written so is no slash, but for that itself.
        '\\' => text.get(*at..).and_then(written).is_none_or(|(c, _)| c == '\\'),
        _ => false,
    };
    text.char_indices().find(is_end).map_or(text.len(), |(at, _)| at)
}
