//! The query that shows a case's clicks in Defender. What somebody clicked stands in it as its hash:
//! nothing in it can do harm, wherever it is pasted.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use crate::clock::Span;
use crate::store::Case;

/// The query.
pub(super) fn query(case: &Case) -> String {
    let Span { from, until } = case.window;
    let mut query = format!(
        "UrlClickEvents\n| where Timestamp >= datetime({from}) and Timestamp < datetime({until})"
    );
    let group = &case.group;
    for (text, expression) in [
        (&group.url, "Url"),
        (&group.host, "tolower(tostring(parse_url(Url).Host))"),
        (&group.user, "tolower(AccountUpn)"),
    ] {
        if let Some(text) = text {
            // Writing to a String cannot fail.
            let _ = write!(query, "\n| where hash_sha256({expression}) == \"{}\"", hash(text));
        }
    }
    query.push_str("\n| order by Timestamp asc");
    query
}

/// As Kusto's `hash_sha256` gives it: of UTF-8, in hexadecimal digits in lower case.
fn hash(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
