//! A stage that runs beside others: what it is given, and how it is told to end.

use tokio_util::sync::CancellationToken;

use super::counters::Counters;
use crate::clock::Clock;
use crate::process::lifecycle::Lifecycle;
use crate::stage::StageLoop;
use crate::stage::heartbeat::Heartbeat;

/// What every stage is given.
#[derive(Clone, Debug)]
pub struct StageContext {
    /// When to end.
    pub stop: CancellationToken,
    /// Time.
    pub clock: Clock,
    /// Where it counts what it did.
    pub counters: Counters,
    /// Where it shows that it lives.
    pub heartbeat: Heartbeat,
}

impl StageContext {
    /// Its loop.
    pub(super) fn stage_loop(&self) -> StageLoop {
        StageLoop::new(self.stop.clone(), self.clock.clone(), self.heartbeat.clone())
    }
}

/// A stage that runs.
pub(super) struct StageHandle {
    stop: CancellationToken,
    ended: CancellationToken,
}

impl StageHandle {
    /// Starts the stage that `task` makes of its token.
    pub(super) fn start<F>(
        lifecycle: &mut Lifecycle,
        task: impl FnOnce(CancellationToken) -> F,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, ended) = (lifecycle.stop().child_token(), CancellationToken::new());
        let (task, guard) = (task(stop.clone()), ended.clone().drop_guard());
        lifecycle.spawn_until(stop.clone(), async move {
            let _guard = guard;
            task.await;
        });
        Self { stop, ended }
    }

    /// Tells it to end, and returns at once.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}
