//! The words of a line without what people and programs put around them: bullets, numbers, quotes,
//! brackets, labels, Markdown.

use super::list::{Indicator, Item};
use super::refanged::alive;
use super::value::value;

/// What stands around something, at its beginning and its end.
const AROUND: [(char, char); 10] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('<', '>'),
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('“', '”'),
    ('‘', '’'),
    ('«', '»'),
];
/// What ends a phrase, and seldom a URL.
const PUNCTUATION: [char; 11] = ['.', ',', ';', ':', '!', '?', '"', '\'', '`', '”', '’'];
/// What separates things within one word.
const SEPARATORS: [char; 4] = [',', ';', '|', '"'];

/// How many pairs may stand around a word.
const MOST_PAIRS: usize = 12;
/// How far behind a link's text its end is looked for, in characters.
const LONGEST_LINK: usize = 8_192;

/// A word of the line that may be something.
pub(super) struct Word {
    pub(super) text: String,
    /// What it may be besides: with what was cut off at its end.
    pub(super) also: Vec<String>,
}

/// The words of a line, of which `raw` is what was written.
pub(super) fn pieces(line: &str, raw: &str) -> Vec<Word> {
    let line = without_links(&without_bullet(line));
    let mut pieces: Vec<Word> = line.split_whitespace().flat_map(word).collect();
    // A URL may have blanks in it, and what looks dead.
    if let Some(first) = pieces.first_mut()
        && line.trim_start_matches(['"', '\'', '`', '<', '(', '“']).starts_with(&first.text)
        && first.text.contains("://")
    {
        let begin = first.text.get(..8).and_then(|begin| raw.find(begin)).unwrap_or_default();
        let raw = raw.get(begin..).unwrap_or_default().trim();
        first.also.extend([raw.to_owned(), line.trim().to_owned()]);
        first.also.extend(raw.split_whitespace().next().map(bare).map(str::to_owned));
    }
    pieces.retain(|word| !word.text.is_empty());
    pieces
}

/// The line without what lists put before each item: bullets, numbers, boxes, marks of a quotation.
fn without_bullet(line: &str) -> String {
    let mut rest = line.trim();
    while let Some((first, after)) = rest.split_once(char::is_whitespace) {
        let digits = first.trim_start_matches('(').trim_end_matches(['.', ')', ':']);
        let is_number = digits.len() <= 4
            && digits.len() < first.len()
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_bullet = ["-", "*", "+", ">", "•", "–", "—", "·", "▪", "[ ]", "[x]", "|", "[", "x]"];
        if !(is_number || is_bullet.contains(&first)) {
            break;
        }
        rest = after.trim_start();
    }
    rest.trim_start_matches(['•', '▪', '·']).to_owned()
}

/// `[text](link)` as its link: the text of it may say something else.
fn without_links(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        let (before, link) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let link = link.get(2..).unwrap_or_default();
        let (begin, end) = (opening(before), closing(link));
        let target = end.and_then(|end| link.get(..end)).unwrap_or_default().trim();
        let target = target.split_whitespace().next().unwrap_or_default();
        let target = target.trim_start_matches('<').trim_end_matches('>');
        let (Some(begin), Some(end), true) = (begin, end, alive(target).contains("://")) else {
            plain += before;
            plain += "](";
            rest = link;
            continue;
        };
        plain += before.get(..begin).unwrap_or_default();
        plain.extend([" ", target, " "]);
        rest = link.get(end + 1..).unwrap_or_default();
    }
    plain + rest
}

/// Where the bracket stands that is open at the end of `text`.
fn opening(text: &str) -> Option<usize> {
    let mut closed = 0_usize;
    for (place, c) in text.char_indices().rev() {
        match c {
            ']' => closed += 1,
            '[' if closed == 0 => return Some(place),
            '[' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// Where the bracket stands that closes what was opened before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (place, c) in text.char_indices().take(LONGEST_LINK) {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return Some(place),
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The things within one word. A URL may have commas and the like in it: the whole is looked for, too.
fn word(word: &str) -> Vec<Word> {
    let bare = bare(word);
    let mut parts = bare.split(SEPARATORS).map(self::bare).filter(|part| !part.is_empty());
    let Some(first) = parts.next() else { return Vec::new() };
    let is_url = first.contains("://") || alive(first).contains("://");
    let also = [word, unwrapped(word), bare].into_iter().filter(|text| is_url && *text != first);
    let mut pieces =
        vec![Word { text: labelled(first).to_owned(), also: also.map(str::to_owned).collect() }];
    pieces.extend(parts.map(|part| Word { text: part.to_owned(), also: Vec::new() }));
    pieces
}

/// `url=https://…` and `URL:https://…` without their labels.
fn labelled(text: &str) -> &str {
    let label = text.find([':', '=']).filter(|at| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let is_word = text.get(..*at).is_some_and(|it| it.bytes().all(|b| b.is_ascii_alphabetic()));
        is_word && !rest.starts_with('/') && alive(rest).contains("://")
    });
    label.and_then(|at| text.get(at + 1..)).unwrap_or(text)
}

/// A word without what is around it.
fn bare(word: &str) -> &str {
    stripped(word, |word| without_around(word.trim_end_matches(PUNCTUATION)))
}

/// A word without what is around it, but with all that stands at its end.
fn unwrapped(word: &str) -> &str {
    stripped(word, without_around)
}

/// Strips a word until nothing changes, or it is none that anybody would write.
fn stripped<'w>(word: &'w str, strip: impl Fn(&'w str) -> &'w str) -> &'w str {
    (0..MOST_PAIRS).fold(word, |word, _| strip(word))
}

fn without_around(word: &str) -> &str {
    // The brackets of an address are its own.
    if word.starts_with('[') && matches!(value(word), Ok(Item::Found(Indicator::Network(_)))) {
        return word;
    }
    for twice in ["**", "__"] {
        let inner = word.strip_prefix(twice).and_then(|rest| rest.strip_suffix(twice));
        if let Some(inner) = inner {
            return inner;
        }
    }
    for (open, close) in AROUND {
        if let Some(inner) = word.strip_prefix(open) {
            if let Some(inner) = inner.strip_suffix(close) {
                return inner;
            }
            if !inner.contains(close) {
                return inner;
            }
        }
        if let Some(inner) = word.strip_suffix(close)
            && open != close
            && inner.matches(open).count() < word.matches(close).count()
        {
            return inner;
        }
    }
    word
}
