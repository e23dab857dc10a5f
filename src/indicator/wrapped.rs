//! What mail gateways wrap around a link, taken off: Microsoft's Safe Links, Proofpoint's URL Defense.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use url::Url;

/// A link that is wrapped more often than this leads in circles.
const DEEPEST_WRAPPING: usize = 5;

/// The links within `url`, the outermost first; none if nothing is wrapped around it.
pub(super) fn within(url: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut outer = url.to_owned();
    while let Some(inner) = unwrapped(&outer).filter(|_| links.len() < DEEPEST_WRAPPING) {
        links.push(inner.clone());
        outer = inner;
    }
    links
}

fn unwrapped(url: &str) -> Option<String> {
    // Nearly all links are none of theirs.
    if !url.contains("safelinks") && !url.contains("urldefense") {
        return None;
    }
    let url = url.replace("&amp;", "&");
    let parsed = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let inner = match parsed.host_str()? {
        host if is_safe_links(host, parsed.path()) => parameter(&parsed, "url"),
        "urldefense.com" | "urldefense.us" if parsed.path().starts_with("/v3/") => third(&url),
        "urldefense.proofpoint.com" | "urldefense.com" | "urldefense.us" => {
            let inner = parameter(&parsed, "u")?;
            if parsed.path().starts_with("/v2/") { second(&inner) } else { Some(inner) }
        }
        _ => None,
    };
    inner.filter(|inner| !inner.is_empty())
}

/// Mail of all clouds, and Teams.
fn is_safe_links(host: &str, path: &str) -> bool {
    host.split_once('.').is_some_and(|(_, rest)| rest.starts_with("safelinks.protection."))
        || host == "statics.teams.cdn.office.net" && path.contains("/safelinks/")
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Version 2: `-XX` is a byte, `_` a slash.
fn second(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'-', [high, low, after @ ..]) if let Some(byte) = byte(*high, *low) => {
                bytes.push(byte);
                rest = after;
            }
            (b'_', _) => bytes.push(b'/'),
            (first, _) => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Version 3: `__URL__;BYTES!!…`. In the URL `*` stands for one of the bytes, `**` and a letter for a
/// run of two or more (`A` is two).
fn third(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/v3/__")?;
    let (inner, rest) = rest.rsplit_once("__;")?;
    let (bytes, _) = rest.split_once('!').unwrap_or((rest, ""));
    let padded = format!("{bytes}{}", "=".repeat((4 - bytes.len() % 4) % 4));
    let bytes = String::from_utf8(URL_SAFE.decode(padded).ok()?).ok()?;
    let mut hidden = bytes.chars();
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(star) = rest.find('*') {
        plain += rest.get(..star)?;
        rest = rest.get(star + 1..)?;
        let run = rest.strip_prefix('*').and_then(|rest| Some((length(rest)?, rest.get(1..)?)));
        let (len, after) = run.unwrap_or((1, rest));
        plain.extend(hidden.by_ref().take(len));
        rest = after;
    }
    Some(with_two_slashes(&(plain + rest)))
}

/// How long a run is that this letter tells of.
fn length(text: &str) -> Option<usize> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    LETTERS.find(text.chars().next()?).map(|place| place + 2)
}

/// Some programs take `//` within a path for `/`.
fn with_two_slashes(url: &str) -> String {
    match url.split_once(":/") {
        Some((scheme, rest)) if !rest.starts_with('/') => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_link_within_is_found() {
        let safe = "https://eur03.safelinks.protection.outlook.com/?url=";
        // The forms are those of Proofpoint's own decoder (help.proofpoint.com, "URL Defense Decoder").
        for (url, inner) in [
            (format!("{safe}https%3A%2F%2Fevil.example%2Fa&data=05%7C02"), "https://evil.example/a"),
            (format!("{safe}https%3A%2F%2Fevil.example%2Fa&amp;data=05"), "https://evil.example/a"),
            (
                "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fevil.example%2Fa".to_owned(),
                "https://evil.example/a",
            ),
            (
                "https://urldefense.proofpoint.com/v1/url?u=https://evil.example/a&k=x".to_owned(),
                "https://evil.example/a",
            ),
            (
                "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_a-2Db-5Fc&d=x".to_owned(),
                "https://evil.example/a-b_c",
            ),
            ("https://urldefense.com/v3/__https://evil.example/a__;!!HX!abc$".to_owned(), "https://evil.example/a"),
            ("https://urldefense.com/v3/__https:/evil.example/a*b__;Iw!!HX!abc$".to_owned(), "https://evil.example/a#b"),
            ("https://urldefense.com/v3/__https://evil.example/**Ab__;Iyo!!HX!abc$".to_owned(), "https://evil.example/#*b"),
        ] {
            assert_eq!(within(&url), [inner], "{url}");
        }
        let twice = format!(
            "{safe}https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fevil.example%2Fa__%3B!!x!y%24"
        );
        assert_eq!(within(&twice).last().map(String::as_str), Some("https://evil.example/a"));
        for url in [
            "https://evil.example/?url=https://b.example/",
            "https://safelinks.protection.example/",
            "x",
        ] {
            assert!(within(url).is_empty(), "{url}");
        }
    }

    proptest! {
        #[test]
        fn any_wrapper_is_read(
            version in "v[123]/(url\\?u=|__)",
            text in "[-_*a-zA-Z0-9:/;!%ü]{0,40}",
        ) {
            let _ = within(&format!("https://urldefense.com/{version}{text}"));
        }
    }
}
