//! Reads the answers of `runHuntingQuery`: bytes in, columns, counts or clicks out. Pure.
//!
//! The shapes are those of the Graph reference ("security: runHuntingQuery") and of captured
//! answers: `{"schema":[{"name","type"}],"results":[{column: value}]}` with keys in any casing and
//! order; booleans as numbers with a sidecar key `…@odata.type`; nulls of other types than string
//! as `{}`.

mod cell;
mod click_rows;
mod count_rows;
mod envelope;
mod json_text;
mod keys;
mod mend;

use crate::click::{Clicks, IS_CLICKED_THROUGH, Present, TIMESTAMP, Text};
use crate::clock::Tick;
use crate::sync_state::fingerprint::Fingerprint;

use click_rows::ClickRows;
use count_rows::CountRows;
use envelope::{AnswerEnvelope, RowSink};

/// A column that an answer's schema names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; those that this program knows in their documented casing.
    pub name: String,
    /// The type of its values.
    pub kind: Kind,
}

/// The type of a column's values, as Graph names it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type of that name")]
pub enum Kind {
    String,
    DateTime,
    /// What Graph makes of KQL's `bool`: 0 or 1.
    SByte,
    Boolean,
    Int32,
    Int64,
    Double,
    Other(String),
}

impl Kind {
    fn of(name: &str) -> Self {
        let known = [
            ("String", Self::String),
            ("DateTime", Self::DateTime),
            ("SByte", Self::SByte),
            ("Boolean", Self::Boolean),
            ("Int32", Self::Int32),
            ("Int64", Self::Int64),
            ("Double", Self::Double),
        ];
        let found = known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or_else(|| Self::Other(name.to_owned()), |(_, kind)| kind)
    }
}

/// What stood under `results`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ResultsShape {
    /// A list, possibly empty.
    Array,
    /// `null`, or nothing at all: zero rows, or no answer.
    #[default]
    Null,
}

/// The answer to a fetch.
#[derive(Clone, Debug)]
pub struct FetchAnswer {
    /// The columns that the schema names.
    pub schema: Vec<Column>,
    /// The rows with a readable time, in the order in which they came.
    pub clicks: Clicks,
    /// Which of the known columns the schema names.
    pub present: Present,
    /// Rows whose `Timestamp` could not be read, or that were no objects.
    pub unreadable: u64,
    /// Whether there was a list of rows at all.
    pub results: ResultsShape,
}

/// The answer to a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountAnswer {
    /// The columns that the schema names.
    pub schema: Vec<Column>,
    /// One row per group; `None` when `results` was null or missing.
    pub rows: Option<Vec<CountRow>>,
}

/// One group of a count.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CountRow {
    /// Where the bin begins (column `Bin`), if the count was by time.
    pub bin: Option<Tick>,
    /// Which half it is (column `Late`), if the count was by halves.
    pub late: Option<bool>,
    /// The counts, and the sums at the places that columns `M<place>` name.
    pub fingerprint: Fingerprint,
}

/// Why bytes are no answer. Never quotes them: they hold what attackers wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A page, half an answer, or nothing.
    #[error(
        "the reply is not whole JSON (stopped at line {line}, column {column} of {bytes} bytes)"
    )]
    NotJson {
        /// The line at which reading stopped, from 1.
        line: usize,
        /// The column there.
        column: usize,
        /// How long the reply was.
        bytes: usize,
    },
    /// JSON of another shape.
    #[error("the reply is no hunting result: {0}")]
    Shape(&'static str),
}

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
    let mut rows = RowSink::CountAnswer(CountRows::default());
    let AnswerEnvelope { schema, results } = envelope::read(body, &mut rows)?;
    let (RowSink::CountAnswer(rows), ResultsShape::Array) = (rows, results) else {
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
