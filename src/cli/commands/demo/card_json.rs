//! What stands in the JSON of a Teams card.

use serde_json::Value as Json;

use crate::cli::print::text::plain;

/// Where a narrow column may be broken in Teams; a terminal needs none of it.
const BREAK: char = '\u{200b}';

/// The members of a list; none where there is no such list.
pub(super) fn all<'j>(element: &'j Json, key: &str) -> &'j [Json] {
    element.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The text of a `RichTextBlock`, fit for a terminal.
pub(super) fn text_of(element: &Json) -> String {
    let runs = all(element, "inlines").iter();
    let text = |run: &Json| run.as_str().or_else(|| run.get("text")?.as_str()).map(str::to_owned);
    plain(&runs.filter_map(text).collect::<String>().replace(BREAK, ""))
}
