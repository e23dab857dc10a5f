//! What there is to say of an alert: its clicks counted, its people, its URLs, and where they led.

mod affected;
mod gather;
mod group_ids;

use std::ops::ControlFlow;

use super::event::ClickEvent;
use super::reader::{ClickReader, merged};
use super::rule_groups::lookback;
use super::scan_filter::ScanFilter;
use crate::click::Text;
use crate::click::past_warning::WARNING_REACH;
use crate::clock::Span;
use crate::config::Rule;
use crate::store::{Alert, RowState, StoreError};

pub(super) use affected::{AffectedUrl, AffectedUser, AlertDetails};
use gather::Gathering;
use group_ids::GroupIds;

/// The details of alerts, each with its rule if that is configured still, in their order.
pub(super) fn all_details(
    reader: &mut ClickReader<'_, '_>,
    alerts: &[(&Alert, Option<&Rule>)],
) -> Result<Vec<AlertDetails>, StoreError> {
    let ids = alerts.iter().map(|(alert, _)| GroupIds::of(reader, alert));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    let mut filter = ScanFilter::default();
    for ids in &ids {
        ids.want(&mut filter);
    }
    let spans = merged(alerts.iter().map(|(alert, rule)| reach(alert, *rule)).collect());
    let events = reader.read(&spans, &filter)?;
    let mut all_details = Vec::new();
    for ((alert, rule), ids) in alerts.iter().zip(ids) {
        let span = reach(alert, *rule);
        let own = events.iter().filter(|event| ids.has(event) && span.contains(event.tick));
        let own: Vec<ClickEvent> = own.copied().collect();
        all_details.push(Gathering::of(reader, alert.window, *rule, &own)?);
    }
    Ok(all_details)
}

/// An alert's time, and what lies close to it: a warning that a click went past may stand outside.
fn reach(alert: &Alert, rule: Option<&Rule>) -> Span {
    let Span { from, until } = alert.window;
    Span::new(from.plus(-rule.map_or(WARNING_REACH, lookback)), until.plus(WARNING_REACH))
}

/// Where the link led: the URLs of the `UrlChain` of the click that tells most, the first one first.
pub(super) fn chain(
    reader: &ClickReader<'_, '_>,
    details: &AlertDetails,
) -> Result<Vec<String>, StoreError> {
    let Some(event) = details.key else { return Ok(Vec::new()) };
    let url = reader.snapshot.url(event.url)?;
    let mut chain = Vec::new();
    let span = Span::new(event.tick, event.tick.plus(1));
    reader.snapshot.rows(reader.tenant, span, |row| {
        if row.state != RowState::Live || row.click.text(Text::Url) != url {
            return ControlFlow::Continue(());
        }
        chain = serde_json::from_str(row.click.text(Text::UrlChain)).unwrap_or_default();
        ControlFlow::Break(())
    })?;
    Ok(chain)
}
