//! One line as people write and paste them: what of it is looked for.

use super::list::{Indicator, Item, LeftOut, RefusalReason};
use super::refanged::{closed_up, seen};
use super::value::{is_live, spellings, value};
use super::word::{Word, pieces};

/// The longest line that is read, in bytes.
const LONGEST_LINE: usize = 64 << 10;

/// What the line names. Beside the first thing, addresses of mail are taken for somebody's who wrote a
/// note, unless all that stands there is something.
pub(super) fn items(line: &str) -> Result<Vec<Item>, RefusalReason> {
    if line.len() > LONGEST_LINE {
        return Err(RefusalReason::Long);
    }
    let pieces = pieces(&closed_up(&seen(line)), line);
    let mut read: Vec<(usize, Item)> = Vec::new();
    let mut why = RefusalReason::Nothing;
    for (place, word) in pieces.iter().enumerate() {
        match item(word) {
            Ok(item) => read.push((place, item)),
            Err(reason) if reason != RefusalReason::Nothing || place == 0 => why = reason,
            Err(_) => {}
        }
    }
    let is_cut = pieces.iter().any(is_cut);
    if is_cut || read.is_empty() || why == RefusalReason::Star {
        return Err(if is_cut { RefusalReason::Cut } else { why });
    }
    let all = read.len() == pieces.len();
    Ok(chosen(read, all))
}

/// A star is refused where it cannot stand, not passed over.
fn item(word: &Word) -> Result<Item, RefusalReason> {
    if word.text.is_empty() {
        return Err(RefusalReason::Nothing);
    }
    let mut item = value(&word.text)?;
    if let Item::Found(Indicator::Url { also, .. }) = &mut item {
        let more = word.also.iter().flat_map(|text| spellings(text));
        also.extend(more.filter(|url| is_live(url)));
    }
    Ok(item)
}

fn is_cut(word: &Word) -> bool {
    let is_any = word.text.contains(['.', '/', '@']);
    word.text.contains('…') && is_any || word.also.iter().any(|text| text.ends_with("..."))
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
            ("https://evil.example/abc…", RefusalReason::Cut),
            ("…evil.example/abc", RefusalReason::Cut),
            ("https://evil.example/abc...", RefusalReason::Cut),
            ("nothing here", RefusalReason::Nothing),
            (&"(".repeat(70_000), RefusalReason::Long),
            ("@evil.example", RefusalReason::MailDomain),
            ("*evil.example", RefusalReason::Star),
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
