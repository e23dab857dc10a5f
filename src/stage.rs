//! The loop that runs any stage: step while there is work, else wait until there may be.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Tick, duration_of};
use crate::pulse::{LONGEST_STEP, Pulse};

/// How much later than it said a stage may wake up.
const LATE: Duration = Duration::from_mins(1);

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
    pulse: Pulse,
}

impl Rounds {
    /// Rounds until `stop`, each with a beat of `pulse`.
    pub const fn new(stop: CancellationToken, clock: Clock, pulse: Pulse) -> Self {
        Self { stop, clock, pulse }
    }

    /// Makes a step, and rests after it if it found nothing to do. `None` once stopped: a step
    /// under way then is dropped, and what it had not committed never happened.
    pub async fn next(&self, step: impl Future<Output = Step>) -> Option<()> {
        self.pulse.beat(LONGEST_STEP);
        match self.stop.run_until_cancelled(step).await? {
            Step::Worked => Some(()),
            Step::Idle { until } => {
                let wait = duration_of(until.since(self.clock.now()));
                self.pulse.beat(wait.saturating_add(LATE));
                self.stop.run_until_cancelled(tokio::time::sleep(wait)).await
            }
        }
    }
}
