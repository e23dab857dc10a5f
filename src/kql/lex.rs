//! Text → tokens.

use crate::clock::{DAY, HOUR, MINUTE, SECOND, Tick};

use super::error::KqlError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a word operator; `!startswith_cs` is one too.
    Word(String),
    Text(String),
    Long(i64),
    Length(i64),
    Time(Tick),
    Symbol(&'static str),
}

/// Longest first, so that `>=` is not read as an unknown `>`.
const SYMBOLS: [&str; 8] = [">=", "==", "<", "=", "(", ")", ",", "|"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, KqlError> {
    let (mut rest, mut tokens) = (skip_blank(text), Vec::new());
    while !rest.is_empty() {
        let (token, tail) = token(rest).ok_or_else(|| stopped_at(rest))?;
        tokens.push(token);
        rest = skip_blank(tail);
    }
    Ok(tokens)
}

fn stopped_at(rest: &str) -> KqlError {
    KqlError::Syntax { found: rest.chars().take(20).collect() }
}

fn skip_blank(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix("//") {
        Some(comment) => comment.split_once('\n').map_or("", |(_, rest)| skip_blank(rest)),
        None => text,
    }
}

fn token(text: &str) -> Option<(Token, &str)> {
    let first = text.chars().next()?;
    match first {
        '"' | '\'' => string(text.get(1..)?, first),
        '0'..='9' => number(text),
        '!' | '_' | 'a'..='z' | 'A'..='Z' => word(text),
        _ => SYMBOLS.iter().find_map(|s| text.strip_prefix(s).map(|rest| (Token::Symbol(s), rest))),
    }
}

fn word(text: &str) -> Option<(Token, &str)> {
    let after_mark = text.strip_prefix('!').unwrap_or(text);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let tail = after_mark.trim_start_matches(is_part);
    let (word, rest) = text.split_at_checked(text.len() - tail.len())?;
    if word == "datetime" {
        let (inside, rest) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
        return Some((Token::Time(instant(inside.trim())?), rest));
    }
    (word != "!").then(|| (Token::Word(word.to_owned()), rest))
}

/// A point in time, or a day, which is its beginning.
fn instant(text: &str) -> Option<Tick> {
    Tick::parse(text).or_else(|| Tick::parse(&format!("{text}T00:00:00Z")))
}

fn number(text: &str) -> Option<(Token, &str)> {
    let tail = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let value: i64 = text.get(..text.len() - tail.len())?.parse().ok()?;
    let rest = tail.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let unit = match tail.get(..tail.len() - rest.len())? {
        "" => return Some((Token::Long(value), rest)),
        "d" => DAY,
        "h" => HOUR,
        "m" => MINUTE,
        "s" => SECOND,
        "ms" => SECOND / 1_000,
        "microsecond" => SECOND / 1_000_000,
        "tick" => 1,
        _ => return None,
    };
    Some((Token::Length(value.checked_mul(unit)?), rest))
}

/// What follows the opening `quote`, up to its fellow.
fn string(text: &str, quote: char) -> Option<(Token, &str)> {
    let (mut value, mut chars) = (String::new(), text.chars());
    loop {
        match chars.next()? {
            c if c == quote => return Some((Token::Text(value), chars.as_str())),
            '\\' => value.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                c @ ('\\' | '"' | '\'') => c,
                _ => return None,
            }),
            '\n' | '\r' => return None,
            c => value.push(c),
        }
    }
}
