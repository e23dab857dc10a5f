//! The loop that runs any stage: step while there is work, else wait until there may be.

pub mod heartbeat;
pub mod log_once;

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Tick, duration_of};
use crate::stage::heartbeat::{Heartbeat, LONGEST_STEP};

/// How much later than it said a stage may wake up.
const WAKE_UP_SLACK: Duration = Duration::from_mins(1);

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

/// The loop of a stage: `while stage_loop.next(stage.step()).await.is_some() {}`.
#[derive(Clone, Debug)]
pub struct StageLoop {
    stop: CancellationToken,
    clock: Clock,
    heartbeat: Heartbeat,
    longest: Duration,
    hint: Option<watch::Receiver<()>>,
}

impl StageLoop {
    /// A loop until `stop`, each step with a beat of `heartbeat`.
    pub const fn new(stop: CancellationToken, clock: Clock, heartbeat: Heartbeat) -> Self {
        Self { stop, clock, heartbeat, longest: LONGEST_STEP, hint: None }
    }

    /// The same, of a stage that is stuck when a step takes longer than this.
    pub fn no_longer_than(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// The same, of a stage that may have something to do whenever `hint` says so.
    pub fn woken_by(self, hint: watch::Receiver<()>) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Makes a step, and rests after it if it found nothing to do. `None` once stopped: a step
    /// under way then is dropped, and what it had not committed never happened.
    pub async fn next(&mut self, step: impl Future<Output = Step>) -> Option<()> {
        self.begin();
        let stop = self.stop.clone();
        let stepped = stop.run_until_cancelled(step).await?;
        self.rest(stepped).await
    }

    /// The same for a step that hears of the stop itself and ends soon after: it is not dropped.
    pub async fn next_whole(&mut self, step: impl Future<Output = Step>) -> Option<()> {
        if self.stop.is_cancelled() {
            return None;
        }
        self.begin();
        let stepped = step.await;
        self.rest(stepped).await
    }

    /// What is hinted at from now on the step under way may not have seen.
    fn begin(&mut self) {
        self.heartbeat.beat(self.longest);
        if let Some(hint) = &mut self.hint {
            hint.mark_unchanged();
        }
    }

    async fn rest(&mut self, stepped: Step) -> Option<()> {
        let Step::Idle { until } = stepped else { return Some(()) };
        let wait = duration_of(until.since(self.clock.now()));
        self.heartbeat.beat(wait.saturating_add(WAKE_UP_SLACK));
        let rest = async {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = hinted(&mut self.hint) => {}
            }
        };
        self.stop.run_until_cancelled(rest).await
    }
}

/// Waits for a hint; for ever, where none comes.
async fn hinted(hint: &mut Option<watch::Receiver<()>>) {
    if let Some(hint) = hint
        && hint.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
