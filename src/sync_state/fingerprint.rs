//! Fingerprints: the sums that stand for the rows of an hour or a minute when copy and source are
//! compared.
//!
//! A fingerprint holds the counts and, per [`Measure`], one sum. Which measures there are depends
//! on the columns that the tenant's table has today, so a sum may be missing, or not comparable:
//! see [`Sum`].

use serde::{Deserialize, Serialize};

use crate::click::tally::{ClickOutcome, Tally};
use crate::click::{Action, Click, IS_CLICKED_THROUGH, Text};

/// One sum taken over a column besides the fixed counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Measure {
    /// The column's name, `[A-Za-z_][A-Za-z0-9_]*`.
    pub column: String,
    /// What is summed.
    pub kind: MeasureKind,
}

/// What is summed over a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MeasureKind {
    /// `sum(strlen(c))`, for string columns. In Unicode characters.
    Length,
    /// `countif(isnotempty(c))`: rows where the column is set.
    Set,
    /// `countif(isempty(c))`: rows where the column is not set.
    Unset,
}

/// The measures of a tenant, in the order in which they were first seen; never reordered, so an
/// index into it keeps its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measures(pub Vec<Measure>);

impl Measures {
    /// The place of `measure`, which is added at the end when it is new.
    pub fn place(&mut self, measure: Measure) -> usize {
        self.0.iter().position(|known| *known == measure).unwrap_or_else(|| {
            self.0.push(measure);
            self.0.len() - 1
        })
    }
}

/// One measure's sum over a group of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sum {
    /// The measure did not exist then, which counts as zero.
    #[default]
    New,
    /// The sum.
    Exact(u64),
    /// A sum taken from the count of a longer span because the rows hold a character beyond
    /// U+FFFF, whose length in Kusto is not documented clearly: right in total, not comparable here.
    Spread(u64),
    /// The rows were fetched while the column was absent: equal to nothing.
    Unknown,
}

/// The sums over a group of rows.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The counts. `other` is not counted by the source and stays zero.
    pub tally: Tally,
    /// Sums by place in the tenant's [`Measures`]; a missing tail is [`Sum::New`].
    pub sums: Vec<Sum>,
}

impl Fingerprint {
    /// How many rows it stands for.
    pub const fn rows(&self) -> u64 {
        self.tally.rows
    }

    /// The sum at `place`.
    pub fn sum(&self, place: usize) -> Sum {
        self.sums.get(place).copied().unwrap_or_default()
    }

    /// Sets the sum at `place`.
    pub fn set(&mut self, place: usize, sum: Sum) {
        if self.sums.len() <= place {
            self.sums.resize(place + 1, Sum::New);
        }
        if let Some(slot) = self.sums.get_mut(place) {
            *slot = sum;
        }
    }

    /// Adds `more`, measure by measure.
    pub fn add(&mut self, more: &Self) {
        self.tally += more.tally;
        for place in 0..more.sums.len() {
            let sum = match (self.sum(place), more.sum(place)) {
                (Sum::Unknown, _) | (_, Sum::Unknown) => Sum::Unknown,
                (Sum::New, other) | (other, Sum::New) => other,
                (Sum::Exact(a), Sum::Exact(b)) => Sum::Exact(a + b),
                (Sum::Spread(a) | Sum::Exact(a), Sum::Spread(b) | Sum::Exact(b)) => {
                    Sum::Spread(a + b)
                }
            };
            self.set(place, sum);
        }
    }

    /// Whether `self`, what is held of a whole hour, agrees with what the source counted.
    ///
    /// A measure that the count lacks is not compared; one that is new since counts as zero.
    pub fn matches_count(&self, counted: &Self) -> bool {
        self.agrees(counted, Extent::Whole)
    }

    /// The same for a part of what was counted as a whole, where a [`Sum::Spread`] says nothing.
    pub fn matches_part(&self, counted: &Self) -> bool {
        self.agrees(counted, Extent::Part)
    }

