//! Headers that hold a secret.

use reqwest::header::HeaderValue;

/// A header's value that no log shows; an empty one where it can be none.
pub(super) fn sensitive(value: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
