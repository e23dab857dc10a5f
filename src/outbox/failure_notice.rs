//! Who is told that a sink is broken, or that a message died: another sink, which may hear of
//! everything that the broken one may hear of.

use super::{Attempt, Outbox};
use crate::clock::{HOUR, Tick};
use crate::config::{Audience, Config, Sink};
use crate::message::{MessageKind, notice};
use crate::store::{AttemptResult, Delivery, Notice};

impl Outbox {
    /// What somebody must hear of the attempt, and through whom. One notice a pause; of messages that
    /// died one an hour. A notice that dies makes no other.
    pub(super) fn notice(&self, attempt: &Attempt, now: Tick) -> Option<Notice> {
        let config = self.config.as_ref()?.borrow().clone();
        let (own, claimed) = (&self.sink.settings, &attempt.claimed);
        let heard = heard(own, &config);
        let (content, cause) = match attempt.result {
            AttemptResult::Pause => (notice::paused(&own.name, &attempt.detail, &heard), now.0),
            AttemptResult::Dead if claimed.content.kind != MessageKind::Notice => {
                let title = &claimed.content.title;
                let content = notice::dead(&own.name, claimed.seq, title, &attempt.detail, &heard);
                (content, now.floor(HOUR).0)
            }
            _ => return None,
        };
        let others = config.sinks.iter().filter(|sink| sink.name != own.name);
        // The sink itself still takes messages, if not that one.
        let itself = (attempt.result == AttemptResult::Dead).then_some(own);
        let may_hear = others.chain(itself).filter(|sink| covers(sink, &heard));
        let cause = format!("{} {} {cause}", content.title, own.name);
        let through = may_hear.map(|sink| deliveries(sink, &cause)).collect();
        Some(Notice { content, through })
    }
}

/// The tenants that a sink may hear of.
fn heard(sink: &Sink, config: &Config) -> Vec<String> {
    match &sink.audience {
        Audience::All => config.tenants.iter().map(|tenant| tenant.name.clone()).collect(),
        Audience::Tenants(tenants) => tenants.clone(),
    }
}

fn covers(sink: &Sink, tenants: &[String]) -> bool {
    sink.audience.may_hear_of(tenants)
}

fn deliveries(sink: &Sink, cause: &str) -> Vec<Delivery> {
    let message = crate::ids::stable(&["notice", &sink.name, cause]);
    let delivery =
        |recipient| Delivery { message: message.clone(), sink: sink.name.clone(), recipient };
    sink.recipients().into_iter().map(delivery).collect()
}
