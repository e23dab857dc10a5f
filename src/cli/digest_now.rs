//! A report's digest that is made when somebody asks for it.

use super::CommandError;
use crate::clock::Tick;
use crate::config::{Config, Report};
use crate::digest::{self, DigestHistory, DigestPlan, Draft, LookBack};
use crate::store::{Delivery, NewMessage, Priority, Store};

/// Makes the digest and puts it into the outbox; the deliveries that it became.
pub(in crate::cli) fn enqueue(
    store: &Store,
    config: &Config,
    report: &Report,
    (look_back, now): (LookBack, Tick),
) -> Result<Vec<Delivery>, CommandError> {
    let (draft, at) = draft(store, config, report, (look_back, now))?;
    let deliveries = digest::deliveries(&config.sinks, report, at);
    let message =
        NewMessage { content: &draft.content, deliveries: &deliveries, priority: Priority::Digest };
    store.file().ensure_space()?;
    store.enqueue(&message, now)?;
    Ok(deliveries)
}

/// The digest, and the time that it bears.
pub(in crate::cli) fn draft(
    store: &Store,
    config: &Config,
    report: &Report,
    (look_back, now): (LookBack, Tick),
) -> Result<(Draft, Tick), CommandError> {
    Ok(store.read(|snapshot| {
        let at = digest::source_time(snapshot, report, now)?;
        let history = DigestHistory::of(snapshot, report)?;
        let window = digest::by_hand(report, &history, look_back, at);
        let plan = DigestPlan { report, exclusions: &config.exclusions, window: &window };
        Ok((digest::draft(snapshot, &plan)?, at))
    })?)
}
