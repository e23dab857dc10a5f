//! The loop that runs any stage: step while there is work, else wait until there may be.

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Tick, duration_of};

/// What a step of a stage did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something: step again at once.
    Worked,
    /// Nothing: step again at this time.
    Idle {
        /// When.
        until: Tick,
    },
}

/// The rounds of a stage: `while rounds.next(stage.step()).await.is_some() {}`.
#[derive(Clone, Debug)]
pub struct Rounds {
    stop: CancellationToken,
    clock: Clock,
}

impl Rounds {
    /// Rounds until `stop`.
    pub const fn new(stop: CancellationToken, clock: Clock) -> Self {
        Self { stop, clock }
    }

    /// Makes a step, and rests after it if it found nothing to do. `None` once stopped: a step
    /// under way then is dropped, and what it had not committed never happened.
    pub async fn next(&self, step: impl Future<Output = Step>) -> Option<()> {
        match self.stop.run_until_cancelled(step).await? {
            Step::Worked => Some(()),
            Step::Idle { until } => {
                let wait = duration_of(until.since(self.clock.now()));
                self.stop.run_until_cancelled(tokio::time::sleep(wait)).await
            }
        }
    }
}
