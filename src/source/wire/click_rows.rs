//! Rows of a fetch, straight into the batch: no allocation per row or value.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::answer::Column;
use super::cell::{Scalar, TextCell, TextSlice};
use super::json_text::{JsonText, push_quoted};
use super::keys::{Key, KeyOrder, MAX_COLUMNS, documented, is_annotation};
use crate::click::{Click, Clicks, IS_CLICKED_THROUGH, TIMESTAMP, Text};
use crate::clock::Tick;

/// What a key of a row stands for.
#[derive(Clone, Copy, Debug)]
enum Field {
    Timestamp,
    IsClickedThrough,
    Text(Text),
    /// A place in [`ClickRows::unknown`].
    Unknown(usize),
    Annotation,
}

/// Gathers rows.
#[derive(Debug, Default)]
pub(super) struct ClickRows {
    clicks: Clicks,
    unreadable: u64,
    keys: KeyOrder<Field>,
    /// Names of columns that this program does not know.
    unknown: Vec<String>,
    /// Texts of the present row that had to be decoded.
    scratch: String,
    /// The present row's unknown columns: which, and where in the scratch.
    extras: Vec<(usize, Range<usize>)>,
    /// The same as one JSON object.
    extra: String,
}

impl ClickRows {
    pub(super) fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self { clicks: Clicks::with_capacity(rows, bytes), ..Self::default() }
    }

    /// Takes the names of unknown columns from the schema, so that rows cannot respell them.
    pub(super) fn begin(&mut self, schema: &[Column]) {
        let names = schema.iter().map(|column| &column.name);
        self.unknown = names.filter(|name| documented(name).is_none()).cloned().collect();
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The batch, and how many rows could not be read.
    pub(super) fn finish(self) -> (Clicks, u64) {
        (self.clicks, self.unreadable)
    }

    /// The present row's unknown columns as one JSON object, keys sorted.
    fn join_extras(&mut self) {
        self.extra.clear();
        let Self { unknown, scratch, extras, extra, .. } = self;
        let name = |place: usize| unknown.get(place).map_or("", String::as_str);
        extras.sort_by(|(a, _), (b, _)| name(*a).cmp(name(*b)));
        for (place, value) in extras.iter() {
            extra.push(if extra.is_empty() { '{' } else { ',' });
            push_quoted(extra, name(*place));
            extra.push(':');
            extra.push_str(scratch.get(value.clone()).unwrap_or_default());
        }
        if !extra.is_empty() {
            extra.push('}');
        }
    }
}

/// The values of the present row.
struct Row<'de> {
    timestamp: Option<Tick>,
    is_clicked_through: Option<bool>,
    texts: [TextSlice<'de>; Text::COUNT],
}

impl Default for Row<'_> {
    fn default() -> Self {
        let texts = [TextSlice::Whole(""); Text::COUNT];
        Self { timestamp: None, is_clicked_through: None, texts }
    }
}

impl<'de> Row<'de> {
    /// Takes the value of `field` from `map`. A key that comes twice counts as it came last.
    #[expect(clippy::indexing_slicing, reason = "a Text is always below Text::COUNT")]
    fn take<A: MapAccess<'de>>(
        &mut self,
        field: Field,
        map: &mut A,
        scratch: &mut String,
        extras: &mut Vec<(usize, Range<usize>)>,
    ) -> Result<(), A::Error> {
        match field {
            Field::Text(text) => {
                self.texts[text as usize] = map.next_value_seed(TextCell(scratch))?;
            }
            Field::Timestamp => self.timestamp = map.next_value::<Scalar<'_>>()?.time(),
            Field::IsClickedThrough => {
                self.is_clicked_through = map.next_value::<Scalar<'_>>()?.truth();
            }
            Field::Unknown(place) => {
                let start = scratch.len();
                map.next_value_seed(JsonText(scratch))?;
                extras.retain(|(known, _)| *known != place);
                extras.push((place, start..scratch.len()));
            }
            Field::Annotation => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// What a key stands for that was not seen before; `None` when there are too many.
fn learn(unknown: &mut Vec<String>, key: &str) -> Option<Field> {
    match documented(key) {
        Some(TIMESTAMP) => return Some(Field::Timestamp),
        Some(IS_CLICKED_THROUGH) => return Some(Field::IsClickedThrough),
        Some(name) => return Text::ALL.into_iter().find(|t| t.name() == name).map(Field::Text),
        None if is_annotation(key) => return Some(Field::Annotation),
        None => {}
    }
    let place = unknown.iter().position(|name| name.eq_ignore_ascii_case(key));
    let place = place.unwrap_or_else(|| {
        unknown.push(key.to_owned());
        unknown.len() - 1
    });
    (place < MAX_COLUMNS).then_some(Field::Unknown(place))
}

impl<'de> DeserializeSeed<'de> for &mut ClickRows {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut ClickRows {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.keys.rewind();
        self.scratch.clear();
        self.extras.clear();
        let ClickRows { keys, unknown, scratch, extras, .. } = &mut *self;
        let mut row = Row::default();
        while let Some(field) =
            map.next_key_seed(Key { keys, learn: |key: &str| learn(unknown, key) })?
        {
            row.take(field, &mut map, scratch, extras)?;
        }
        let Some(timestamp) = row.timestamp else { return self.visit_unit() };
        self.join_extras();
        let texts = row.texts.map(|piece| piece.text(&self.scratch));
        let is_clicked_through = row.is_clicked_through;
        let click = Click { timestamp, texts, is_clicked_through, extra: &self.extra };
        self.clicks.push(&click).then_some(()).ok_or_else(|| A::Error::custom("too much text"))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.unreadable += 1;
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.visit_unit()
    }
}
