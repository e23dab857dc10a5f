//! Alerts as content: enough to act on, free of any channel.

mod alert_key;
mod blocks;
mod content;
mod data;
mod described;
mod incident;
mod kql;
mod next_steps;
mod sample;
mod tables;
mod title;
mod why;

use super::dispatch::DueMessage;
use super::reader::ClickReader;
use crate::config::Config;
use crate::ids::stable;
use crate::message::Content;
use crate::store::{Alert, Delivery, StoreError};

use content::content;
use described::{MessageContext, describe_all};

pub use alert_key::key;
pub use sample::{invented_alert, sample};
pub use tables::about;

/// The message of all that is due.
pub(super) fn draw(
    reader: &mut ClickReader<'_, '_>,
    config: &Config,
    tenant: &str,
    due: &DueMessage<'_>,
) -> Result<Content, StoreError> {
    let context = MessageContext { config, tenant };
    let pending: Vec<_> =
        due.pending.iter().map(|pending| (&pending.alert, Some(*pending))).collect();
    let described = describe_all(reader, context, &pending)?;
    Ok(content(context, &described, due.arrival))
}

/// One alert, as it stands.
pub(super) fn draw_alert(
    reader: &mut ClickReader<'_, '_>,
    config: &Config,
    tenant: &str,
    alert: &Alert,
) -> Result<Content, StoreError> {
    let context = MessageContext { config, tenant };
    let described = describe_all(reader, context, &[(alert, None)])?;
    Ok(content(context, &described, alert.arrival))
}

/// A delivery to each recipient of the sink. The message's id is of the sink, the alerts, and how many
/// messages of each it got before.
pub(super) fn deliveries(due: &DueMessage<'_>) -> Vec<Delivery> {
    let alerts: Vec<String> = due
        .pending
        .iter()
        .map(|pending| format!("{} {}", key(&pending.alert), pending.notified + 1))
        .collect();
    let sink = due.sink.name.as_str();
    let parts: Vec<&str> =
        ["alert", sink].into_iter().chain(alerts.iter().map(String::as_str)).collect();
    let message = stable(&parts);
    let delivery =
        |recipient| Delivery { message: message.clone(), sink: sink.to_owned(), recipient };
    due.sink.recipients().into_iter().map(delivery).collect()
}
