//! Lists without a heading: one thing a line, or several, with whatever stands around them.

use super::list::{IndicatorList, ItemPlace, RefusalReason};
use super::{blocker, json, prose};

/// Reads every line.
pub(super) fn read(text: &str, list: &mut IndicatorList) {
    for (number, line) in (1..).zip(text.lines()) {
        read_line(line, number, list);
    }
}

/// Reads one line.
pub(super) fn read_line(line: &str, number: usize, list: &mut IndicatorList) {
    let line = without_mark(without_comment(line));
    if is_silent(line) {
        return;
    }
    let place = || ItemPlace::Line(number);
    if let Some(outcomes) = blocker::hosts(line) {
        for outcome in outcomes {
            list.add_outcome(outcome, place, line);
        }
    } else if let Some(outcome) = blocker::filter(line) {
        list.add_outcome(outcome, place, line);
    } else if line.starts_with('{') && json::is_object(line) {
        json::read_line(line, number, list);
    } else {
        match prose::items(line) {
            Ok(items) => items.into_iter().for_each(|item| list.add(item)),
            Err(why) => list.refuse(place(), line, why),
        }
    }
}

/// A line without its comment. A `#` within a URL is part of it.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    let comment = line.find(" #").or_else(|| line.find("\t#"));
    line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim()
}

/// A line without the mark of a comment, if something is directly behind it that can be looked for:
/// `//evil.example/a` is a URL without its scheme.
fn without_mark(line: &str) -> &str {
    if !(line.starts_with("//") || line.starts_with(';')) {
        return line;
    }
    let rest = line.trim_start_matches(['/', ';']);
    let is_something = {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let first = rest.get(..end).unwrap_or_default();
        first.contains(char::is_alphanumeric)
            && matches!(prose::items(first), Ok(_) | Err(RefusalReason::Cut | RefusalReason::Star))
    };
    if is_something { rest } else { line }
}

/// Comments, titles and rulers of lists, fences and rulers of Markdown: what names nothing.
fn is_silent(line: &str) -> bool {
    let is_ruler = line.chars().all(|c| "|-:=_*~`+•– \u{feff}".contains(c));
    let is_title = line.starts_with("[Adblock") || line.starts_with("[uBlock");
    is_ruler || is_title || line.starts_with('!') || line.starts_with(';') || line.starts_with("//")
}
