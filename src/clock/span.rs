//! Half-open stretches of time, and the hours in them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tick::{Hour, Tick};

/// A half-open stretch of time: `from <= t < until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first tick inside.
    pub from: Tick,
    /// The first tick after.
    pub until: Tick,
}

impl Span {
    /// A span; an `until` before `from` gives an empty one.
    pub fn new(from: Tick, until: Tick) -> Self {
        Self { from, until: until.max(from) }
    }

    /// Ticks in the span.
    pub const fn ticks(self) -> i64 {
        self.until.0 - self.from.0
    }

    /// Whether no tick lies inside.
    pub const fn is_empty(self) -> bool {
        self.until.0 <= self.from.0
    }

    /// Whether `tick` lies inside.
    pub fn contains(self, tick: Tick) -> bool {
        self.from <= tick && tick < self.until
    }

    /// Whether the whole of `other` lies inside.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// Whether the two share a tick.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// What the two share, possibly empty.
    pub fn intersect(self, other: Self) -> Self {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// The hours that have a tick in the span, in order.
    pub fn hours(self) -> impl DoubleEndedIterator<Item = Hour> + Clone {
        let end =
            if self.is_empty() { self.from.hour().0 } else { self.until.plus(-1).hour().0 + 1 };
        (self.from.hour().0..end).map(Hour)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.until)
    }
}

impl Hour {
    /// The hour as a span.
    pub const fn span(self) -> Span {
        Span { from: self.start(), until: self.end() }
    }
}
