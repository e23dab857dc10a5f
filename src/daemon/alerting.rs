//! The stage that looks at what is new, and alerts.

use tokio_util::sync::CancellationToken;

use super::Board;
use crate::clock::Clock;
use crate::pulse::{LONGEST_LOCAL_STEP, Pulse};
use crate::rules::{Alerts, Step};
use crate::stage::{self, Rounds};
use crate::store::Store;

/// The stage, until `stop`.
pub async fn alert(
    mut alerts: Alerts,
    store: Store,
    stop: CancellationToken,
    clock: Clock,
    board: Board,
    pulse: Pulse,
) {
    let rounds = Rounds::new(stop, clock, pulse).no_longer_than(LONGEST_LOCAL_STEP);
    let mut rounds = rounds.woken_by(store.stored());
    while rounds.next(step(&mut alerts, &board)).await.is_some() {}
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
