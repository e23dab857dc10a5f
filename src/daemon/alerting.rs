//! The stage that looks at what is new, and alerts.

use super::counters::Counters;
use super::stage_handle::StageContext;
use crate::rules::Alerts;
use crate::stage::Step;
use crate::stage::heartbeat::LONGEST_LOCAL_STEP;
use crate::store::Store;

/// The stage, until `stop`.
pub async fn alert(mut alerts: Alerts, store: Store, context: StageContext) {
    let stage_loop = context.stage_loop().no_longer_than(LONGEST_LOCAL_STEP);
    let mut stage_loop = stage_loop.woken_by(store.stored());
    while stage_loop.next(step(&mut alerts, &context.counters)).await.is_some() {}
}

async fn step(alerts: &mut Alerts, counters: &Counters) -> Step {
    let step = alerts.step().await;
    counters.alerted(alerts.written());
    step
}
