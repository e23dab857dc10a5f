//! Answers → bytes, in the shape in which Microsoft Graph sends them.
//!
//! The shape is that of live captures of `runHuntingQuery`: booleans are numbers with a
//! `"Name@odata.type":"#SByte"` beside them (not after `summarize`), what is null and no string is
//! `{}`, and times have no trailing zeros.

use std::io::Write as _;

use crate::kql::{Kind, QueryResult, Value};

const CONTEXT: &str =
    "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults";

/// Whether `results` is an array or null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResultsForm {
    Array,
    Null,
}

/// The body of an answer.
pub(super) fn body(result: &QueryResult<'_>, results: ResultsForm) -> Vec<u8> {
    let mut body = Vec::with_capacity(1024 + result.len() * 800);
    body.extend_from_slice(b"{\"@odata.context\":");
    string(&mut body, CONTEXT);
    schema(&mut body, result);
    match results {
        ResultsForm::Null => body.extend_from_slice(b",\"results\":null}"),
        ResultsForm::Array => rows(&mut body, result),
    }
    body
}

fn schema(body: &mut Vec<u8>, result: &QueryResult<'_>) {
    let mut before: &[u8] = b",\"schema\":[";
    for (name, kind) in result.columns() {
        body.extend_from_slice(before);
        body.extend_from_slice(b"{\"name\":");
        string(body, name);
        body.extend_from_slice(b",\"type\":");
        string(body, kind.graph_name());
        body.push(b'}');
        before = b",";
    }
    body.push(b']');
}

/// What stands before the values of one column.
struct JsonKeys {
    /// Before a value.
    set: Vec<u8>,
    /// Before `{}`.
    null: Vec<u8>,
}

fn keys(result: &QueryResult<'_>) -> Vec<JsonKeys> {
    let key = |(place, (name, kind)): (usize, (&str, Kind))| {
        let comma = if place == 0 { "" } else { "," };
        let (mut null, mut set) = (comma.as_bytes().to_vec(), comma.as_bytes().to_vec());
        string(&mut null, name);
        null.push(b':');
        if kind == Kind::Bool && result.is_of_table() {
            string(&mut set, &format!("{name}@odata.type"));
            set.extend_from_slice(b":\"#SByte\",");
        }
        set.extend_from_slice(null.strip_prefix(b",").unwrap_or(&null));
        JsonKeys { set, null }
    };
    result.columns().enumerate().map(key).collect()
}

fn rows(body: &mut Vec<u8>, result: &QueryResult<'_>) {
    let keys = keys(result);
    body.extend_from_slice(b",\"results\":[");
    for (place, row) in result.rows().enumerate() {
        body.extend_from_slice(if place == 0 { b"{" } else { b",{" });
        for (keys, cell) in keys.iter().zip(row) {
            body.extend_from_slice(if cell == Value::Null { &keys.null } else { &keys.set });
            value(body, cell);
        }
        body.push(b'}');
    }
    body.extend_from_slice(b"]}");
}

fn value(body: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Null => body.extend_from_slice(b"{}"),
        Value::Bool(bool) => body.push(if bool { b'1' } else { b'0' }),
        // Writing to a Vec cannot fail.
        Value::Long(long) => drop(write!(body, "{long}")),
        Value::Time(tick) => drop(write!(body, "\"{tick}\"")),
        Value::Text(text) => string(body, text),
        Value::Json(json) => body.extend_from_slice(json.as_bytes()),
    }
}

fn string(body: &mut Vec<u8>, text: &str) {
    // Without early exit, so that the compiler can look at many bytes at once.
    let special = |b: u8| u8::from(b < 0x20) | u8::from(b == b'"') | u8::from(b == b'\\');
    if text.bytes().fold(0, |found, b| found | special(b)) != 0 {
        // Writing a string to a Vec cannot fail.
        let _ = serde_json::to_writer(body, text);
    } else {
        body.push(b'"');
        body.extend_from_slice(text.as_bytes());
        body.push(b'"');
    }
}
