//! Every text that collection can send: counts, fetches, and the question for the columns.
//!
//! All stay inside the subset that this module's parent names, so that engines written by others
//! can run them in tests. Times are always `>= from and < until`.

use std::fmt::Write as _;

use crate::click::IS_CLICKED_THROUGH;
use crate::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use crate::sync_state::fingerprint::{Measure, MeasureKind};

/// The table of clicks.
pub const TABLE: &str = "UrlClickEvents";

/// How long the bins of a count are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bin {
    /// `bin(Timestamp, 1h)`.
    Hour,
    /// `bin(Timestamp, 1m)`.
    Minute,
    /// `bin(Timestamp, 1s)`.
    Second,
}

impl Bin {
    /// Ticks in a bin.
    pub const fn ticks(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Minute => MINUTE,
            Self::Second => SECOND,
        }
    }

    const fn literal(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Minute => "1m",
            Self::Second => "1s",
        }
    }
}

/// One of the 17 parts into which an instant with too many rows is split: by the first character
/// of `ReportId`, a GUID in lower case, or none of the sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportIdPart {
    /// Begins with this hexadecimal digit.
    Digit(char),
    /// Begins with none of them.
    Rest,
}

impl ReportIdPart {
    /// The parts: every row is in exactly one.
    pub const ALL: [Self; 17] = [
        Self::Digit('0'),
        Self::Digit('1'),
        Self::Digit('2'),
        Self::Digit('3'),
        Self::Digit('4'),
        Self::Digit('5'),
        Self::Digit('6'),
        Self::Digit('7'),
        Self::Digit('8'),
        Self::Digit('9'),
        Self::Digit('a'),
        Self::Digit('b'),
        Self::Digit('c'),
        Self::Digit('d'),
        Self::Digit('e'),
        Self::Digit('f'),
        Self::Rest,
    ];

    fn condition(self) -> String {
        match self {
            Self::Digit(digit) => format!("ReportId startswith_cs \"{digit}\""),
            Self::Rest => {
                let not = |part| match part {
                    Self::Digit(digit) => Some(format!("ReportId !startswith_cs \"{digit}\"")),
                    Self::Rest => None,
                };
                Self::ALL.into_iter().filter_map(not).collect::<Vec<_>>().join(" and ")
            }
        }
    }
}

/// Asks for no row: the answer's schema names the columns that the table has today.
pub fn columns() -> String {
    format!("{TABLE} | take 0")
}

/// Counts a span, one row per bin that has rows: `Bin`, `Rows`, the five counts,
/// `BlockedByTenantPolicy`, and `M<place>` for each of `measures`.
pub fn count(span: Span, bin: Bin, measures: &[(usize, &Measure)]) -> String {
    let (sums, bin) = (aggregates(measures), bin.literal());
    format!("{} | summarize {sums} by Bin = bin(Timestamp, {bin}) | order by Bin asc", within(span))
}

/// Counts the two halves of a span: a row for `Late` false (before `middle`) and one for true,
/// each only if it has rows.
pub fn count_halves(span: Span, middle: Tick, measures: &[(usize, &Measure)]) -> String {
    let (span, sums) = (within(span), aggregates(measures));
    format!("{span} | extend Late = Timestamp >= datetime({middle}) | summarize {sums} by Late")
}

/// Counts a span as a whole: always one row.
pub fn count_whole(span: Span, measures: &[(usize, &Measure)]) -> String {
    format!("{} | summarize {}", within(span), aggregates(measures))
}

/// Counts nothing but the rows of a span: confirms that a count without results means none.
pub fn count_rows(span: Span) -> String {
    format!("{} | summarize Rows = count()", within(span))
}

/// Asks for every row of a span with all its columns.
pub fn fetch(span: Span) -> String {
    within(span)
}

/// Asks for one part of the rows of a span.
pub fn fetch_part(span: Span, part: ReportIdPart) -> String {
    format!("{} | where {}", within(span), part.condition())
}

fn within(Span { from, until }: Span) -> String {
    format!("{TABLE} | where Timestamp >= datetime({from}) and Timestamp < datetime({until})")
}

fn aggregates(measures: &[(usize, &Measure)]) -> String {
    let mut text = "Rows = count()".to_owned();
    for (name, term) in [
        ("Blocked", "ClickBlocked"),
        ("Allowed", "ClickAllowed"),
        ("PendingVerdict", "UrlScanInProgress"),
        ("Error", "UrlErrorPage"),
    ] {
        let _ = write!(text, ", {name} = countif(ActionType has_any (\"{term}\"))");
    }
    let _ = write!(text, ", ClickedThrough = countif({IS_CLICKED_THROUGH})");
    let policy = "ClickBlockedByTenantPolicy";
    let _ = write!(text, ", BlockedByTenantPolicy = countif(ActionType has_any (\"{policy}\"))");
    for (place, Measure { column, kind }) in measures {
        let _ = match kind {
            MeasureKind::Length => write!(text, ", M{place} = sum(strlen({column}))"),
            MeasureKind::Set => write!(text, ", M{place} = countif(isnotempty({column}))"),
            MeasureKind::Unset => write!(text, ", M{place} = countif(isempty({column}))"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_these() {
        let from = Tick::parse("2026-11-22T00:00:00.0000001Z").unwrap();
        let span = Span::new(from, from.floor(HOUR).plus(HOUR));
        let measure = |column: &str, kind| Measure { column: column.into(), kind };
        let (url, set) = (measure("Url", MeasureKind::Length), measure("X", MeasureKind::Unset));
        insta::assert_snapshot!(
            [
                columns(),
                count(span, Bin::Hour, &[(0, &url), (7, &set)]),
                count_halves(span, span.from, &[]),
                count_whole(span, &[(1, &measure("Y", MeasureKind::Set))]),
                count_rows(span),
                fetch(span),
                fetch_part(span, ReportIdPart::ALL[10]),
                fetch_part(span, ReportIdPart::ALL[16]),
            ]
            .join("\n\n")
        );
    }
}
