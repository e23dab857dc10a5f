//! The patterns of STIX 2.1 (OASIS, part 9): what they compare, where that is all they say.

/// The path and the value of every comparison, such as `url:value` and a URL; `None` if the pattern says
/// more than what to look for: whether all of it must be seen at once makes no difference to a list.
pub(super) fn comparisons(pattern: &str) -> Option<Vec<(String, String)>> {
    let tokens = tokens(pattern)?;
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (Token::Word(path), [Token::Word(equal), Token::Text(text), after @ ..])
                if is_path(path) && is_equal(equal) =>
            {
                found.push((kind(path), text.clone()));
                after
            }
            (Token::Word(path), [Token::Word(word), Token::Open, after @ ..])
                if is_path(path) && word.eq_ignore_ascii_case("in") =>
            {
                let (texts, after) = list(after)?;
                found.extend(texts.into_iter().map(|text| (kind(path), text)));
                after
            }
            (Token::Word(word), _) if is_joint(word) => after,
            (Token::Open | Token::Close, _) => after,
            _ => return None,
        };
    }
    (!found.is_empty()).then_some(found)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' => quoted(rest.get(1..)?)?,
            '(' => (Some(Token::Open), rest.get(1..)?),
            ')' => (Some(Token::Close), rest.get(1..)?),
            '[' | ']' | ',' => (None, rest.get(1..)?),
            '=' | '!' | '<' | '>' => symbol(rest)?,
            _ => word(rest)?,
        };
        tokens.extend(token);
        rest = after.trim_start();
    }
    Some(tokens)
}

fn quoted(text: &str) -> Option<(Option<Token>, &str)> {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    loop {
        match chars.next()? {
            (_, '\\') => value.push(chars.next()?.1),
            (end, '\'') => return Some((Some(Token::Text(value)), text.get(end + 1..)?)),
            (_, c) => value.push(c),
        }
    }
}

fn symbol(text: &str) -> Option<(Option<Token>, &str)> {
    let end = text.find(|c| !"=!<>".contains(c))?;
    let (symbol, after) = text.split_at_checked(end)?;
    Some((Some(Token::Word(symbol.to_owned())), after))
}

/// A path or an operator. A path may have names in quotes, such as `file:hashes.'SHA-256'`.
fn word(text: &str) -> Option<(Option<Token>, &str)> {
    let mut in_quotes = false;
    let end = text.find(|c: char| {
        in_quotes ^= c == '\'';
        !in_quotes && (c.is_whitespace() || "()=!<>,]".contains(c))
    });
    let (word, after) = text.split_at_checked(end.unwrap_or(text.len()))?;
    (!word.is_empty()).then(|| (Some(Token::Word(word.to_owned())), after))
}

fn list(mut rest: &[Token]) -> Option<(Vec<String>, &[Token])> {
    let mut texts = Vec::new();
    loop {
        match rest {
            [Token::Text(text), after @ ..] => {
                texts.push(text.clone());
                rest = after;
            }
            [Token::Close, after @ ..] => return Some((texts, after)),
            _ => return None,
        }
    }
}

/// `email-message:from_ref.value` is about mail's addresses, `file:hashes.MD5` about hashes.
fn kind(path: &str) -> String {
    let (object, property) = path.split_once(':').unwrap_or((path, ""));
    if property.contains("hashes") { "hash".to_owned() } else { object.to_owned() }
}

fn is_path(word: &str) -> bool {
    word.contains(':')
}

fn is_equal(word: &str) -> bool {
    word == "=" || word == "==" || word.eq_ignore_ascii_case("issubset")
}

fn is_joint(word: &str) -> bool {
    ["and", "or", "followedby"].iter().any(|joint| word.eq_ignore_ascii_case(joint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_compares_is_read() {
        let pair = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        for (pattern, expect) in [
            (
                "[url:value='https://a.example/\\'x\\\\']",
                Some(vec![pair("url", "https://a.example/'x\\")]),
            ),
            (
                "([domain-name:value IN ('a.example','b.example')] AND [file:hashes.'SHA-256' = 'x'])",
                Some(vec![
                    pair("domain-name", "a.example"),
                    pair("domain-name", "b.example"),
                    pair("hash", "x"),
                ]),
            ),
            (
                "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
                Some(vec![pair("ipv4-addr", "198.51.100.0/24")]),
            ),
            ("[url:value LIKE '%evil%']", None),
            ("[url:value != 'https://a.example/']", None),
            ("[NOT url:value = 'https://a.example/']", None),
            ("[url:value = 'https://a.example/] ", None),
            ("", None),
        ] {
            assert_eq!(comparisons(pattern), expect, "{pattern}");
        }
    }
}
