//! What is said of a request that failed.

use std::error::Error;

use super::proxy::{self, Proxies};
use crate::text::escape::one_line;

/// What went wrong, by the causes of `error`, without the address.
pub fn in_words(error: reqwest::Error) -> String {
    if error.is_connect() {
        return unconnected(error, &Proxies::of_environment());
    }
    causes(error)
}

/// The same of a connection that did not come up, with what is to be said of proxies.
pub fn unconnected(error: reqwest::Error, proxies: &Proxies) -> String {
    let blamed = error.url().filter(|_| error.is_timeout()).and_then(|url| proxies.blamed(url));
    let why = blamed.unwrap_or_else(|| causes(error));
    proxies.passed_over().map_or(why.clone(), |more| format!("{why} ({more})"))
}

fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let top: &dyn Error = &error;
    let causes = std::iter::successors(Some(top), |error| (*error).source());
    let mut words: Vec<String> = Vec::new();
    for text in causes.map(ToString::to_string) {
        // Some causes repeat the whole of what follows.
        if !text.is_empty() && !words.iter().any(|before| before.contains(&text)) {
            words.push(text);
        }
    }
    // The first say only that something failed; the rest say what.
    let vague = |text: &&String| text.starts_with("error ") || text.starts_with("client error ");
    let clear: Vec<_> = words.iter().filter(|text| !vague(text)).map(String::as_str).collect();
    let text = if clear.is_empty() { words.join(": ") } else { clear.join(": ") };
    let hint = if text.contains("UnknownIssuer") { " (ca_file can name a gateway's)" } else { "" };
    format!("{}{hint}", one_line(&proxy::by_proxy(&text).unwrap_or(text)))
}
