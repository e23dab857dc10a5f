//! Delivery that is waited for: until every sink has taken its deliveries, or said why not.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::cli::context::{runtime, shared_auth};
use crate::cli::print::stderr::print_error;
use crate::cli::print::text::plain;
use crate::cli::{CommandError, Exit};
use crate::clock::{Clock, MINUTE, Tick, duration_of};
use crate::config::{Config, Report};
use crate::outbox::{AttemptReport, DeliveryStep, Outbox, ReadySink};
use crate::store::{
    AttemptResult, Delivery, MessageState, OutboxEntry, RetryScope, Store, StoreError,
};

/// How long a sink's turn is waited for: it may send one message a minute.
const TURN: i64 = MINUTE;
/// How often is looked what became of a message that another process is sending.
const LOOK: Duration = Duration::from_millis(200);
/// How long that is waited for.
const LOOKS: u32 = 5 * 150;

/// The report's sinks, ready to deliver; all that is wrong with them otherwise.
pub(super) fn channels(
    config: &Config,
    report: &Report,
    clock: &Clock,
) -> Result<Vec<ReadySink>, CommandError> {
    let (mut ready, mut problems) = (Vec::new(), Vec::new());
    let auth = shared_auth(config, clock);
    for settings in config.sinks.iter().filter(|sink| report.sinks.contains(&sink.name)) {
        match ReadySink::checked(settings, config, &auth, clock) {
            Ok(sink) => ready.push(sink),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        return Ok(ready);
    }
    Err(CommandError::Each(Exit::BadConfig, problems))
}

/// Delivers `deliveries` through their sinks, side by side, and prints what came of each.
pub(super) fn all(
    store: &Store,
    clock: &Clock,
    config: Config,
    sinks: Vec<ReadySink>,
    deliveries: &[Delivery],
) -> Result<Exit, CommandError> {
    let (_config, config) = watch::channel(Arc::new(config));
    let runtime = runtime()?;
    let mut tasks = Vec::new();
    for sink in sinks {
        let own: Vec<Delivery> =
            deliveries.iter().filter(|one| one.sink == sink.settings.name).cloned().collect();
        let outbox = Outbox::new(sink, store.clone(), clock.clone(), fastrand::Rng::new())
            .among(config.clone());
        let sending = Sending { outbox, store: store.clone(), clock: clock.clone(), own };
        tasks.push(runtime.spawn(sending.run()));
    }
    let mut exit = Exit::Done;
    for task in tasks {
        let told = runtime.block_on(task).map_err(CommandError::failed)??;
        for (delivery, came) in told {
            exit = exit.worst(tell(&delivery, &came)?);
        }
    }
    Ok(exit)
}

/// What came of a delivery.
enum Came {
    Accepted,
    /// It stays in the outbox.
    Waits(String),
    Dead(String),
}

/// One sink's deliveries on their way.
struct Sending {
    outbox: Outbox,
    store: Store,
    clock: Clock,
    own: Vec<Delivery>,
}

impl Sending {
    async fn run(mut self) -> Result<Vec<(Delivery, Came)>, StoreError> {
        let mut why = "is still being sent".to_owned();
        for _ in 0..LOOKS {
            if self.states().await?.iter().all(|message| is_settled(message.state)) {
                break;
            }
            match self.outbox.step().await? {
                DeliveryStep::Attempted(attempt) => {
                    if let Some(told) = self.holds_up(&attempt) {
                        why = told;
                        break;
                    }
                }
                DeliveryStep::Paused { why: told } => {
                    let name = &self.outbox.settings().name;
                    why = format!(
                        "is paused: {told}; put it right, then `clickwarden sink test {name}`"
                    );
                    break;
                }
                DeliveryStep::Idle { until: Some(until) }
                    if until > self.clock.now().plus(TURN) =>
                {
                    why = format!("waits for its turn until {}", until.floor(MINUTE));
                    break;
                }
                DeliveryStep::Idle { until } => self.rest(until).await,
            }
        }
        let states = self.states().await?;
        let came = states.into_iter().map(|message| came(message, &why));
        Ok(self.own.into_iter().zip(came).collect())
    }

    /// Why there is no use in waiting any longer, if there is none.
    fn holds_up(&self, attempt: &AttemptReport) -> Option<String> {
        let is_own = self.own.iter().any(|delivery| delivery.message == attempt.message);
        match &attempt.result {
            AttemptResult::Later { scope, .. } if is_own || *scope == RetryScope::Sink => {
                Some(format!("is tried again later: {}", attempt.detail))
            }
            _ => None,
        }
    }

    async fn rest(&self, until: Option<Tick>) {
        let wait = until.map_or(LOOK, |until| duration_of(until.since(self.clock.now())));
        // Another process may be done sooner.
        tokio::time::sleep(wait.clamp(Duration::from_millis(10), LOOK)).await;
    }

    /// How each of the deliveries stands, in their order.
    async fn states(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        let own = self.own.clone();
        let read = move |store: &Store| {
            store.read(|snapshot| {
                let all = snapshot.messages(None)?;
                let state = |delivery: &Delivery| {
                    let is_it = |one: &&OutboxEntry| {
                        one.message == delivery.message && one.recipient == delivery.recipient
                    };
                    all.iter().find(is_it).cloned()
                };
                Ok(own.iter().filter_map(state).collect())
            })
        };
        self.store.blocking(read).await
    }
}

const fn is_settled(state: MessageState) -> bool {
    matches!(state, MessageState::Accepted | MessageState::Dead)
}

fn came(message: OutboxEntry, why: &str) -> Came {
    match message.state {
        MessageState::Accepted => Came::Accepted,
        MessageState::Dead => Came::Dead(message.detail),
        MessageState::Waiting | MessageState::Sending => Came::Waits(why.to_owned()),
    }
}

/// Says what came of it; what is not yes goes to stderr.
fn tell(delivery: &Delivery, came: &Came) -> Result<Exit, CommandError> {
    let to = match delivery.recipient.as_str() {
        "" => delivery.sink.clone(),
        recipient => format!("{}, {recipient}", delivery.sink),
    };
    match came {
        Came::Accepted => {
            writeln!(std::io::stdout(), "sink {}: accepted", plain(&to))?;
            Ok(Exit::Done)
        }
        Came::Waits(why) => {
            print_error(&format!("sink {to}: {why}; the digest waits in the outbox"));
            Ok(Exit::TryLater)
        }
        Came::Dead(why) => {
            print_error(&format!("sink {to}: given up: {why}"));
            Ok(Exit::Failed)
        }
    }
}
