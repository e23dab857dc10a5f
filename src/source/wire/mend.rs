//! Mends an answer that no text can hold: lone surrogates and bytes that are no UTF-8 become
//! U+FFFD. Whoever writes a URL could otherwise keep its whole hour from being read.

use std::borrow::Cow;

const REPLACEMENT: &str = "\\ufffd";

/// The mended text; `None` when there was nothing to mend.
pub(super) fn mend(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    match (mend_surrogates(&text), text) {
        (Some(mended), _) => Some(mended),
        (None, Cow::Owned(text)) => Some(text),
        (None, Cow::Borrowed(_)) => None,
    }
}

/// Replaces `\ud800` … `\udfff` escapes that are no pair.
fn mend_surrogates(text: &str) -> Option<String> {
    let mut mended = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        let step = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                mended.push_str(text.get(kept..at).unwrap_or_default());
                mended.push_str(REPLACEMENT);
                kept = at + 6;
                6
            }
            // Any other escape is two characters at least, so `\\ud800` is no surrogate.
            _ => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
        };
        at += step;
    }
    (kept > 0).then(|| mended + text.get(kept..).unwrap_or_default())
}

/// The code of the `\uXXXX` that `text` begins with, if it is half of a pair.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    (0xD800..=0xDFFF).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (text, mended) in [
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud800""#, None),
            (r#""\ud800""#, Some(r#""\ufffd""#)),
            (r#""a\udc00b\ud800\n""#, Some(r#""a\ufffdb\ufffd\n""#)),
            (r#""\ud800\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            ("\\", None),
            ("\\u", None),
        ] {
            assert_eq!(mend(text.as_bytes()).as_deref(), mended, "{text}");
        }
        assert_eq!(mend(b"\"\xff\"").as_deref(), Some("\"\u{fffd}\""));
    }
}
