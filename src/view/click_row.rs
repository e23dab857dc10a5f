//! A click as JSON and as a row of CSV: the source's columns first, those of our own last.

use std::collections::BTreeMap;
use std::io::Write;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::click::{Click, IS_CLICKED_THROUGH, TIMESTAMP, Text};
use crate::clock::Tick;
use crate::store::{ClickKey, RowState};
use crate::text::csv_cell::{Csv, CsvError};

/// What the columns of our own are called.
const TENANT: &str = "Tenant";
const FIRST_STORED: &str = "FirstStored";
const STATE: &str = "State";
const CLICK_ID: &str = "ClickId";

/// A click as it leaves.
pub struct ClickRow<'a> {
    /// What the source said.
    pub click: Click<'a>,
    /// The tenant's name.
    pub tenant: &'a str,
    /// When it was first stored.
    pub first_stored: Tick,
    /// Whether the source still shows it.
    pub state: RowState,
    /// Names the row, where it is to be told from others that look like it.
    pub id: Option<ClickKey>,
}

impl Serialize for ClickRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry(TIMESTAMP, &self.click.timestamp.to_string())?;
        for column in Text::ALL {
            row.serialize_entry(column.name(), self.click.text(column))?;
        }
        row.serialize_entry(IS_CLICKED_THROUGH, &self.click.is_clicked_through)?;
        // Kept as one object; the empty text is none.
        let extra: BTreeMap<&str, &RawValue> =
            serde_json::from_str(self.click.extra).unwrap_or_default();
        for (name, value) in extra.iter().filter(|(name, _)| !self.is_ours(name)) {
            row.serialize_entry(name, value)?;
        }
        row.serialize_entry(TENANT, self.tenant)?;
        row.serialize_entry(FIRST_STORED, &self.first_stored.to_string())?;
        row.serialize_entry(STATE, self.state.name())?;
        if let Some(id) = self.id {
            row.serialize_entry(CLICK_ID, &id.to_string())?;
        }
        row.end()
    }
}

impl ClickRow<'_> {
    fn is_ours(&self, name: &str) -> bool {
        [TENANT, FIRST_STORED, STATE].contains(&name) || (self.id.is_some() && name == CLICK_ID)
    }

    /// Writes the cells of [`headings`].
    pub fn write_csv(&self, csv: &mut Csv<impl Write>) -> Result<(), CsvError> {
        csv.text(&self.click.timestamp.to_string())?;
        for column in Text::ALL {
            csv.text(self.click.text(column))?;
        }
        let truth = |is_true: bool| if is_true { "true" } else { "false" };
        csv.word(self.click.is_clicked_through.map(truth))?;
        csv.text(self.click.extra)?;
        csv.text(self.tenant)?;
        csv.text(&self.first_stored.to_string())?;
        csv.text(self.state.name())?;
        if let Some(id) = self.id {
            csv.text(&id.to_string())?;
        }
        csv.end_row()
    }
}

/// The columns of CSV; what this program does not know stands as JSON in `Extra`.
pub fn headings() -> Vec<&'static str> {
    let texts = Text::ALL.map(Text::name);
    let ours = [IS_CLICKED_THROUGH, "Extra", TENANT, FIRST_STORED, STATE];
    [&[TIMESTAMP], texts.as_slice(), &ours].concat()
}

/// The same with the row's id.
pub fn headings_with_id() -> Vec<&'static str> {
    [headings(), vec![CLICK_ID]].concat()
}
