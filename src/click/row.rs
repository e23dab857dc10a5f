//! A click as the source shows it.

use super::column::Text;
use crate::clock::Tick;

/// One row of `UrlClickEvents`. Null and missing strings are `""`, as in KQL, where a string is
/// never null; columns are those of the Defender table reference ("UrlClickEvents").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Click<'a> {
    /// When the user clicked (`Timestamp`).
    pub timestamp: Tick,
    /// The text columns, by [`Text`].
    pub texts: [&'a str; Text::COUNT],
    /// Whether the user went on past the warning (`IsClickedThrough`); null stays null.
    pub is_clicked_through: Option<bool>,
    /// Columns that this program does not know, as one JSON object with sorted keys; `""` if none.
    pub extra: &'a str,
}

impl<'a> Click<'a> {
    /// The value of a text column.
    #[expect(clippy::indexing_slicing, reason = "a Text is always below Text::COUNT")]
    pub const fn text(&self, column: Text) -> &'a str {
        self.texts[column as usize]
    }
}
