//! One line as people write and paste them: bullets, numbers, quotes, brackets, labels, Markdown, notes.

use super::refanged::{alive, closed_up, seen};
use super::value::{is_live, spellings, value};
use super::{Indicator, Item, LeftOut, Why};

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

/// A word of the line that may be something.
struct Piece {
    text: String,
    /// What it may be besides: with what was cut off at its end.
    also: Vec<String>,
}

/// What the line names. Beside the first thing, addresses of mail are taken for somebody's who wrote a
/// note, unless all that stands there is something.
pub(super) fn items(line: &str) -> Result<Vec<Item>, Why> {
    let pieces = pieces(&closed_up(&seen(line)), line);
    let mut read: Vec<(usize, Item)> = Vec::new();
    let mut why = Why::Nothing;
    for (place, piece) in pieces.iter().enumerate() {
        match item(piece) {
            Ok(item) => read.push((place, item)),
            Err(reason) if reason != Why::Nothing || place == 0 => why = reason,
            Err(_) => {}
        }
    }
    let is_cut = pieces.iter().any(is_cut);
    if is_cut || read.is_empty() || why == Why::Star {
        return Err(if is_cut { Why::Cut } else { why });
    }
    let all = read.len() == pieces.len();
    Ok(chosen(read, all))
}

/// A star is refused where it cannot stand, not passed over.
fn item(piece: &Piece) -> Result<Item, Why> {
    if piece.text.is_empty() {
        return Err(Why::Nothing);
    }
    let mut item = value(&piece.text)?;
    if let Item::Found(Indicator::Url { also, .. }) = &mut item {
        let more = piece.also.iter().flat_map(|text| spellings(text));
        also.extend(more.filter(|url| is_live(url)));
    }
    Ok(item)
}

fn is_cut(piece: &Piece) -> bool {
    let is_any = piece.text.contains(['.', '/', '@']);
    piece.text.contains('…') && is_any || piece.also.iter().any(|text| text.ends_with("..."))
}

fn chosen(read: Vec<(usize, Item)>, all: bool) -> Vec<Item> {
    let first = read.first().map(|(place, _)| *place);
    let choose = |(place, item): (usize, Item)| {
        let is_first = Some(place) == first;
        match &item {
            Item::Found(Indicator::User(_)) if !(all || is_first) => {
                Some(Item::LeftOut(LeftOut::InNote))
            }
            Item::Found(Indicator::Id(_)) | Item::LeftOut(LeftOut::Empty) if !(all || is_first) => {
                None
            }
            // An abbreviation, such as e.g., is no host.
            Item::Found(Indicator::Host(name)) if !(all || is_likely(name)) => None,
            _ => Some(item),
        }
    };
    let chosen: Vec<Item> = read.clone().into_iter().filter_map(choose).collect();
    // What is unlikely is better than nothing.
    if chosen.is_empty() { read.into_iter().map(|(_, item)| item).collect() } else { chosen }
}

fn is_likely(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        || last.starts_with("xn--")
}

