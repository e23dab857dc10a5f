//! Makes a text dead character by character, so that each can be taken back.

use std::ops::Range;

use crate::text::dots::DOTS;
use crate::text::escape::is_visible;
use crate::text::refang::{begins_dead_scheme, begins_mark};

/// Which colons stand in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colons {
    /// Those behind a letter, and those before a slash.
    Usual,
    /// The same, but for those before a blank.
    OfWords,
    /// All.
    All,
    /// Likewise, of a host behind a scheme that is dead: it may be the one that is linked elsewhere.
    OfHost,
    /// All but that at this place.
    ButOne(usize),
}

/// The part of `whole` in `range`, dead.
pub(super) fn dead(whole: &str, range: Range<usize>, colons: Colons) -> String {
    let mut dead = String::with_capacity(range.len() + 16);
    let part = whole.get(range.clone()).unwrap_or_default();
    for (at, c) in part.char_indices().map(|(at, c)| (range.start + at, c)) {
        let (before, rest) = whole.split_at_checked(at).unwrap_or_default();
        let bracketed = DOTS.contains(&c)
            || c == '@'
            || c == ':' && colons.take(at, before, rest)
            || colons != Colons::OfHost && is_local(before, rest);
        if bracketed {
            dead.extend(['[', c, ']']);
        } else if shows(c, before, rest) {
            dead.push(c);
        } else {
            dead.extend(c.escape_unicode());
        }
    }
    dead
}

impl Colons {
    /// Whether that at `at` is one of them.
    fn take(self, at: usize, before: &str, rest: &str) -> bool {
        let next = rest.chars().nth(1);
        let usual = before.ends_with(char::is_alphabetic)
            || matches!(next, Some('/' | '\\'))
            || is_in_brackets(before);
        match self {
            Self::Usual => usual,
            Self::OfWords => usual && next != Some(' '),
            Self::All | Self::OfHost => true,
            Self::ButOne(place) => at != place,
        }
    }
}

/// Whether an address of IPv6 may end here, or a colon would look as if its bracket were ours.
fn is_in_brackets(before: &str) -> bool {
    let is_part = |c: &char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%');
    before.chars().rev().take(LONGEST_ADDRESS).find(|c| !is_part(c)) == Some('[')
}

/// With its bracket, and the name of an interface.
const LONGEST_ADDRESS: usize = 64;

/// The one host without a dot that is linked wherever it stands: behind two slashes its first letter
/// stands in brackets.
const LOCALHOST: &str = "localhost";

fn is_local(before: &str, rest: &str) -> bool {
    let begins =
        rest.get(..LOCALHOST.len()).is_some_and(|text| text.eq_ignore_ascii_case(LOCALHOST));
    let slashes = || before.chars().rev().take(2).filter(|c| matches!(c, '/' | '\\')).count();
    begins && slashes() == 2
}

/// Whether `c`, with which `rest` begins, shows as itself and is read as itself.
fn shows(c: char, before: &str, rest: &str) -> bool {
    match c {
        // Blanks at the ends, and all but the first of several, are lost where text is copied.
        ' ' => !before.is_empty() && rest.len() > 1 && !before.ends_with(' '),
        // That stands for what was cut.
        '…' => false,
        '\\' => !rest.starts_with("\\u{"),
        '[' | '(' | '{' => !begins_mark(rest),
        'h' | 'H' | 'f' | 'F' => !(before.is_empty() && begins_dead_scheme(rest)),
        c => is_visible(c),
    }
}
