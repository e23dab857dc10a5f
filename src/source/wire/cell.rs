//! One value of a row, in every encoding seen: 0/1, true/false, `"0"`, `"True"`, null, `{}`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::json_text::JsonText;
use super::keys::is_annotation;
use crate::clock::Tick;

/// A value that is no text column's.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'de> {
    /// `null`, `{}`, or an object of annotations only.
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'de, str>),
    /// A list, or an object with members.
    Compound,
}

impl Scalar<'_> {
    /// As a boolean, by the rule of KQL's `tobool`: a number is true unless 0.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Unsigned(value) => Some(*value != 0),
            Self::Signed(value) => Some(*value != 0),
            Self::Float(value) => Some(*value != 0.0),
            Self::Text(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
            Self::Text(_) | Self::Null | Self::Compound => None,
        }
    }

    /// As a point in time.
    pub(super) fn time(&self) -> Option<Tick> {
        match self {
            Self::Text(text) => Tick::parse(text),
            _ => None,
        }
    }

    /// As a count; null counts nothing.
    pub(super) fn count(&self) -> Option<u64> {
        match self {
            Self::Null => Some(0),
            Self::Bool(value) => Some(u64::from(*value)),
            Self::Unsigned(value) => Some(*value),
            Self::Float(value) if *value >= 0.0 && value.fract() == 0.0 => Some(*value as u64),
            Self::Text(text) => text.parse().ok(),
            Self::Signed(_) | Self::Float(_) | Self::Compound => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Signed(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Compound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut value = Scalar::Null;
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            if !is_annotation(&key) {
                value = Scalar::Compound;
            }
        }
        Ok(value)
    }
}

/// A text column's value: a piece of the answer, or, where it had to be decoded, of the scratch.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextSlice<'de> {
    Whole(&'de str),
    Scratch { start: usize, end: usize },
}

impl<'de> TextSlice<'de> {
    /// The text.
    pub(super) fn text<'s>(self, scratch: &'s str) -> &'s str
    where
        'de: 's,
    {
        match self {
            Self::Whole(text) => text,
            Self::Scratch { start, end } => scratch.get(start..end).unwrap_or_default(),
        }
    }
}

/// Reads a text column: null is `""`, and what is no text becomes its JSON text.
pub(super) struct TextCell<'s>(pub(super) &'s mut String);

impl TextCell<'_> {
    fn decoded<'de, E>(
        self,
        write: impl FnOnce(JsonText<'_>) -> Result<(), E>,
    ) -> Result<TextSlice<'de>, E> {
        let start = self.0.len();
        write(JsonText(&mut *self.0))?;
        if self.0.get(start..) == Some("null") {
            self.0.truncate(start);
        }
        Ok(TextSlice::Scratch { start, end: self.0.len() })
    }
}

impl<'de> DeserializeSeed<'de> for TextCell<'_> {
    type Value = TextSlice<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<TextSlice<'de>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextCell<'_> {
    type Value = TextSlice<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<TextSlice<'de>, E> {
        Ok(TextSlice::Whole(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TextSlice<'de>, E> {
        let start = self.0.len();
        self.0.push_str(text);
        Ok(TextSlice::Scratch { start, end: self.0.len() })
    }

    fn visit_unit<E: Error>(self) -> Result<TextSlice<'de>, E> {
        Ok(TextSlice::Whole(""))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<TextSlice<'de>, E> {
        self.decoded(|json| json.visit_bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<TextSlice<'de>, E> {
        self.decoded(|json| json.visit_u64(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<TextSlice<'de>, E> {
        self.decoded(|json| json.visit_i64(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<TextSlice<'de>, E> {
        self.decoded(|json| json.visit_f64(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<TextSlice<'de>, A::Error> {
        self.decoded(|json| json.visit_seq(seq))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextSlice<'de>, A::Error> {
        self.decoded(|json| json.visit_map(map))
    }
}
