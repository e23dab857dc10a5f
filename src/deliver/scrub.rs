//! Takes an address out of what its host answers: some repeat the path that they were asked for, and
//! that is the secret.

use std::cmp::Reverse;

use url::{Url, form_urlencoded};

/// A part of a path that is shorter is a name that anybody may know.
const SHORTEST_SEGMENT: usize = 16;
/// Likewise for a value of the query.
const SHORTEST_VALUE: usize = 8;

/// `text` without the long parts of the path of `url` and the values of its query, as they are written
/// there and decoded.
pub(super) fn scrubbed(text: &str, url: &Url) -> String {
    let segments = url.path().split('/').filter(|segment| segment.len() >= SHORTEST_SEGMENT);
    let pairs = url.query().unwrap_or_default().split('&');
    let values = pairs.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    let values = values.filter(|value| value.len() >= SHORTEST_VALUE);
    let mut secrets: Vec<String> = segments.chain(values).flat_map(as_written_and_meant).collect();
    // What is a part of another must not break it up.
    secrets.sort_by_key(|secret| Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
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
