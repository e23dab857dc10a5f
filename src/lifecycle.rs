//! How the program ends: softly on a signal, hard when that takes too long, as a failure when a
//! task died.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long tasks may take to stop.
pub const GRACE: Duration = Duration::from_secs(8);

/// The tasks of the program, and the token that stops them.
#[derive(Default)]
pub struct Lifecycle {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every task stopped in time.
    Stopped,
    /// Some had to be cut off; the store is whole all the same.
    CutOff,
    /// A task died or gave up, and with it the program: better than a daemon that does half of its work.
    Died,
}

impl Lifecycle {
    /// The token that tells tasks to stop.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Waits for SIGTERM, SIGINT or the death of a task, then for the tasks to stop.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub async fn run(mut self) -> std::io::Result<End> {
        let (mut term, mut int) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        // In this order: a task that ends after it was told to is no death.
        let died = tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            _ = term.recv() => false,
            _ = int.recv() => false,
            Some(_) = self.tasks.join_next() => true,
        };
        tracing::info!("stopping");
        self.stop.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let in_time = tokio::time::timeout(GRACE, all).await.is_ok();
        Ok(match (died, in_time) {
            (true, _) => End::Died,
            (false, true) => End::Stopped,
            (false, false) => End::CutOff,
        })
    }
}
