//! The stage that makes digests when they are due.

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::digest::{Digests, Step};
use crate::heartbeat::{Heartbeat, LONGEST_LOCAL_STEP};
use crate::stage::{self, StageLoop};

/// The stage, until `stop`.
pub async fn report(
    mut digests: Digests,
    stop: CancellationToken,
    clock: Clock,
    heartbeat: Heartbeat,
) {
    let mut stage_loop = StageLoop::new(stop, clock, heartbeat).no_longer_than(LONGEST_LOCAL_STEP);
    while stage_loop.next(step(&mut digests)).await.is_some() {}
}

async fn step(digests: &mut Digests) -> stage::Step {
    match digests.step().await {
        Step::Worked => stage::Step::Worked,
        Step::Idle { until } => stage::Step::Idle { until },
    }
}
