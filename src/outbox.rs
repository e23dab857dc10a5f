//! The outbox's stage, one for each sink: claim a message, deliver it, record what came of it.
//!
//! A claim and a record are a transaction each, and none is open while a channel is spoken to. A
//! process that dies in between leaves the message claimed; whoever comes next sends it again with
//! the same id and the same bytes, so delivery is at least once.
//!
//! A message waits until it is accepted or dead: the next digest covers a window of its own, so
//! none is ever left out because a newer one is there. A sink that is paused is not tried again by
//! itself: whoever mends it sends a sample (`sink test`), and what waited goes. Waits, limits and
//! what each answer means stand in `judge`.

mod judge;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::auth::Access;
use crate::clock::{Clock, Tick};
use crate::config::{self, Config};
use crate::deliver::{Channel, ChannelContext, Outcome, Outgoing};
use crate::report::{Envelope, sample};
use crate::store::{ATTEMPT, ClaimResult, Claimed, Owner, Settled, Store, StoreError};

/// A delivery that takes longer has failed: less than [`ATTEMPT`], after which another process may
/// try.
pub const LONGEST_DELIVERY: Duration = Duration::from_secs(90);
const _: () = assert!(LONGEST_DELIVERY.as_secs() + 10 < ATTEMPT.as_secs());
/// How long a delivery that is under way may still take once the stage is to stop.
const PARTING: Duration = Duration::from_secs(5);

/// A sink, ready to deliver.
#[derive(Debug)]
pub struct Sink {
    /// How it is configured.
    pub settings: config::Sink,
    /// What carries its messages.
    pub channel: Channel,
}

impl Sink {
    /// A configured sink, if nothing is wrong with the files that it names; else every problem, each a
    /// sentence that names the sink and the key. Speaks to nobody.
    pub fn checked(
        settings: &config::Sink,
        config: &Config,
        access: &Access,
        clock: &Clock,
    ) -> Result<Self, Vec<String>> {
        let sample = sample();
        let context = ChannelContext { tenants: &config.tenants, access, clock, sample: &sample };
        let named = |problem: &String| format!("sink {}: {problem}", settings.name);
        match Channel::checked(settings, context) {
            Ok(channel) => Ok(Self { settings: settings.clone(), channel }),
            Err(found) => Err(found.iter().map(named).collect()),
        }
    }
}

/// The stage.
pub struct Outbox {
    sink: Sink,
    /// Who else could tell of it.
    config: Option<watch::Receiver<Arc<Config>>>,
    store: Store,
    clock: Clock,
    random: fastrand::Rng,
    owner: Owner,
    /// What came of an attempt, until it is written down.
    unrecorded: Option<Attempt>,
}

/// An attempt that was made.
#[derive(Clone)]
struct Attempt {
    claimed: Arc<Claimed>,
    settled: Settled,
    told: String,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A message was tried.
    Tried(Tried),
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

/// A message that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its number in the outbox.
    pub seq: i64,
    /// Its own id.
    pub message: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of it.
    pub settled: Settled,
    /// What the channel said.
    pub told: String,
    /// The sink that carries a notice of it.
    pub noticed: Option<String>,
}

impl Outbox {
    /// The stage of one sink.
    pub fn new(sink: Sink, store: Store, clock: Clock, random: fastrand::Rng) -> Self {
        let owner = Owner::here();
        Self { sink, config: None, store, clock, random, owner, unrecorded: None }
    }

    /// The same, which tells through other sinks of the configuration when somebody must act.
    pub fn among(self, config: watch::Receiver<Arc<Config>>) -> Self {
        Self { config: Some(config), ..self }
    }

    /// The sink's settings.
    pub const fn settings(&self) -> &config::Sink {
        &self.sink.settings
    }

    /// Delivers the next message that is due.
    pub async fn step(&mut self) -> Result<Step, StoreError> {
        self.step_until(&CancellationToken::new()).await
    }

    /// The same. A delivery that is under way at `stop` has a few seconds to end; then it is given
    /// back to the queue.
    pub async fn step_until(&mut self, stop: &CancellationToken) -> Result<Step, StoreError> {
        let attempt = match self.unrecorded.take() {
            Some(attempt) => attempt,
            None => match self.claim().await? {
                ClaimResult::Deliver(claimed) => self.attempt(*claimed, stop).await,
                ClaimResult::Idle { until } => return Ok(Step::Idle { until }),
                ClaimResult::Paused { why } => return Ok(Step::Paused { why }),
            },
        };
        let recorded = self.record(attempt.clone()).await;
        if recorded.is_err() {
            // What was sent must not be sent again for want of room to write that down.
            self.unrecorded = Some(attempt);
        }
        recorded
    }

    async fn attempt(&mut self, claimed: Claimed, stop: &CancellationToken) -> Attempt {
        let envelope = self.envelope(&claimed);
        let outcome = match self.unfit(&claimed) {
            Some(told) => Some(Outcome::Refused { told }),
            None => self.deliver(&claimed, &envelope, stop).await,
        };
        let (settled, told) = match outcome {
            Some(outcome) => self.judge(&claimed, &envelope, outcome),
            None => judge::cut_off(),
        };
        Attempt { claimed: Arc::new(claimed), settled, told }
    }

    /// `None` if it was cut off.
    async fn deliver(
        &self,
        claimed: &Claimed,
        envelope: &Envelope,
        stop: &CancellationToken,
    ) -> Option<Outcome> {
        let Claimed { content, recipient, .. } = claimed;
        let delivery = self.sink.channel.deliver(Outgoing { content, envelope, recipient });
        let cut = async {
            stop.cancelled().await;
            tokio::time::sleep(PARTING).await;
        };
        tokio::select! {
            outcome = tokio::time::timeout(LONGEST_DELIVERY, delivery) => {
                Some(outcome.unwrap_or_else(|_| judge::too_slow()))
            }
            () = cut => None,
        }
    }

    fn envelope(&self, claimed: &Claimed) -> Envelope {
        Envelope {
            id: claimed.message.clone(),
            written: claimed.written,
            rows: claimed.rows.unwrap_or(u32::MAX),
            urls: self.sink.settings.urls,
        }
    }

    async fn claim(&self) -> Result<ClaimResult, StoreError> {
        let name = self.sink.settings.name.clone();
        let (owner, now) = (self.owner.clone(), self.clock.now());
        self.store.aside(move |store| store.claim_message(&name, &owner, now)).await
    }

    async fn record(&self, attempt: Attempt) -> Result<Step, StoreError> {
        let now = self.clock.now();
        let notice = self.notice(&attempt, now);
        let Attempt { claimed, settled, told } = attempt;
        self.store
            .aside(move |store| {
                let noticed = store.settle(&claimed, &settled, &told, notice.as_ref(), now)?;
                let Claimed { seq, message, recipient, attempts, .. } = &*claimed;
                Ok(Step::Tried(Tried {
                    seq: *seq,
                    message: message.clone(),
                    recipient: recipient.clone(),
                    attempts: *attempts,
                    settled,
                    told,
                    noticed,
                }))
            })
            .await
    }
}
