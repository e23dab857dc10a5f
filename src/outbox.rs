//! The outbox's stage, one for each sink: claim a message, deliver it, record what came of it.
//!
//! A claim and a record are a transaction each, and none is open while a channel is spoken to. A
//! process that dies in between leaves the message claimed; whoever comes next sends it again with
//! the same id and the same bytes, so delivery is at least once.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::clock::{Clock, MINUTE, Tick};
use crate::deliver::{Channel, Outcome, Parcel};
use crate::report::{Envelope, Urls};
use crate::store::{Claimed, Owner, Scope, Settled, Store, StoreError, Turn};

/// Waits between attempts where the channel names none.
const BACKOFF: Backoff = Backoff { base: Duration::from_secs(5), cap: Duration::from_mins(15) };
/// A message that could not be delivered for so long is dead.
const PATIENCE: i64 = 72 * 60 * MINUTE;
/// The fewest rows that are worth sending.
const FEWEST_ROWS: u32 = 1;

/// A sink, ready to deliver.
#[derive(Debug)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// What carries its messages.
    pub channel: Channel,
    /// The least time between two messages.
    pub pace: Duration,
    /// How it shows URLs.
    pub urls: Urls,
}

/// The stage.
pub struct Outbox {
    sink: Sink,
    store: Store,
    clock: Clock,
    random: fastrand::Rng,
    owner: Owner,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A message was tried.
    Tried {
        /// The message's own id.
        message: String,
        /// What came of it.
        settled: Settled,
        /// What the channel said.
        told: String,
    },
    /// Nothing is due before this time; `None` if nothing waits.
    Idle {
        /// When to ask again.
        until: Option<Tick>,
    },
    /// Nothing goes until a sample gets through.
    Paused {
        /// Why.
        why: String,
    },
}

impl Outbox {
    /// The stage of one sink.
    pub fn new(sink: Sink, store: Store, clock: Clock, random: fastrand::Rng) -> Self {
        Self { sink, store, clock, random, owner: Owner::here() }
    }

    /// Delivers the next message that is due.
    pub async fn step(&mut self) -> Result<Step, StoreError> {
        let claimed = match self.claim().await? {
            Turn::Deliver(claimed) => claimed,
            Turn::Idle { until } => return Ok(Step::Idle { until }),
            Turn::Paused { why } => return Ok(Step::Paused { why }),
        };
        let envelope = self.envelope(&claimed);
        let Claimed { content, recipient, .. } = &*claimed;
        let outcome =
            self.sink.channel.deliver(Parcel { content, envelope: &envelope, recipient }).await;
        let (settled, told) = self.judge(&claimed, &envelope, outcome);
        self.record(*claimed, settled, told).await
    }

    fn envelope(&self, claimed: &Claimed) -> Envelope {
        Envelope {
            id: claimed.message.clone(),
            written: claimed.written,
            rows: claimed.rows.unwrap_or(u32::MAX),
            urls: self.sink.urls,
        }
    }

    /// What a channel's answer means for the message and its sink.
    fn judge(
        &mut self,
        claimed: &Claimed,
        envelope: &Envelope,
        outcome: Outcome,
    ) -> (Settled, String) {
        let too_old = self.clock.now().since(claimed.written) > PATIENCE;
        let jittered = BACKOFF.wait(claimed.attempts, self.random.f64());
        let wait = |named: Option<Duration>| named.unwrap_or(jittered);
        match outcome {
            Outcome::Accepted => {
                (Settled::Accepted { pace: self.sink.pace }, "accepted".to_owned())
            }
            Outcome::MessageLater { told, .. } | Outcome::SinkLater { told, .. } if too_old => {
                (Settled::Dead, format!("given up after three days: {told}"))
            }
            Outcome::MessageLater { wait: named, told } => {
                (Settled::Later { wait: wait(named), scope: Scope::Message }, told)
            }
            Outcome::SinkLater { wait: named, told } => {
                (Settled::Later { wait: wait(named), scope: Scope::Sink }, told)
            }
            Outcome::TooBig { told } => {
                let rows = envelope.rows.min(claimed.content.rows()) / 2;
                if rows < FEWEST_ROWS {
                    return (Settled::Dead, format!("too big with a single row: {told}"));
                }
                (Settled::Smaller { rows }, told)
            }
            Outcome::Refused { told } => (Settled::Dead, told),
            Outcome::Broken { told } => (Settled::Pause, told),
        }
    }

    async fn claim(&self) -> Result<Turn, StoreError> {
        let (store, name) = (self.store.clone(), self.sink.name.clone());
        let (owner, now) = (self.owner.clone(), self.clock.now());
        in_store(move || store.claim_message(&name, &owner, now)).await
    }

    async fn record(
        &self,
        claimed: Claimed,
        settled: Settled,
        told: String,
    ) -> Result<Step, StoreError> {
        let (store, now) = (self.store.clone(), self.clock.now());
        in_store(move || {
            store.settle(&claimed, &settled, &told, now)?;
            Ok(Step::Tried { message: claimed.message, settled, told })
        })
        .await
    }
}

/// Runs a store operation on a thread that may wait.
async fn in_store<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Sql(format!("a store operation died: {error}"))),
    }
}
