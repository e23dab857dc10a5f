//! Takes secrets out of what a host answers: some repeat the path that they were asked for, or a login
//! that they did not understand.

use std::cmp::Reverse;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use url::{Url, form_urlencoded};

/// A part of a path that is shorter is a name that anybody may know.
const SHORTEST_SEGMENT: usize = 16;
/// Likewise for a value of the query.
const SHORTEST_VALUE: usize = 8;

/// `text` without the long parts of the path of `url` and the values of its query, as they are written
/// there and decoded.
pub(crate) fn scrubbed(text: &str, url: &Url) -> String {
    let segments = url.path().split('/').filter(|segment| segment.len() >= SHORTEST_SEGMENT);
    let pairs = url.query().unwrap_or_default().split('&');
    let values = pairs.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    let values = values.filter(|value| value.len() >= SHORTEST_VALUE);
    let mut secrets: Vec<String> = segments.chain(values).flat_map(as_written_and_meant).collect();
    // What is a part of another must not break it up.
    secrets.sort_by_key(|secret| Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

/// So much of a secret gives it away.
const TELLING_LENGTH: usize = 8;

/// `text` without the words of it that are `secret`, also as forms write it, or in which it stands as
/// SMTP sends a login: in base64 behind a user's name. The text may have been cut.
pub(crate) fn without_secret(text: &str, secret: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let text = without_words_of(text, secret);
    if encoded == secret { text } else { without_words_of(&text, &encoded) }
}

fn without_words_of(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    let telling = secret.as_bytes().get(..TELLING_LENGTH).unwrap_or(secret.as_bytes());
    let holds = |bytes: &[u8]| bytes.windows(telling.len().max(1)).any(|some| some == telling);
    let is_login = |word: &&str| {
        let encoded: Vec<u8> = word
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
            .collect();
        // Three bytes stand in four letters; the last may be cut.
        let whole = encoded.get(..encoded.len() / 4 * 4).unwrap_or_default();
        holds(word.as_bytes()) || STANDARD_NO_PAD.decode(whole).is_ok_and(|bytes| holds(&bytes))
    };
    let words = text.replace(secret, "…");
    let words = words.split(' ').map(|word| if is_login(&word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn as_written_and_meant(part: &str) -> [String; 2] {
    // Without an equals sign all of it is the first name.
    let plain = part.replace('=', "%3D").replace('+', "%2B");
    let meant = form_urlencoded::parse(plain.as_bytes()).next().map(|(name, _)| name.into_owned());
    [part.to_owned(), meant.unwrap_or_else(|| part.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_is_repeated_is_left_out() {
        use base64::engine::general_purpose::STANDARD;
        let secret = "pass word+~/=%\"é";
        let bearer = format!("user=soc\u{1}auth=Bearer {}\u{1}\u{1}", "token".repeat(100));
        let cut: String = STANDARD.encode(bearer).chars().take(300).collect();
        for (secret, login) in [
            (secret, secret.to_owned()),
            (secret, STANDARD.encode(secret)),
            (secret, STANDARD.encode(format!("\0soc\0{secret}"))),
            (secret, format!("<{}>", STANDARD.encode(format!("\0someone else\0{secret}")))),
            (secret, "pass+word%2B%7E%2F%3D%25%22%C3%A9".to_owned()),
            (secret, "client_secret=pass+word%2B%7E%2F".to_owned()),
            (&"token".repeat(100), format!("{cut}…")),
        ] {
            let text = format!("5.5.1 unknown command AUTH PLAIN {login} here");
            assert_eq!(without_secret(&text, secret), "5.5.1 unknown command AUTH PLAIN … here");
        }
        let plain = "5.7.8 Error: authentication failed: generic failure";
        assert_eq!(without_secret(plain, secret), plain);
        assert_eq!(without_secret(plain, ""), plain);
    }

    #[test]
    fn an_answer_keeps_its_words_and_loses_the_address() {
        let slack = "https://hooks.slack.com/services/T0123/B0123/abcdefghijklmnopqrstuvwx";
        let flow = "https://x.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/\
                    invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=ab-cd_efgh%2Bij%3D";
        for (url, text, kept) in [
            (slack, "no_service", "no_service"),
            (
                slack,
                "Cannot POST /services/T0123/B0123/abcdefghijklmnopqrstuvwx",
                "Cannot POST /services/T0123/B0123/…",
            ),
            (flow, "no workflow '0123456789abcdef'", "no workflow '…'"),
            (flow, "?sp=%2Ftriggers%2Fmanual%2Frun&amp;sig=ab-cd_efgh%2Bij%3D", "?sp=…&amp;sig=…"),
            (flow, "sig ab-cd_efgh+ij= is wrong", "sig … is wrong"),
            ("https://a.example/", "anything", "anything"),
        ] {
            assert_eq!(scrubbed(text, &Url::parse(url).unwrap()), kept);
        }
    }
}
