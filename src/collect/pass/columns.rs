//! What the table's columns of today mean for fingerprints.

use super::state::Pass;
use crate::click::{IS_CLICKED_THROUGH, TIMESTAMP, Text};
use crate::clock::{DAY, Tick};
use crate::collect::call::{Call, CallFailure};
use crate::sync_state::fingerprint::{Measure, MeasureKind};

/// A column as a schema names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it holds text: only text has a length.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Anything else.
    Other,
}

/// The identity columns that `names` lacks.
pub fn missing_identity(has: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let texts = Text::ALL.into_iter().take(Text::IDENTITY).map(Text::name);
    [TIMESTAMP, IS_CLICKED_THROUGH].into_iter().chain(texts).filter(|name| !has(name)).collect()
}

impl Pass {
    /// Takes the table's columns. Without the identity columns nothing is collected.
    pub fn on_columns(&mut self, columns: &[Column], now: Tick) {
        self.answered();
        let missing = missing_identity(|name| columns.iter().any(|c| c.name == name));
        if !missing.is_empty() {
            self.defer_columns(now);
            let why = format!("UrlClickEvents has no column {}", missing.join(", "));
            self.end(now, Some(why));
            return;
        }
        self.progress.schema_due = now.plus(DAY);
        let mut present = Vec::new();
        for column in columns.iter().filter(|c| c.name != TIMESTAMP && is_plain(&c.name)) {
            for kind in kinds(column) {
                let measure = Measure { column: column.name.clone(), kind };
                present.push(self.progress.measures.place(measure));
            }
        }
        present.sort_unstable();
        self.progress.present = present;
    }

    /// Takes the failure to learn the columns.
    pub fn on_columns_failed(&mut self, failure: &CallFailure, now: Tick) {
        match failure {
            CallFailure::Schema(why) => {
                self.defer_columns(now);
                self.end(now, Some(why.clone()));
            }
            CallFailure::Transport(_)
            | CallFailure::Unwell(_)
            | CallFailure::Away(_)
            | CallFailure::Cpu
            | CallFailure::Rate
            | CallFailure::Refused(_) => {
                self.fail(&Call::Columns, failure, now);
            }
            _ => {
                self.defer_columns(now);
                self.fail(&Call::Columns, failure, now);
            }
        }
    }

    /// Without columns nothing else can be asked: the next pass asks again.
    fn defer_columns(&mut self, now: Tick) {
        self.progress.schema_due = now.plus(self.limits.interval);
    }

    /// The measures that the table has today, with their places.
    pub fn present(&self) -> Vec<(usize, &Measure)> {
        let measures = &self.progress.measures.0;
        self.progress
            .present
            .iter()
            .filter_map(|place| Some((*place, measures.get(*place)?)))
            .collect()
    }

    /// Whether a schema names every column that counts rest on.
    pub fn is_complete(&self, has: impl Fn(&str) -> bool) -> bool {
        missing_identity(&has).is_empty() && self.present().iter().all(|(_, m)| has(&m.column))
    }
}

/// Lengths of text, presence of anything else; and rows with a threat, rows without a message.
fn kinds(column: &Column) -> Vec<MeasureKind> {
    let mut kinds = match column.kind {
        ColumnKind::Text => vec![MeasureKind::Length],
        ColumnKind::Other => vec![MeasureKind::Set],
    };
    if column.name == Text::ThreatTypes.name() && !kinds.contains(&MeasureKind::Set) {
        kinds.push(MeasureKind::Set);
    }
    if column.name == Text::NetworkMessageId.name() {
        kinds.push(MeasureKind::Unset);
    }
    kinds
}

/// Whether a name can stand in a query as it is.
fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
