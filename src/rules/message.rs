//! Alerts as content: enough to act on, free of any channel.

mod alert_key;
mod blocks;
mod data;
mod described;
mod kql;
mod tables;

use std::collections::BTreeSet;

use super::dispatch::DueMessage;
use super::reader::ClickReader;
use crate::config::Config;
use crate::ids::stable;
use crate::message::severity::Severity;
use crate::message::{Content, MessageKind};
use crate::store::{Alert, Arrival, Delivery, StoreError};
use crate::text::number::counted;

use described::{DescribedAlert, MessageContext, describe_all};

pub use alert_key::key;
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

fn content(
    context: MessageContext<'_>,
    described: &[DescribedAlert<'_>],
    arrival: Arrival,
) -> Content {
    Content {
        kind: MessageKind::Alert,
        tenants: vec![context.tenant.to_owned()],
        title: title(context, described, arrival),
        preview: preview(described),
        blocks: blocks::draw(context, described, arrival),
        data: data::draw(context, described, arrival),
        attachment: None,
    }
}

/// `clickwarden: high, clicked-past-block in contoso`.
fn title(
    context: MessageContext<'_>,
    described: &[DescribedAlert<'_>],
    arrival: Arrival,
) -> String {
    let worst =
        described.iter().map(|one| one.alert.severity).max().unwrap_or(Severity::Low).name();
    let rules: BTreeSet<&str> = described.iter().map(|one| one.alert.rule.as_str()).collect();
    let tenant = context.tenant;
    let what = match (described, rules.len()) {
        ([one], _) => one.alert.rule.clone(),
        (many, 1..=3) => {
            let names: Vec<&str> = rules.into_iter().collect();
            format!("{}: {}", counted(many.len() as u64, "alert"), names.join(", "))
        }
        (many, rules) => format!("{} of {rules} rules", counted(many.len() as u64, "alert")),
    };
    let late = if arrival == Arrival::Late { "found late, " } else { "" };
    format!("clickwarden: {late}{worst}, {what} in {tenant}")
}

fn preview(described: &[DescribedAlert<'_>]) -> String {
    let people: BTreeSet<&str> = described
        .iter()
        .flat_map(|one| &one.details.people)
        .filter(|user| user.was_let_through() && !user.name.is_empty())
        .map(|user| user.name.as_str())
        .collect();
    let last = described.iter().map(|one| one.details.last).max();
    let last = last.map_or(String::new(), |last| format!(", last click {}", tables::time(last)));
    match people.len() as u64 {
        0 => format!("Nobody was let through{last}."),
        people => format!("{} let through{last}.", counted(people, "user")),
    }
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
