//! URLs as analysts list them: scheme and host mean the same in any case, the rest does not.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Whole URLs, compared without the case of scheme and host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(BTreeSet<String>);

impl Links {
    /// Adds one.
    pub fn add(&mut self, url: &str) {
        self.0.insert(lowered(url).into_owned());
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `url` is meant.
    pub fn has(&self, url: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&*lowered(url))
    }

    /// The URLs, with scheme and host in lower case.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

/// The URL with scheme and host in lower case; a user's name before the host stays as it is.
/// Defender shows some URLs without their scheme.
fn lowered(url: &str) -> Cow<'_, str> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
        _ => ("", url),
    };
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let host = rest.get(..end).and_then(|text| text.rfind('@')).map_or(0, |at| at + 1);
    let before = url.len() - rest.len();
    let parts = [0..scheme.len(), before + host..before + end];
    let is_upper = |part: &str| part.bytes().any(|byte| byte.is_ascii_uppercase());
    if !parts.iter().any(|part| url.get(part.clone()).is_some_and(is_upper)) {
        return Cow::Borrowed(url);
    }
    let mut lowered = url.to_owned();
    for part in parts {
        lowered.get_mut(part).into_iter().for_each(str::make_ascii_lowercase);
    }
    Cow::Owned(lowered)
}

fn is_scheme(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_and_host_are_lowered() {
        for (url, low) in [
            ("HTTP://Evil.Example/A?B#C", "http://evil.example/A?B#C"),
            ("http://evil.example/A", "http://evil.example/A"),
            ("https://Bob@EVIL.example:8443/", "https://Bob@evil.example:8443/"),
            ("https://EVIL.example", "https://evil.example"),
            ("Evil.example/A?u=HTTPS://B", "evil.example/A?u=HTTPS://B"),
            ("https://EVIL.example?A", "https://evil.example?A"),
            ("HTTPS://Ä.EXAMPLE/Ä", "https://Ä.example/Ä"),
            ("", ""),
        ] {
            assert_eq!(lowered(url), low);
        }
    }
}
