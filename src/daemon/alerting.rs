//! The stage that looks at what is new, and alerts.

use tokio_util::sync::CancellationToken;

use super::Board;
use crate::clock::Clock;
use crate::heartbeat::{Heartbeat, LONGEST_LOCAL_STEP};
use crate::rules::{Alerts, Step};
use crate::stage::{self, StageLoop};
use crate::store::Store;

/// The stage, until `stop`.
pub async fn alert(
    mut alerts: Alerts,
    store: Store,
    stop: CancellationToken,
    clock: Clock,
    board: Board,
    heartbeat: Heartbeat,
) {
    let stage_loop = StageLoop::new(stop, clock, heartbeat).no_longer_than(LONGEST_LOCAL_STEP);
    let mut stage_loop = stage_loop.woken_by(store.stored());
    while stage_loop.next(step(&mut alerts, &board)).await.is_some() {}
}

async fn step(alerts: &mut Alerts, board: &Board) -> stage::Step {
    match alerts.step().await {
        Step::Worked(done) => {
            board.alerted(done);
            stage::Step::Worked
        }
        Step::Idle { until } => stage::Step::Idle { until },
    }
}
