//! The stage that makes digests when they are due.

use super::StageContext;
use crate::digest::{Digests, Step};
use crate::heartbeat::LONGEST_LOCAL_STEP;
use crate::stage;

/// The stage, until `stop`.
pub async fn report(mut digests: Digests, context: StageContext) {
    let mut stage_loop = context.stage_loop().no_longer_than(LONGEST_LOCAL_STEP);
    while stage_loop.next(step(&mut digests)).await.is_some() {}
}

async fn step(digests: &mut Digests) -> stage::Step {
    match digests.step().await {
        Step::Worked => stage::Step::Worked,
        Step::Idle { until } => stage::Step::Idle { until },
    }
}
