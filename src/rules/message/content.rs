//! Described alerts as content.

use super::described::{DescribedAlert, MessageContext};
use super::{blocks, data, tables, title, why};
use crate::message::{Content, MessageKind};
use crate::store::Arrival;
use crate::text::number::counted;

/// The message of described alerts.
pub(super) fn content(
    context: MessageContext<'_>,
    described: &[DescribedAlert<'_>],
    arrival: Arrival,
) -> Content {
    Content {
        kind: MessageKind::Alert,
        tenants: vec![context.tenant.to_owned()],
        title: title::title(context, described, arrival),
        preview: preview(described),
        blocks: blocks::draw(context, described, arrival),
        data: data::draw(context, described, arrival),
        attachment: None,
    }
}

/// Why, in our own words: the names stand in the title.
fn preview(described: &[DescribedAlert<'_>]) -> String {
    let last = described.iter().map(|one| one.details.last).max();
    let last = last.map_or(String::new(), |last| format!(", last click {}", tables::time(last)));
    match described {
        [one] => format!("{}{last}.", why::sentence(one)),
        many => format!("{}{last}.", counted(many.len() as u64, "alert")),
    }
}
