//! The alerts of a message, each with all that there is to tell of it.

use super::super::details::{AlertDetails, all_details, chain};
use super::super::reader::ClickReader;
use crate::config::{Config, Rule, Tenant};
use crate::store::{Alert, NotifyReason, PendingNotification, StoreError};

/// So many alerts are told in full. Of more the first few are: the others stand in a table, which needs
/// the room.
const MOST_IN_FULL: usize = 5;
const IN_FULL_OF_MORE: usize = 2;

/// How many of `count` alerts are told in full.
pub(super) const fn in_full(count: usize) -> usize {
    if count <= MOST_IN_FULL { count } else { IN_FULL_OF_MORE }
}

/// An alert to be told.
pub(super) struct DescribedAlert<'a> {
    pub alert: &'a Alert,
    /// Why, and after how many messages; of an alert that is looked at by hand neither.
    pub pending: Option<&'a PendingNotification>,
    pub rule: Option<&'a Rule>,
    pub details: AlertDetails,
    pub chain: Vec<String>,
}

/// Whose alerts, and where there is more to see.
#[derive(Clone, Copy)]
pub(super) struct MessageContext<'a> {
    pub config: &'a Config,
    pub tenant: &'a str,
}

impl MessageContext<'_> {
    pub(super) fn tenant(&self) -> Option<&Tenant> {
        self.config.tenants.iter().find(|tenant| tenant.name == self.tenant)
    }
}

pub(super) fn describe_all<'a>(
    reader: &mut ClickReader<'_, '_>,
    context: MessageContext<'a>,
    pending: &[(&'a Alert, Option<&'a PendingNotification>)],
) -> Result<Vec<DescribedAlert<'a>>, StoreError> {
    let rules = &context.config.rules;
    let of_rule = |alert: &'a Alert| (alert, rules.iter().find(|rule| rule.name == alert.rule));
    let alerts: Vec<_> = pending.iter().map(|(alert, _)| of_rule(alert)).collect();
    let all_details = all_details(reader, &alerts)?;
    let mut described = Vec::new();
    let all_time = in_full(pending.len());
    for ((place, (alert, rule)), details) in alerts.into_iter().enumerate().zip(all_details) {
        let chain = if place < all_time { chain(reader, &details)? } else { Vec::new() };
        let pending = pending.get(place).and_then(|(_, pending)| *pending);
        described.push(DescribedAlert { alert, pending, rule, details, chain });
    }
    Ok(described)
}

/// Why it is told, in words.
pub(super) const fn why(reason: NotifyReason) -> &'static str {
    match reason {
        NotifyReason::Opened => "opened",
        NotifyReason::MoreClicks => "more clicks came",
        NotifyReason::SilenceExpired => "a silence ended",
    }
}
