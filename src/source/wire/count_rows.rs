//! Rows of a count: one group each.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::answer::CountRow;
use super::cell::Scalar;
use super::error::WireError;
use super::keys::{Key, KeyOrder};
use crate::click::tally::Tally;
use crate::sync_state::fingerprint::Sum;

/// Places beyond this are none of ours.
const MAX_PLACE: usize = 10_000;

/// What a key of a group stands for.
#[derive(Clone, Copy, Debug)]
enum Field {
    Bin,
    Late,
    Rows,
    Tally(fn(&mut Tally) -> &mut u64),
    Measure(usize),
    Ignored,
}

impl Field {
    fn of(key: &str) -> Self {
        let known: [(&str, Self); 9] = [
            ("Bin", Self::Bin),
            ("Late", Self::Late),
            ("Rows", Self::Rows),
            ("Blocked", Self::Tally(|t| &mut t.blocked)),
            ("Allowed", Self::Tally(|t| &mut t.allowed)),
            ("PendingVerdict", Self::Tally(|t| &mut t.pending_verdict)),
            ("Error", Self::Tally(|t| &mut t.error)),
            ("ClickedThrough", Self::Tally(|t| &mut t.clicked_through)),
            ("BlockedByTenantPolicy", Self::Tally(|t| &mut t.blocked_by_tenant_policy)),
        ];
        let found = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map_or_else(|| Self::measure(key), |(_, field)| field)
    }

    fn measure(key: &str) -> Self {
        let place = key.strip_prefix(['M', 'm']).and_then(|place| place.parse().ok());
        place.filter(|place| *place < MAX_PLACE).map_or(Self::Ignored, Self::Measure)
    }
}

/// Gathers groups.
#[derive(Debug, Default)]
pub(super) struct CountRows {
    rows: Vec<CountRow>,
    keys: KeyOrder<Field>,
    bad: Option<&'static str>,
}

impl CountRows {
    /// The groups. A count that cannot be read is no count: nothing may rest on a guess.
    pub(super) fn finish(self) -> Result<Vec<CountRow>, WireError> {
        self.bad.map_or(Ok(self.rows), |why| Err(WireError::Shape(why)))
    }

    fn take(&mut self, row: &mut CountRow, field: Field, value: &Scalar<'_>) {
        let count = value.count();
        let (bad, fingerprint) = (&mut self.bad, &mut row.fingerprint);
        let mut number = || {
            count.unwrap_or_else(|| {
                *bad = Some("a count is no number");
                0
            })
        };
        match field {
            Field::Bin => {
                row.bin = value.time();
                self.bad = self.bad.or(row.bin.is_none().then_some("a bin is no time"));
            }
            Field::Late => {
                row.late = value.truth();
                self.bad = self.bad.or(row.late.is_none().then_some("a half is neither"));
            }
            Field::Rows => fingerprint.tally.rows = number(),
            Field::Tally(part) => *part(&mut fingerprint.tally) = number(),
            Field::Measure(place) => fingerprint.set(place, Sum::Exact(number())),
            Field::Ignored => {}
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut CountRows {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut CountRows {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.keys.rewind();
        let mut row = CountRow::default();
        let mut counted = false;
        while let Some(field) = map
            .next_key_seed(Key { keys: &mut self.keys, learn: |key: &str| Some(Field::of(key)) })?
        {
            if matches!(field, Field::Ignored) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            counted |= matches!(field, Field::Rows);
            let value = map.next_value()?;
            self.take(&mut row, field, &value);
        }
        self.bad = self.bad.or((!counted).then_some("a group lacks the column Rows"));
        self.rows.push(row);
        Ok(())
    }
}
