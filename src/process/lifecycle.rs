//! How the program ends: softly on a signal, hard on a second one or when it takes too long, as a
//! failure when a task died.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long tasks may take to stop.
pub const STOP_GRACE: Duration = Duration::from_secs(8);

/// The tasks of the program, the token that stops them, and the signals it listens to.
pub struct Lifecycle {
    stop: CancellationToken,
    tasks: JoinSet<TaskExit>,
    term: Signal,
    int: Signal,
    hangup: Option<Signal>,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskExit {
    /// It had been told to.
    AsTold,
    /// By itself.
    ByItself,
}

/// What the program must do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleEvent {
    /// SIGHUP: read the configuration again.
    Reload,
    /// SIGTERM, SIGINT, or somebody inside asked for the end.
    Stop,
    /// A task died or gave up.
    Died,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownOutcome {
    /// Every task stopped in time.
    Stopped,
    /// Some had to be cut off; the store is whole all the same.
    CutOff,
    /// A task died or gave up, and with it the program: better than a daemon that does half of its work.
    Died,
}

impl Lifecycle {
    /// Listens to SIGTERM and SIGINT from now on.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub fn begin() -> std::io::Result<Self> {
        Ok(Self {
            stop: CancellationToken::new(),
            tasks: JoinSet::new(),
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hangup: None,
        })
    }

    /// Listens to SIGHUP as well, which otherwise ends the program.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub fn with_reload(self) -> std::io::Result<Self> {
        Ok(Self { hangup: Some(signal(SignalKind::hangup())?), ..self })
    }

    /// The token that tells tasks to stop.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task that lives as long as the program.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_until(self.stop(), task);
    }

    /// Runs a task that `stop`, a child of the program's token, may end before.
    pub fn spawn_until(
        &mut self,
        stop: CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.tasks.spawn(async move {
            task.await;
            if stop.is_cancelled() { TaskExit::AsTold } else { TaskExit::ByItself }
        });
    }

    /// Waits for something to happen.
    pub async fn next(&mut self) -> LifecycleEvent {
        loop {
            // In this order: a task that ends after it was told to is no death.
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return LifecycleEvent::Stop,
                _ = self.term.recv() => return LifecycleEvent::Stop,
                _ = self.int.recv() => return LifecycleEvent::Stop,
                () = received(&mut self.hangup) => return LifecycleEvent::Reload,
                Some(exit) = self.tasks.join_next() => if is_death(&exit) { return LifecycleEvent::Died },
            }
        }
    }

    /// Tells the tasks to stop and waits for them: until another signal comes, or for [`STOP_GRACE`].
    pub async fn end(mut self, event: LifecycleEvent) -> ShutdownOutcome {
        tracing::info!("stopping");
        self.stop.cancel();
        let tasks = &mut self.tasks;
        let all = async { while tasks.join_next().await.is_some() {} };
        let why = tokio::select! {
            biased;
            () = all => None,
            _ = self.term.recv() => Some("told twice"),
            _ = self.int.recv() => Some("told twice"),
            () = tokio::time::sleep(STOP_GRACE) => Some("waited long enough"),
        };
        if let Some(why) = why {
            tracing::warn!("some stages are cut off ({why}); nothing that was stored is lost");
        }
        match (event, why) {
            (LifecycleEvent::Died, _) => ShutdownOutcome::Died,
            (_, None) => ShutdownOutcome::Stopped,
            (_, Some(_)) => ShutdownOutcome::CutOff,
        }
    }

    /// Waits for a signal or the death of a task, then for the tasks to stop.
    pub async fn run(mut self) -> ShutdownOutcome {
        let event = self.next().await;
        self.end(event).await
    }
}

fn is_death(exit: &Result<TaskExit, JoinError>) -> bool {
    !matches!(exit, Ok(TaskExit::AsTold))
}

/// Waits for the signal; for ever, where it is not listened to.
async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
