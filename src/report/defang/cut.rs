//! Cuts a URL to the width of a column without hiding where it leads.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::parts::Parts;

/// More than any name of the DNS needs (two labels of 63, dots in brackets, a port).
const LONGEST_END: usize = 200;

/// Longer than any scheme that leads to a host, slashes included.
const LONGEST_SCHEME: usize = 16;

/// What stands for what was left out.
const CUT: &str = "…";
/// A label before the last that is this short is a registry's, as in `co.uk`.
const REGISTRY: usize = 3;

/// The parts together, in `width` columns where the host lets that be.
pub(super) fn to_width(parts: Parts, width: usize) -> String {
    let Parts { mut scheme, mut user, mut host, mut tail } = parts;
    let over = |parts: [&String; 4]| parts.iter().map(|p| p.width()).sum::<usize>() > width;
    if over([&scheme, &user, &host, &tail]) && !tail.is_empty() {
        let others = scheme.width() + user.width() + host.width();
        tail = middle(&tail, width.saturating_sub(others));
    }
    if over([&scheme, &user, &host, &tail]) && !user.is_empty() {
        user = format!("{CUT}@");
    }
    if over([&scheme, &user, &host, &tail]) && !host.is_empty() {
        let others = scheme.width() + user.width() + tail.width();
        host = end_of_host(&host, width.saturating_sub(others));
    }
    if over([&scheme, &user, &host, &tail]) && scheme.width() > LONGEST_SCHEME {
        // A made-up scheme, or blanks before it.
        scheme = format!("{CUT}{}", back(&scheme, LONGEST_SCHEME));
    }
    [scheme, user, host, tail].concat()
}

/// Leaves out the middle; of `text` two thirds of what stays are its front.
fn middle(text: &str, width: usize) -> String {
    if text.width() <= width.max(CUT.width()) {
        return text.to_owned();
    }
    let room = width.saturating_sub(CUT.width());
    let front = front(text, room - room / 3);
    format!("{front}{CUT}{}", back(text, room / 3))
}

/// The end of a host: as much as there is room for, and always its registrable end.
fn end_of_host(host: &str, width: usize) -> String {
    let needed = registrable_end(host).width();
    if needed > LONGEST_END {
        // No name that could be looked up.
        return middle(host, width);
    }
    let room = width.saturating_sub(CUT.width()).max(needed);
    if host.width() <= room { host.to_owned() } else { format!("{CUT}{}", back(host, room)) }
}

/// The last two labels, and a third where the last but one is short. Addresses whole.
fn registrable_end(host: &str) -> &str {
    const DOT: &str = "[.]";
    let name = host.trim_end_matches(|c: char| c == ':' || c.is_ascii_digit());
    let name = name.strip_suffix(DOT).unwrap_or(name);
    let mut dots = name.rmatch_indices(DOT).map(|(at, _)| at);
    let (Some(last), Some(second)) = (dots.next(), dots.next()) else { return host };
    if name.len() < host.len() && !host.contains(|c: char| c.is_alphabetic()) {
        return host;
    }
    let label = host.get(second + DOT.len()..last).unwrap_or_default();
    let from = if label.len() > REGISTRY { Some(second) } else { dots.next() };
    from.and_then(|at| host.get(at + DOT.len()..)).unwrap_or(host)
}

/// As much of the front as fits.
fn front(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// As much of the end as fits.
fn back(text: &str, width: usize) -> &str {
    let mut used = 0;
    let begin = text.char_indices().rev().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    text.get(begin.map_or(0, |(at, c)| at + c.len_utf8())..).unwrap_or_default()
}
