//! A table in memory: rows in order of time, each shown for a while, and its state at any moment.

use std::ops::Range;

use crate::clock::{Span, Tick};

use super::value::{Kind, Value};

/// All of time.
pub(super) const ALWAYS: Span = Span { from: Tick(i64::MIN), until: Tick(i64::MAX) };

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// When the table has it.
    pub shown: Span,
}

impl Column {
    /// A column that the table always has.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, shown: ALWAYS }
    }
}

/// Names a row of a table for as long as the table lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    timestamp: Tick,
    number: u64,
}

#[derive(Clone, Debug)]
struct Row {
    id: RowId,
    shown: Span,
    /// Where the row's cells begin in `Table::text`.
    start: usize,
    /// Which of `Table::ends` are its own: one per column that the table had when it was added.
    ends: Range<usize>,
}

/// A table whose first column is the time by which its rows are ordered.
///
/// Nothing is ever removed: a row or column has a span in which it is shown, so the table's state
/// at a moment is a pure function of that moment. Cells stand as text in one buffer.
#[derive(Clone, Debug)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    text: String,
    /// Where each cell ends, counted from its row's start.
    ends: Vec<u32>,
    /// Rows older than this many ticks are no longer shown.
    kept_for: i64,
}

impl Table {
    /// An empty table with a first column `Timestamp` and then `columns`, whose rows are shown
    /// while they are younger than `kept_for` ticks.
    pub fn new(name: &str, columns: impl IntoIterator<Item = Column>, kept_for: i64) -> Self {
        let timestamp = Column::new(crate::click::TIMESTAMP, Kind::Time);
        Self {
            name: name.to_owned(),
            columns: [timestamp].into_iter().chain(columns).collect(),
            rows: Vec::new(),
            text: String::new(),
            ends: Vec::new(),
            kept_for,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every column it ever has.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Adds a column that is shown in `column.shown`; rows added before have no value there.
    pub fn add_column(&mut self, column: Column) {
        self.columns.push(column);
    }

    /// Changes when the column `name` is shown.
    pub fn show_column(&mut self, name: &str, shown: Span) {
        for column in self.columns.iter_mut().filter(|column| column.name == name) {
            column.shown = shown;
        }
    }

    /// Makes room for `rows` more rows with `bytes` of text.
    pub fn reserve(&mut self, rows: usize, bytes: usize) {
        self.rows.reserve(rows);
        self.ends.reserve(rows * self.columns.len());
        self.text.reserve(bytes);
    }

    /// Adds a row that is shown in `shown`; `cells` are the columns after the first, in order, and
    /// missing ones have no value. Cheap when rows come in order of time.
    pub fn add(&mut self, timestamp: Tick, shown: Span, cells: &[Value<'_>]) -> RowId {
        let id = RowId { timestamp, number: self.rows.len() as u64 };
        let (start, first) = (self.text.len(), self.ends.len());
        for cell in cells.iter().take(self.columns.len() - 1) {
            push_cell(&mut self.text, *cell);
            self.ends.push((self.text.len() - start) as u32);
        }
        let row = Row { id, shown, start, ends: first..self.ends.len() };
        match self.rows.last() {
            Some(last) if last.id > id => {
                let at = self.rows.partition_point(|row| row.id < id);
                self.rows.insert(at, row);
            }
            _ => self.rows.push(row),
        }
        id
    }

    /// When a row is shown; `None` when there is no such row.
    pub fn shown(&self, id: RowId) -> Option<Span> {
        let at = self.rows.binary_search_by_key(&id, |row| row.id).ok()?;
        self.rows.get(at).map(|row| row.shown)
    }

    /// Changes when a row is shown. With an end, the row is withdrawn from then on.
    pub fn show(&mut self, id: RowId, shown: Span) {
        if let Ok(at) = self.rows.binary_search_by_key(&id, |row| row.id)
            && let Some(row) = self.rows.get_mut(at)
        {
            row.shown = shown;
        }
    }

    /// How many rows there are, shown or not.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as it is at `now`.
    pub const fn at(&self, now: Tick) -> TableView<'_> {
        TableView { table: self, now }
    }
}

fn push_cell(text: &mut String, cell: Value<'_>) {
    use std::fmt::Write as _;
    match cell {
        Value::Null => {}
        Value::Bool(bool) => text.push(if bool { '1' } else { '0' }),
        // Writing to a String cannot fail.
        Value::Long(long) => drop(write!(text, "{long}")),
        Value::Time(tick) => drop(write!(text, "{}", tick.0)),
        Value::Text(cell) | Value::Json(cell) => text.push_str(cell),
    }
}

/// A table as it is at one moment.
#[derive(Clone, Copy, Debug)]
pub struct TableView<'a> {
    table: &'a Table,
    now: Tick,
}

impl<'a> TableView<'a> {
    /// The table's name.
    pub(super) fn name(self) -> &'a str {
        &self.table.name
    }

    /// The columns that it has now, with their places in the table.
    pub fn columns(self) -> impl Iterator<Item = (usize, &'a Column)> {
        self.table.columns.iter().enumerate().filter(move |(_, c)| c.shown.contains(self.now))
    }

    /// The places of the rows of `span` that are shown now, in order of time.
    pub(super) fn within(self, span: Span) -> impl Iterator<Item = usize> {
        let kept = Span::new(self.now.plus(-self.table.kept_for), ALWAYS.until);
        let span = span.intersect(kept);
        let rows = &self.table.rows;
        let from = rows.partition_point(|row| row.id.timestamp < span.from);
        let until = rows.partition_point(|row| row.id.timestamp < span.until);
        let rows = rows.get(from..until).unwrap_or_default();
        (from..).zip(rows).filter(move |(_, row)| row.shown.contains(self.now)).map(|(at, _)| at)
    }

    /// One cell; null, or `""` of a string, where there is none.
    pub(super) fn cell(self, row: usize, column: usize) -> Value<'a> {
        let Some(row) = self.table.rows.get(row) else { return Value::Null };
        let Some(place) = column.checked_sub(1) else { return Value::Time(row.id.timestamp) };
        let kind = self.table.columns.get(column).map_or(Kind::Text, |c| c.kind);
        read_cell(self.table.cell_text(row, place), kind)
    }
}

impl Table {
    fn cell_text(&self, row: &Row, place: usize) -> &str {
        let ends = self.ends.get(row.ends.clone()).unwrap_or_default();
        let Some(end) = ends.get(place) else { return "" };
        let begin = place.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        let range = row.start + begin as usize..row.start + *end as usize;
        self.text.get(range).unwrap_or_default()
    }
}

fn read_cell(text: &str, kind: Kind) -> Value<'_> {
    match kind {
        Kind::Text => Value::Text(text),
        _ if text.is_empty() => Value::Null,
        Kind::Bool => Value::Bool(text == "1"),
        Kind::Long => text.parse().map_or(Value::Null, Value::Long),
        Kind::Time => text.parse().map_or(Value::Null, |ticks| Value::Time(Tick(ticks))),
        Kind::Real | Kind::Dynamic => Value::Json(text),
    }
}
