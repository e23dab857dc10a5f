//! Reads the answers of `runHuntingQuery`: bytes in, columns, counts or clicks out. Pure.
//!
//! The shapes are those of the Graph reference ("security: runHuntingQuery") and of captured
//! answers: `{"schema":[{"name","type"}],"results":[{column: value}]}` with keys in any casing and
//! order; booleans as numbers with a sidecar key `…@odata.type`; nulls of other types than string
//! as `{}`.
//!
//! | what | where |
//! | --- | --- |
//! | what comes out | `answer`, `error` |
//! | schema and results, in any order | `envelope` |
//! | one row of clicks, or of counts | `click_rows`, `count_rows` |
//! | a key of a row, and its value | `keys`, `cell`, `json_text` |
//! | text that no UTF-8 can hold | `mend` |

mod answer;
mod cell;
mod click_rows;
mod count_rows;
mod envelope;
mod error;
mod json_text;
mod keys;
mod mend;

pub use answer::{Column, CountAnswer, CountRow, FetchAnswer, Kind, ResultsShape};
pub use error::WireError;

use crate::click::{IS_CLICKED_THROUGH, Present, TIMESTAMP, Text};
use click_rows::ClickRows;
use count_rows::CountRows;
use envelope::{AnswerEnvelope, RowSink};

/// The columns that an answer's schema names.
pub fn columns(body: &[u8]) -> Result<Vec<Column>, WireError> {
    let mut rows = RowSink::None;
    let envelope = envelope::read(body, &mut rows)?;
    if envelope.schema.is_empty() {
        return Err(WireError::Shape("its schema names no column"));
    }
    Ok(envelope.schema)
}

/// The groups of a count.
pub fn counts(body: &[u8]) -> Result<CountAnswer, WireError> {
    let mut rows = RowSink::Counts(CountRows::default());
    let AnswerEnvelope { schema, results } = envelope::read(body, &mut rows)?;
    let (RowSink::Counts(rows), ResultsShape::Array) = (rows, results) else {
        return Ok(CountAnswer { schema, rows: None });
    };
    Ok(CountAnswer { schema, rows: Some(rows.finish()?) })
}

/// The clicks of a fetch; `capacity_hint` is how many are expected.
pub fn clicks(body: &[u8], capacity_hint: usize) -> Result<FetchAnswer, WireError> {
    // No row is shorter than this many bytes, so a hint from outside cannot ask for much.
    const SHORTEST_ROW: usize = 16;
    let rows = capacity_hint.min(body.len() / SHORTEST_ROW);
    let mut rows = RowSink::Clicks(ClickRows::with_capacity(rows, body.len()));
    let AnswerEnvelope { schema, results } = envelope::read(body, &mut rows)?;
    let RowSink::Clicks(rows) = rows else { return Err(WireError::Shape("it has no rows")) };
    let present = present(&schema);
    let (clicks, unreadable) = rows.finish();
    Ok(FetchAnswer { schema, clicks, present, unreadable, results })
}

fn present(schema: &[Column]) -> Present {
    let mut present = Present::default();
    for Column { name, .. } in schema {
        match Text::ALL.into_iter().find(|text| text.name() == name) {
            Some(text) => present = present.with(text),
            None => present.extra |= name != TIMESTAMP && name != IS_CLICKED_THROUGH,
        }
    }
    present
}

#[cfg(test)]
mod tests;
