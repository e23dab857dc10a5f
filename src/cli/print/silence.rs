//! A silence in words.

use crate::message::{UrlDisplay, Value, plain::shown};
use crate::store::NewSilence;

/// What a silence is of, in words.
pub(in crate::cli) fn in_words(of: &NewSilence) -> String {
    let data = |text: &String| Value::Data(text.clone());
    let parts = [
        ("rule", of.rule.as_ref().map(data)),
        ("tenant", of.tenant.as_ref().map(data)),
        ("URL", of.url.clone().map(Value::Url)),
        ("host", of.host.as_ref().map(data)),
        ("user", of.user.as_ref().map(data)),
    ];
    let part = |(name, value): (&str, Option<Value>)| {
        Some(format!("{name} {}", shown(&value?, UrlDisplay::Cut)))
    };
    let parts: Vec<String> = parts.into_iter().filter_map(part).collect();
    if parts.is_empty() { "all alerts".to_owned() } else { parts.join(", ") }
}
