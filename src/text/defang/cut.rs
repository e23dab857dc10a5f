//! Cuts a URL to the width of a column without hiding where it leads.

use unicode_width::UnicodeWidthStr as _;

use super::parts::Parts;
use crate::text::dots::DOTS;

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
        user = format!("{CUT}[@]");
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

/// Leaves out the end.
pub(super) fn end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    format!("{}{CUT}", front(text, width.saturating_sub(CUT.width())))
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
    let name = host.trim_end_matches(|c: char| c == ':' || c.is_ascii_digit());
    let shown: Vec<(usize, &str)> = units(name).collect();
    let is_dot = |unit: &str| unit.starts_with('[') && unit.contains(DOTS);
    let mut ends = shown.iter().rev().skip_while(|(_, unit)| is_dot(unit));
    let mut dots = ends.by_ref().filter(|(_, unit)| is_dot(unit)).copied();
    let (Some((last, _)), Some((second, dot))) = (dots.next(), dots.next()) else { return host };
    if name.len() < host.len() && !host.contains(|c: char| c.is_alphabetic()) {
        return host;
    }
    let label = host.get(second + dot.len()..last).unwrap_or_default();
    let from = if label.len() > REGISTRY { Some((second, dot)) } else { dots.next() };
    from.and_then(|(at, dot)| host.get(at + dot.len()..)).unwrap_or(host)
}

/// As much of the front as fits, nothing torn that is read as one.
fn front(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = units(text).find(|(_, unit)| {
        used += unit.width();
        used > width
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// As much of the end as fits, likewise.
fn back(text: &str, width: usize) -> &str {
    let shown: Vec<(usize, &str)> = units(text).collect();
    let mut used = 0;
    let begin = shown.iter().rev().find(|(_, unit)| {
        used += unit.width();
        used > width
    });
    text.get(begin.map_or(0, |(at, unit)| at + unit.len())..).unwrap_or_default()
}

/// What is read as one character, each with its place: a dot in its brackets, `\u{…}`.
fn units(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let from = at;
        let len = unit(rest);
        at += len;
        Some((from, rest.get(..len).unwrap_or(rest)))
    })
}

/// The length of the first.
fn unit(text: &str) -> usize {
    let mut chars = text.chars();
    let first = chars.next().map_or(0, char::len_utf8);
    let (inner, close) = (chars.next(), chars.next());
    match inner {
        Some(c) if text.starts_with('[') && close == Some(']') => first + c.len_utf8() + 1,
        Some('u') if text.starts_with("\\u{") => text.find('}').map_or(first, |end| end + 1),
        _ => first,
    }
}
