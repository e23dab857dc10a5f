//! What an answer says: columns, counted groups, or clicks.

use crate::click::{Clicks, Present};
use crate::clock::Tick;
use crate::sync_state::fingerprint::Fingerprint;

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
    pub(super) fn of(name: &str) -> Self {
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
