//! Details that changed after a row was first stored: what counts as a change.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::click::{Click, Present, Text};

use super::error::StoreError;

/// One column of one row that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The source's name of the column, or `State` for a row that was withdrawn or came back.
    pub column: String,
    /// What it was; `""` for null.
    pub old: String,
    /// What it became.
    pub new: String,
}

/// The columns that any answer for a tenant ever had, and that are detail.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct KnownColumns(BTreeSet<String>);

impl KnownColumns {
    /// The list as it is stored.
    pub(crate) fn from_json(json: &str) -> Result<Self, StoreError> {
        let names = serde_json::from_str(json).map_err(|e| {
            StoreError::Damaged(format!("the columns of a tenant are unreadable: {e}"))
        })?;
        Ok(Self(names))
    }

    /// Adds those of an answer; the list to be stored, if it grew.
    pub(crate) fn learn(mut self, present: Present, extra: &BTreeSet<String>) -> Option<String> {
        let before = self.0.len();
        let known = Text::ALL.into_iter().filter(|text| present.has(*text));
        self.0.extend(known.map(|text| text.name().to_owned()).chain(extra.iter().cloned()));
        (self.0.len() > before).then(|| serde_json::to_string(&self.0).unwrap_or_default())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether rows may hold details that an answer with `present` lacks.
    pub(crate) fn outgrow(&self, present: Present) -> bool {
        let unknown = |name: &String| Text::ALL.iter().all(|text| text.name() != name);
        Text::ALL.into_iter().any(|text| !present.has(text) && self.has(text.name()))
            || (!present.extra && self.0.iter().any(unknown))
    }
}

/// A row's details after an answer, and what of it is news.
pub(crate) struct Merged<'a> {
    texts: [&'a str; Text::COUNT],
    extra: Cow<'a, str>,
    pub(crate) changes: Vec<Change>,
}

impl<'a> Merged<'a> {
    /// Takes over the details of `new`. A column that the answer lacked changes nothing, one that
    /// was `known` to no earlier answer is no news.
    pub(crate) fn new(
        old: &Click<'a>,
        new: &Click<'a>,
        present: Present,
        extra_names: &BTreeSet<String>,
        known: &KnownColumns,
    ) -> Self {
        let mut changes = Vec::new();
        let mut note = |column: &str, old: &str, new: &str| {
            if known.has(column) {
                changes.push(Change { column: column.into(), old: old.into(), new: new.into() });
            }
        };
        let mut texts = old.texts;
        for (column, text) in Text::ALL.into_iter().zip(&mut texts).skip(Text::IDENTITY) {
            let (before, after) = (old.text(column), new.text(column));
            if present.has(column) && before != after {
                note(column.name(), before, after);
                *text = after;
            }
        }
        let extra = if present.extra && old.extra != new.extra {
            Cow::Owned(merge_extra(old.extra, new.extra, extra_names, note))
        } else {
            Cow::Borrowed(old.extra)
        };
        Self { texts, extra, changes }
    }

    /// The row as it now is.
    pub(crate) fn click(&self, identity: &Click<'a>) -> Click<'_> {
        Click { texts: self.texts, extra: &self.extra, ..*identity }
    }
}

/// Merges the unknown columns; one that no row of the answer has keeps its value.
fn merge_extra(
    old: &str,
    new: &str,
    names: &BTreeSet<String>,
    mut note: impl FnMut(&str, &str, &str),
) -> String {
    let (before, mut after) = (fields(old), fields(new));
    let all: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    for name in all {
        let was = before.get(&name).map_or("", |value| value.get());
        if !names.contains(&name) {
            if let Some(value) = before.get(&name) {
                after.insert(name, value);
            }
            continue;
        }
        let is = after.get(&name).map_or("", |value| value.get());
        if was != is {
            note(&name, was, is);
        }
    }
    if after.is_empty() { String::new() } else { serde_json::to_string(&after).unwrap_or_default() }
}

fn fields(json: &str) -> BTreeMap<String, &RawValue> {
    serde_json::from_str(json).unwrap_or_default()
}
