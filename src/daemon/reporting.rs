//! The stage that makes digests when they are due.

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::digest::{Digests, Step};
use crate::pulse::{LONGEST_LOCAL_STEP, Pulse};
use crate::stage::{self, Rounds};

/// The stage, until `stop`.
pub async fn report(mut digests: Digests, stop: CancellationToken, clock: Clock, pulse: Pulse) {
    let mut rounds = Rounds::new(stop, clock, pulse).no_longer_than(LONGEST_LOCAL_STEP);
    while rounds.next(step(&mut digests)).await.is_some() {}
}

async fn step(digests: &mut Digests) -> stage::Step {
    match digests.step().await {
        Step::Worked => stage::Step::Worked,
        Step::Idle { until } => stage::Step::Idle { until },
    }
}
