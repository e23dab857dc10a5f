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

/// Runs `step` until `stop`. A step that is under way then is dropped: what it had not committed
/// never happened.
pub async fn run(stop: &CancellationToken, clock: &Clock, mut step: impl AsyncFnMut() -> Step) {
    while let Some(done) = stop.run_until_cancelled(step()).await {
        if let Step::Idle { until } = done {
            let wait = duration_of(until.since(clock.now()));
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
        }
    }
}
