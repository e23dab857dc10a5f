//! The stage that makes digests when they are due.

use super::stage_handle::StageContext;
use crate::digest::Digests;
use crate::stage::heartbeat::LONGEST_LOCAL_STEP;

/// The stage, until `stop`.
pub async fn report(mut digests: Digests, context: StageContext) {
    let mut stage_loop = context.stage_loop().no_longer_than(LONGEST_LOCAL_STEP);
    while stage_loop.next(digests.step()).await.is_some() {}
}
