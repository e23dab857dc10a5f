//! The query that shows an alert's clicks in Defender. What somebody clicked stands in it as its hash:
//! nothing in it can do harm, wherever it is pasted.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use crate::clock::Span;
use crate::store::Alert;

/// The query.
pub(super) fn query(alert: &Alert) -> String {
    let Span { from, until } = alert.window;
    let mut query = format!(
        "UrlClickEvents\n| where Timestamp >= datetime({from}) and Timestamp < datetime({until})"
    );
    let group = &alert.group;
    for (text, expression) in [
        (&group.url, "Url"),
        (&group.host, "tolower(tostring(parse_url(Url).Host))"),
        (&group.user, "tolower(AccountUpn)"),
    ] {
        if let Some(text) = text {
            // Writing to a String cannot fail.
            let _ = write!(query, "\n| where hash_sha256({expression}) == {}", hash(text));
        }
    }
    query.push_str("\n| order by Timestamp asc");
    query
}

/// What Kusto's `hash_sha256` gives: of UTF-8, in hexadecimal digits in lower case. In four parts:
/// whole it would be taken for the hash of a file by programs that read indicators out of text, such
/// as MISP's free-text import (2.4, `ComplexTypeTool`: words and quoted texts of 32, 40, 56, 64, 96 or
/// 128 such digits).
fn hash(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let parts: Vec<String> = digest.as_ref().chunks(8).map(quoted).collect();
    format!("strcat({})", parts.join(", "))
}

/// As a literal of hexadecimal digits.
fn quoted(bytes: &[u8]) -> String {
    let mut hex = String::from("\"");
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex + "\""
}