/// The words of a line, of which `raw` is what was written.
fn pieces(line: &str, raw: &str) -> Vec<Piece> {
    let line = without_links(&without_bullet(line));
    let mut pieces: Vec<Piece> = line.split_whitespace().flat_map(word).collect();
    // A URL may have blanks in it, and what looks dead.
    if let Some(first) = pieces.first_mut()
        && line.starts_with(&first.text)
        && first.text.contains("://")
    {
        let begin = line.get(..8).and_then(|begin| raw.find(begin)).unwrap_or_default();
        let raw = raw.get(begin..).unwrap_or_default().trim();
        first.also.extend([raw.to_owned(), line.trim().to_owned()]);
        first.also.extend(raw.split_whitespace().next().map(bare).map(str::to_owned));
    }
    pieces.retain(|piece| !piece.text.is_empty());
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
    for (place, c) in text.char_indices() {
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
fn word(word: &str) -> Vec<Piece> {
    let bare = bare(word);
    let mut parts = bare.split(SEPARATORS).map(self::bare).filter(|part| !part.is_empty());
    let Some(first) = parts.next() else { return Vec::new() };
    let is_url = first.contains("://") || alive(first).contains("://");
    let also = [word, bare].into_iter().filter(|text| is_url && *text != first);
    let mut pieces =
        vec![Piece { text: labelled(first).to_owned(), also: also.map(str::to_owned).collect() }];
    pieces.extend(parts.map(|part| Piece { text: part.to_owned(), also: Vec::new() }));
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
    let mut bare = word;
    loop {
        let inner = without_around(bare.trim_end_matches(PUNCTUATION));
        if inner == bare {
            return bare;
        }
        bare = inner;
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> Vec<String> {
        let text = |item: Item| match item {
            Item::Found(
                Indicator::Url { text, .. } | Indicator::Host(text) | Indicator::Network(text),
            ) => text,
            Item::Found(Indicator::User(text)) => format!("user {text}"),
            other => format!("{other:?}"),
        };
        items(line).unwrap_or_default().into_iter().map(text).collect()
    }

    #[test]
    fn what_a_line_names_is_found_within_it() {
        let url = "https://evil.example/a";
        for (line, expect) in [
            ("- [ ] hxxps://evil[.]example/a", vec![url]),
            ("12) \"hxxps://evil[.]example/a\"", vec![url]),
            ("[text](https://evil.example/a \"title\")", vec![url]),
            ("[hxxps://other[.]example](<https://evil.example/a>)", vec![url]),
            ("see (https://evil.example/a).", vec![url]),
            ("https://evil.example/a), and others", vec![url]),
            ("url=https://evil.example/a", vec![url]),
            ("Malicious link: hxxps://evil[.]example/a", vec![url]),
            (
                "hxxps://evil[.]example/a - reported by bob@contoso.example",
                vec![url, "LeftOut(InNote)"],
            ),
            ("**evil.example**", vec!["evil.example"]),
            ("evil.example (192.0.2.9)", vec!["evil.example", "192.0.2.9"]),
            ("evil.example bad.example", vec!["evil.example", "bad.example"]),
            ("evil.example seen 2026-11-20, e.g. at 10.30", vec!["evil.example"]),
            (
                "ann@evil.example, bob@evil.example",
                vec!["user ann@evil.example", "user bob@evil.example"],
            ),
            ("[2001:db8::1]:8080", vec!["2001:db8::1"]),
            ("<https://evil.example/a_(b)>", vec!["https://evil.example/a_(b)"]),
        ] {
            assert_eq!(texts(line), expect, "{line}");
        }
        for (line, why) in [
            ("https://evil.example/abc…", Why::Cut),
            ("…evil.example/abc", Why::Cut),
            ("https://evil.example/abc...", Why::Cut),
            ("nothing here", Why::Nothing),
            ("@evil.example", Why::MailDomain),
            ("*evil.example", Why::Star),
        ] {
            assert_eq!(items(line), Err(why), "{line}");
        }
    }

    proptest! {
        /// A live URL is looked for as it is, whatever is in it and at its end.
        #[test]
        fn a_url_alone_is_looked_for_as_it_is(tail in "[!-~]{0,12}") {
            let url = format!("https://evil.example/a{tail}");
            if let Ok(items) = items(&url) {
                let has = |item: &Item| match item {
                    Item::Found(Indicator::Url { text, also }) => *text == url || also.contains(&url),
                    // It is among all that begin so.
                    Item::Found(Indicator::Area(_)) => tail.contains('*'),
                    _ => false,
                };
                prop_assert!(items.iter().any(has), "{items:?}");
            }
        }

        #[test]
        fn any_line_is_read_or_refused(line in "[ \\[\\]()<>\"'`|*~^$!@#.,;:/\\\\a-z0-9é…\u{200b}]{0,40}") {
            let _ = items(&line);
        }
    }
}
