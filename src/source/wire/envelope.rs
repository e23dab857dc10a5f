//! The outside of an answer: schema and results, in any order and casing.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::answer::{Column, Kind, ResultsShape};
use super::click_rows::ClickRows;
use super::count_rows::CountRows;
use super::error::WireError;
use super::keys::{self, MAX_COLUMNS};
use super::mend;

/// Where rows go.
pub(super) enum RowSink {
    /// Nowhere: only the schema is wanted.
    None,
    /// Into a batch of clicks.
    Clicks(ClickRows),
    /// Into counted groups.
    Counts(CountRows),
}

/// What stands around the rows.
#[derive(Default)]
pub(super) struct AnswerEnvelope {
    pub(super) schema: Vec<Column>,
    pub(super) results: ResultsShape,
}

/// Reads a whole answer; its rows go into `rows`.
pub(super) fn read(body: &[u8], rows: &mut RowSink) -> Result<AnswerEnvelope, WireError> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let first = match std::str::from_utf8(body) {
        Ok(text) => read_text(text, rows),
        Err(_) => Err(not_json(body, None)),
    };
    // One text that no UTF-8 can hold must not make a whole hour unreadable for ever.
    first.or_else(|error| {
        let mended = mend::mend(body).ok_or(error)?;
        rows.clear();
        read_text(&mended, rows)
    })
}

fn not_json(body: &[u8], error: Option<&serde_json::Error>) -> WireError {
    let (line, column) = error.map_or((1, 0), |e| (e.line(), e.column()));
    WireError::NotJson { line, column, bytes: body.len() }
}

fn read_text(text: &str, rows: &mut RowSink) -> Result<AnswerEnvelope, WireError> {
    let mut visitor = AnswerVisitor { schema: None, results: None, postponed: false, rows };
    run(text, &mut visitor)?;
    if visitor.postponed {
        let schema = visitor.schema.take().unwrap_or_default();
        visitor = AnswerVisitor {
            schema: Some(schema),
            results: None,
            postponed: false,
            rows: visitor.rows,
        };
        run(text, &mut visitor)?;
    }
    if visitor.schema.is_none() && visitor.results.is_none() {
        return Err(WireError::Shape("it has neither schema nor results"));
    }
    Ok(AnswerEnvelope {
        schema: visitor.schema.unwrap_or_default(),
        results: visitor.results.unwrap_or_default(),
    })
}

fn run(text: &str, visitor: &mut AnswerVisitor<'_>) -> Result<(), WireError> {
    let mut json = serde_json::Deserializer::from_str(text);
    visitor.deserialize(&mut json).and_then(|()| json.end()).map_err(|error| {
        // A data error carries one of our own fixed sentences; its text is never shown, since it
        // may quote the row.
        match error.classify() {
            serde_json::error::Category::Data => WireError::Shape("it has another shape"),
            _ => not_json(text.as_bytes(), Some(&error)),
        }
    })
}

/// One reading of the answer. Rows are read once the schema is known.
struct AnswerVisitor<'r> {
    schema: Option<Vec<Column>>,
    results: Option<ResultsShape>,
    /// The rows came before the schema and were skipped.
    postponed: bool,
    rows: &'r mut RowSink,
}

impl<'de> DeserializeSeed<'de> for &mut AnswerVisitor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut AnswerVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hunting result")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key.eq_ignore_ascii_case("schema") && self.schema.is_none() {
                self.schema = Some(map.next_value_seed(Schema)?);
            } else if !key.eq_ignore_ascii_case("results") {
                map.next_value::<IgnoredAny>()?;
            } else if self.results.is_some() {
                return Err(A::Error::custom("results twice"));
            } else if let Some(schema) = &self.schema {
                self.results = Some(map.next_value_seed(ResultList { rows: self.rows, schema })?);
            } else {
                self.postponed = true;
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The list of columns.
struct Schema;

impl<'de> DeserializeSeed<'de> for Schema {
    type Value = Vec<Column>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<Column>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Schema {
    type Value = Vec<Column>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of columns")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<Column>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Column>, A::Error> {
        let mut columns = Vec::new();
        while let Some(column) = seq.next_element::<BTreeMap<String, Value>>()? {
            let text = |wanted: &str| {
                let found = column.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
                found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
            };
            let name = text("name");
            if name.is_empty() || columns.len() == MAX_COLUMNS {
                return Err(A::Error::custom("no schema"));
            }
            let name = keys::documented(name).unwrap_or(name).to_owned();
            columns.push(Column { name, kind: Kind::of(text("type")) });
        }
        Ok(columns)
    }
}

/// The list of rows.
struct ResultList<'r> {
    rows: &'r mut RowSink,
    schema: &'r [Column],
}

impl<'de> DeserializeSeed<'de> for ResultList<'_> {
    type Value = ResultsShape;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<ResultsShape, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResultList<'_> {
    type Value = ResultsShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_unit<E: Error>(self) -> Result<ResultsShape, E> {
        Ok(ResultsShape::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ResultsShape, A::Error> {
        match self.rows {
            RowSink::None => while seq.next_element::<IgnoredAny>()?.is_some() {},
            RowSink::Clicks(rows) => {
                rows.begin(self.schema);
                while seq.next_element_seed(&mut *rows)?.is_some() {}
            }
            RowSink::Counts(rows) => while seq.next_element_seed(&mut *rows)?.is_some() {},
        }
        Ok(ResultsShape::Array)
    }
}

impl RowSink {
    fn clear(&mut self) {
        match self {
            Self::None => {}
            Self::Clicks(rows) => rows.clear(),
            Self::Counts(rows) => *rows = CountRows::default(),
        }
    }
}