    fn agrees(&self, counted: &Self, extent: Extent) -> bool {
        self.tally == counted.tally
            && (0..counted.sums.len()).all(|place| match (counted.sum(place), self.sum(place)) {
                (Sum::Exact(count) | Sum::Spread(count), held) => match held {
                    Sum::New => count == 0,
                    Sum::Exact(held) => held == count,
                    Sum::Spread(held) => extent == Extent::Part || held == count,
                    // No row, no value: what was not fetched can hide nothing.
                    Sum::Unknown => self.tally.rows == 0,
                },
                (Sum::New | Sum::Unknown, _) => true,
            })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Part,
}

impl<'a> std::iter::Sum<&'a Fingerprint> for Fingerprint {
    fn sum<I: Iterator<Item = &'a Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut total, one| {
            total.add(one);
            total
        })
    }
}

/// Takes fingerprints of clicks: the measures resolved once, then one [`Taker::add`] a click.
#[derive(Debug)]
pub struct Taker {
    measures: Vec<Taken>,
}

/// A measure as it is taken from a click.
#[derive(Debug)]
enum Taken {
    Known(Text, MeasureKind),
    ClickedThrough(MeasureKind),
    Extra(Measure),
    /// The answer lacks the column.
    Absent,
}

impl Taker {
    /// A taker for answers whose schema names the columns for which `has` is true.
    pub fn new(measures: &Measures, has: impl Fn(&str) -> bool) -> Self {
        let taken = |measure: &Measure| {
            let Measure { column, kind } = measure;
            match Text::ALL.into_iter().find(|text| text.name() == column) {
                _ if !has(column) => Taken::Absent,
                Some(text) => Taken::Known(text, *kind),
                None if column == IS_CLICKED_THROUGH => Taken::ClickedThrough(*kind),
                None => Taken::Extra(measure.clone()),
            }
        };
        Self { measures: measures.0.iter().map(taken).collect() }
    }

    /// Adds one click. `action` is `Action::of` its `ActionType`.
    pub fn add(&self, to: &mut Fingerprint, click: &Click<'_>, action: Action) {
        to.tally.count(ClickOutcome { action, is_clicked_through: click.is_clicked_through });
        to.tally.other = 0;
        let extra: Option<serde_json::Map<String, serde_json::Value>> = (!click.extra.is_empty())
            .then(|| serde_json::from_str(click.extra).unwrap_or_default());
        to.sums.resize(self.measures.len().max(to.sums.len()), Sum::New);
        for (measure, sum) in self.measures.iter().zip(&mut to.sums) {
            let (value, comparable) = match measure {
                Taken::Absent => {
                    *sum = Sum::Unknown;
                    continue;
                }
                Taken::Known(text, kind) => measure_text(click.text(*text), *kind),
                Taken::ClickedThrough(kind) => {
                    (measure_presence(click.is_clicked_through.is_some(), *kind), true)
                }
                Taken::Extra(measure) => {
                    measure_json(extra.as_ref().and_then(|e| e.get(&measure.column)), measure.kind)
                }
            };
            *sum = match *sum {
                Sum::Unknown => Sum::Unknown,
                Sum::New if comparable => Sum::Exact(value),
                Sum::New => Sum::Spread(value),
                Sum::Exact(so_far) if comparable => Sum::Exact(so_far + value),
                Sum::Exact(so_far) | Sum::Spread(so_far) => Sum::Spread(so_far + value),
            };
        }
    }
}

/// The value, and whether Kusto is sure to give the same.
fn measure_text(text: &str, kind: MeasureKind) -> (u64, bool) {
    match kind {
        MeasureKind::Length if text.is_ascii() => (text.len() as u64, true),
        // A character beyond U+FFFF is the only one that UTF-8 writes in four bytes.
        MeasureKind::Length => (text.chars().count() as u64, !text.bytes().any(|b| b >= 0xF0)),
        kind => (measure_presence(!text.is_empty(), kind), true),
    }
}

fn measure_presence(set: bool, kind: MeasureKind) -> u64 {
    u64::from(set == (kind != MeasureKind::Unset))
}

fn measure_json(value: Option<&serde_json::Value>, kind: MeasureKind) -> (u64, bool) {
    match (value, kind) {
        (Some(serde_json::Value::String(text)), kind) => measure_text(text, kind),
        (None | Some(serde_json::Value::Null), MeasureKind::Length) => (0, true),
        (Some(other), MeasureKind::Length) => measure_text(&other.to_string(), kind),
        (value, kind) => (measure_presence(value.is_some_and(|v| !v.is_null()), kind), true),
    }
}
