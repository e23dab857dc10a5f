//! Which column a key names. Rows of an answer name them in the same order, so the key that
//! followed last time is tried first: one comparison a key.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use crate::click::{IS_CLICKED_THROUGH, TIMESTAMP, Text};

/// Keys remembered at most; rows with more are read no less rightly, only more slowly.
const REMEMBERED: usize = 512;

/// More columns than any table has: beyond it a schema is no schema.
pub(super) const MAX_COLUMNS: usize = 4_096;

/// Whether a key is an annotation, such as `IsClickedThrough@odata.type`.
pub(super) fn is_annotation(key: &str) -> bool {
    key.contains("@odata.")
}

/// The documented casing of a known column's name.
pub(super) fn documented(name: &str) -> Option<&'static str> {
    let known = Text::ALL.into_iter().map(Text::name).chain([TIMESTAMP, IS_CLICKED_THROUGH]);
    known.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Keys seen so far with what they stand for, in the order in which rows name them.
#[derive(Debug)]
pub(super) struct KeyOrder<T> {
    order: Vec<(Box<str>, T)>,
    next: usize,
}

impl<T> Default for KeyOrder<T> {
    fn default() -> Self {
        Self { order: Vec::new(), next: 0 }
    }
}

impl<T: Copy> KeyOrder<T> {
    /// Begins a row.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    fn find(&mut self, key: &str) -> Option<T> {
        let expected = self.order.get(self.next).filter(|(known, _)| **known == *key);
        if let Some(&(_, found)) = expected {
            self.next += 1;
            return Some(found);
        }
        let place = self.order.iter().position(|(known, _)| **known == *key)?;
        self.next = place + 1;
        self.order.get(place).map(|&(_, found)| found)
    }

    fn remember(&mut self, key: &str, found: T) {
        if self.order.len() < REMEMBERED {
            let place = self.next.min(self.order.len());
            self.order.insert(place, (key.into(), found));
            self.next = place + 1;
        }
    }
}

/// Reads one key; `learn` says what a key stands for that was not seen before.
pub(super) struct Key<'k, T, F> {
    pub(super) keys: &'k mut KeyOrder<T>,
    pub(super) learn: F,
}

impl<'de, T: Copy, F: FnOnce(&str) -> Option<T>> DeserializeSeed<'de> for Key<'_, T, F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        json.deserialize_str(self)
    }
}

impl<T: Copy, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Key<'_, T, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column's name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<T, E> {
        if let Some(found) = self.keys.find(key) {
            return Ok(found);
        }
        let found = (self.learn)(key).ok_or_else(|| E::custom("too many columns"))?;
        self.keys.remember(key, found);
        Ok(found)
    }
}
