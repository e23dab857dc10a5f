//! A section's values, each checked for its kind and its range.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use config::ValueKind;

use super::super::duration::{self, DurationError};
use super::SectionKeys;

impl<'a> SectionKeys<'a> {
    fn value(&mut self, key: &'static str) -> Option<&'a ValueKind> {
        self.asked.insert(key);
        let kind = self.table.and_then(|table| table.get(key)).map(|value| &value.kind);
        kind.filter(|kind| !matches!(kind, ValueKind::Nil))
    }

    /// A text that may be absent.
    pub(in crate::config) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            ValueKind::String(text) if !text.trim().is_empty() => Some(text.clone()),
            ValueKind::String(_) => {
                self.report(key, "is empty".to_owned(), "give it a value, or remove it");
                None
            }
            _ => {
                self.report(key, "is no text".to_owned(), "put its value in quotes");
                None
            }
        }
    }

    /// A text that must be there.
    pub(in crate::config) fn required(
        &mut self,
        key: &'static str,
        remedy: &str,
    ) -> Option<String> {
        if self.value(key).is_none() {
            self.report(key, "is missing".to_owned(), remedy);
        }
        self.text(key)
    }

    /// A text that `read` understands; its error is the problem and what to do.
    pub(in crate::config) fn parsed<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, (String, String)>,
    ) -> Option<T> {
        let text = self.text(key)?;
        read(&text).map_err(|(problem, remedy)| self.report(key, problem, remedy)).ok()
    }

    /// Texts that may be absent; none of them is empty.
    pub(in crate::config) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let list = match self.value(key) {
            Some(ValueKind::Array(list)) => list.as_slice(),
            None => &[],
            Some(_) => {
                self.report(key, "is no list".to_owned(), "write it as [\"…\", \"…\"]");
                &[]
            }
        };
        let mut texts = Vec::with_capacity(list.len());
        for (place, value) in list.iter().enumerate() {
            match &value.kind {
                ValueKind::String(text) if !text.trim().is_empty() => texts.push(text.clone()),
                ValueKind::Nil => {}
                _ => {
                    let key = format!("{key}[{place}]");
                    self.report(&key, "is no text".to_owned(), "put a value in quotes");
                }
            }
        }
        texts
    }

    /// Whether `key` is a list, or absent.
    pub(in crate::config) fn is_list(&mut self, key: &'static str) -> bool {
        matches!(self.value(key), None | Some(ValueKind::Array(_)))
    }

    /// Gives each text of a list to `take`, which takes it or not. `None` if one was not taken, or if
    /// there is something else than a list.
    pub(in crate::config) fn each_text(
        &mut self,
        key: &'static str,
        problem: &str,
        remedy: &str,
        mut take: impl FnMut(&str) -> Option<()>,
    ) -> Option<()> {
        let is_list = self.is_list(key);
        let texts = self.texts(key);
        let taken: Vec<bool> = texts.iter().map(|text| take(text).is_some()).collect();
        for (place, _) in taken.iter().enumerate().filter(|(_, taken)| !**taken) {
            self.report(&format!("{key}[{place}]"), problem.to_owned(), remedy);
        }
        (is_list && taken.iter().all(|taken| *taken)).then_some(())
    }

    /// A file that is read.
    pub(in crate::config) fn path_of(&mut self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(|named| self.place_of(&named))
    }

    /// A file that is read and must be named.
    pub(in crate::config) fn required_path(
        &mut self,
        key: &'static str,
        remedy: &str,
    ) -> Option<PathBuf> {
        self.required(key, remedy).map(|named| self.place_of(&named))
    }

    /// Where a file that is read lies.
    pub(in crate::config) fn place_of(&self, named: &str) -> PathBuf {
        self.layers.places.read(named)
    }

    /// Where a file that is written lies.
    pub(in crate::config) fn written_place_of(&self, named: &str) -> PathBuf {
        self.layers.places.written(named)
    }

    /// A duration within `range`.
    pub(in crate::config) fn duration(
        &mut self,
        key: &'static str,
        range: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        if let Some(ValueKind::I64(number)) = self.value(key) {
            self.report(key, format!("{number} has no unit"), duration::DURATION_REMEDY);
            return None;
        }
        self.parsed(key, |text| {
            let value = match duration::parse(text) {
                // Where none at all will do.
                Err(DurationError::Zero) if range.start().is_zero() => Duration::ZERO,
                parsed => parsed
                    .map_err(|error| (error.to_string(), duration::DURATION_REMEDY.to_owned()))?,
            };
            if range.contains(&value) {
                return Ok(value);
            }
            let (least, most) = (duration::format(*range.start()), duration::format(*range.end()));
            Err((format!("{text} is out of range"), format!("choose {least} to {most}")))
        })
    }

    /// A whole number within `range`. The environment gives it as text.
    pub(in crate::config) fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        beyond: &str,
        default: u32,
    ) -> Option<u32> {
        let given_as_text = self.layers.is_from_environment(&self.path(key));
        let Some(value) = self.value(key) else { return Some(default) };
        let value = match value {
            ValueKind::I64(value) => Some(*value),
            ValueKind::String(text) if given_as_text => text.trim().parse().ok(),
            _ => None,
        };
        let (least, most) = (range.start(), range.end());
        let found = value.and_then(|v| u32::try_from(v).ok()).filter(|v| range.contains(v));
        if found.is_none() {
            let problem =
                value.map_or("is no whole number".to_owned(), |v| format!("{v} is out of range"));
            self.report(key, problem, format!("choose a number from {least} to {most}{beyond}"));
        }
        found
    }

    /// Yes or no; no when absent. The environment gives it as text.
    pub(in crate::config) fn switch(&mut self, key: &'static str) -> bool {
        let given_as_text = self.layers.is_from_environment(&self.path(key));
        match self.value(key) {
            None => false,
            Some(ValueKind::Boolean(value)) => *value,
            Some(ValueKind::String(text)) if given_as_text && text == "true" => true,
            Some(ValueKind::String(text)) if given_as_text && text == "false" => false,
            Some(_) => {
                self.report(key, "is neither true nor false".to_owned(), "write true or false");
                false
            }
        }
    }
}
