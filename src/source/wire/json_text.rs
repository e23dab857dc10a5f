//! Copies a JSON value as compact text, without building it in memory: annotations (`@odata.…`)
//! are left out, and an object without members, which is how Graph writes null, becomes `null`.

use std::fmt::{self, Write};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::keys::is_annotation;

/// Appends the value it reads.
pub(super) struct JsonText<'t>(pub(super) &'t mut String);

impl JsonText<'_> {
    fn push<E: Error>(self, value: impl fmt::Display) -> Result<(), E> {
        write!(self.0, "{value}").map_err(E::custom)
    }
}

/// Appends `text` with quotes and escapes.
pub(super) fn push_quoted(to: &mut String, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        // Writing a string into memory cannot fail.
        to.push_str(&serde_json::to_string(text).unwrap_or_default());
    } else {
        to.push('"');
        to.push_str(text);
        to.push('"');
    }
}

impl<'de> DeserializeSeed<'de> for JsonText<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonText<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push("null")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.push(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.push(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.push(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.push(serde_json::Value::from(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        push_quoted(self.0, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.push('[');
        let start = self.0.len();
        while seq.next_element_seed(Member { to: &mut *self.0, start })?.is_some() {}
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push('{');
        let start = self.0.len();
        while let Some(key) = map.next_key::<String>()? {
            if is_annotation(&key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if self.0.len() > start {
                self.0.push(',');
            }
            push_quoted(self.0, &key);
            self.0.push(':');
            map.next_value_seed(JsonText(&mut *self.0))?;
        }
        if self.0.len() == start {
            self.0.truncate(start - 1);
            self.0.push_str("null");
        } else {
            self.0.push('}');
        }
        Ok(())
    }
}

/// A member of a list, with the comma before it.
struct Member<'t> {
    to: &'t mut String,
    start: usize,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        if self.to.len() > self.start {
            self.to.push(',');
        }
        JsonText(self.to).deserialize(json)
    }
}
