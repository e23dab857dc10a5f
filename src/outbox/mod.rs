//! The outbox's stage, one for each sink: claim a message, deliver it, record what came of it.
//!
//! A claim and a record are a transaction each, and none is open while a channel is spoken to. A
//! process that dies in between leaves the message claimed; whoever comes next sends it again with
//! the same id and the same bytes, so delivery is at least once.
//!
//! A message waits until it is accepted or dead: the next digest covers a window of its own, so
//! none is ever left out because a newer one is there. A sink that is paused is not tried again by
//! itself: whoever mends it sends a sample (`sink test`), and what waited goes. Waits, limits and
//! what each answer means stand in `retry`.

mod failure_notice;
mod limits;
mod retry;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::auth::SharedAuth;
use crate::clock::{Clock, Tick};
use crate::config::{self, Config};
use crate::deliver::{Channel, ChannelContext, Outcome, Outgoing};
use crate::message::{Envelope, sample};
use crate::store::{AttemptResult, ClaimResult, Claimed, Owner, Store, StoreError};
use limits::STOP_GRACE;
use retry::RetryContext;

pub use limits::DELIVERY_TIMEOUT;

/// A sink, ready to deliver.
#[derive(Debug)]
pub struct ReadySink {
    /// How it is configured.
    pub settings: config::Sink,
    /// What carries its messages.
    pub channel: Channel,
}

impl ReadySink {
    /// A configured sink, if nothing is wrong with the files that it names; else every problem, each a
    /// sentence that names the sink and the key. Speaks to nobody.
    pub fn checked(
        settings: &config::Sink,
        config: &Config,
        auth: &SharedAuth,
        clock: &Clock,
    ) -> Result<Self, Vec<String>> {
        let sample = sample();
        let context = ChannelContext { tenants: &config.tenants, auth, clock, sample: &sample };
        let named = |problem: &String| format!("sink {}: {problem}", settings.name);
        match Channel::checked(settings, context) {
            Ok(channel) => Ok(Self { settings: settings.clone(), channel }),
            Err(found) => Err(found.iter().map(named).collect()),
        }
    }
}

/// The stage.
pub struct Outbox {
    sink: ReadySink,
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
    result: AttemptResult,
    detail: String,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStep {
    /// A message was tried.
    Attempted(AttemptReport),
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
pub struct AttemptReport {
    /// Its number in the outbox.
    pub seq: i64,
    /// Its own id.
    pub message: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of it.
    pub result: AttemptResult,
    /// What the channel said.
    pub detail: String,
    /// The sink that carries a notice of it.
    pub noticed: Option<String>,
}

impl Outbox {
    /// The stage of one sink.
    pub fn new(sink: ReadySink, store: Store, clock: Clock, random: fastrand::Rng) -> Self {
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
    pub async fn step(&mut self) -> Result<DeliveryStep, StoreError> {
        self.step_until(&CancellationToken::new()).await
    }

    /// The same. A delivery that is under way at `stop` has a few seconds to end; then it is given
    /// back to the queue.
    pub async fn step_until(
        &mut self,
        stop: &CancellationToken,
    ) -> Result<DeliveryStep, StoreError> {
        let attempt = match self.unrecorded.take() {
            Some(attempt) => attempt,
            None => match self.claim().await? {
                ClaimResult::Deliver(claimed) => self.attempt(*claimed, stop).await,
                ClaimResult::Idle { until } => return Ok(DeliveryStep::Idle { until }),
                ClaimResult::Paused { why } => return Ok(DeliveryStep::Paused { why }),
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
        let outcome = match retry::unfit(&claimed, &self.sink.settings) {
            Some(detail) => Some(Outcome::Refused { detail }),
            None => self.deliver(&claimed, &envelope, stop).await,
        };
        let (result, detail) = match outcome {
            Some(outcome) => {
                let context = RetryContext {
                    age: self.clock.now().since(claimed.begun),
                    jitter: self.random.f64(),
                    pace: self.sink.settings.pace,
                };
                retry::result_of(&claimed, &envelope, outcome, &context)
            }
            None => retry::cut_off(),
        };
        Attempt { claimed: Arc::new(claimed), result, detail }
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
            tokio::time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            outcome = tokio::time::timeout(DELIVERY_TIMEOUT, delivery) => {
                Some(outcome.unwrap_or_else(|_| retry::too_slow()))
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
        self.store.blocking(move |store| store.claim_message(&name, &owner, now)).await
    }

    async fn record(&self, attempt: Attempt) -> Result<DeliveryStep, StoreError> {
        let now = self.clock.now();
        let notice = self.notice(&attempt, now);
        let Attempt { claimed, result, detail } = attempt;
        self.store
            .blocking(move |store| {
                let noticed =
                    store.record_attempt(&claimed, &result, &detail, notice.as_ref(), now)?;
                let Claimed { seq, message, recipient, attempts, .. } = &*claimed;
                Ok(DeliveryStep::Attempted(AttemptReport {
                    seq: *seq,
                    message: message.clone(),
                    recipient: recipient.clone(),
                    attempts: *attempts,
                    result,
                    detail,
                    noticed,
                }))
            })
            .await
    }
}
