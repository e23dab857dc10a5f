//! A sink's stage: its outbox, message after message, and what the log and the board hear of it.

use tokio_util::sync::CancellationToken;

use super::Board;
use super::collecting::STORE_REST;
use crate::clock::{Clock, SECOND};
use crate::heartbeat::Heartbeat;
use crate::log_once::{LogOnce, LogSubject};
use crate::outbox::{LONGEST_DELIVERY, Outbox, Step, Tried};
use crate::stage::{self, StageLoop};
use crate::store::{Settled, Store, StoreError};

/// How often a sink is looked at that has nothing to do: the command line posts, too, and ends
/// pauses.
const LOOK: i64 = 5 * SECOND;
/// A step that takes this much longer than a delivery may is stuck.
const BESIDES: std::time::Duration = std::time::Duration::from_mins(3);

/// One sink's stage, until `stop`.
pub async fn deliver(
    outbox: Outbox,
    store: Store,
    stop: CancellationToken,
    clock: Clock,
    board: Board,
    heartbeat: Heartbeat,
) {
    let stage_loop = StageLoop::new(stop.clone(), clock.clone(), heartbeat);
    let mut stage_loop =
        stage_loop.no_longer_than(LONGEST_DELIVERY + BESIDES).woken_by(store.posted());
    let diary = Diary::new(outbox.settings().name.clone(), board);
    let mut stage = Delivering { outbox, diary, clock, broken: false };
    while !stage.broken && stage_loop.next_whole(stage.step(&stop)).await.is_some() {}
}

/// An outbox with its diary.
struct Delivering {
    outbox: Outbox,
    diary: Diary,
    clock: Clock,
    /// Set when the store failed in a way that no retry mends: the daemon then ends, so that
    /// somebody sees it.
    broken: bool,
}

impl Delivering {
    async fn step(&mut self, stop: &CancellationToken) -> stage::Step {
        let stepped = self.outbox.step_until(stop).await;
        let look = self.clock.now().plus(LOOK);
        if stepped.is_ok() {
            self.diary.store.is_over("delivery goes on: the store works again");
        }
        match stepped {
            Ok(Step::Tried(tried)) => {
                self.diary.tried(&tried);
                stage::Step::Worked
            }
            Ok(Step::Idle { until }) => {
                stage::Step::Idle { until: until.map_or(look, |until| until.min(look)) }
            }
            Ok(Step::Paused { why }) => {
                self.diary.paused(&why);
                stage::Step::Idle { until: look }
            }
            Err(error) if error.is_transient() => {
                self.diary.store_failed(&error);
                stage::Step::Idle { until: self.clock.now().plus(STORE_REST) }
            }
            Err(error) => {
                self.broken = true;
                tracing::error!(sink = %self.diary.name, "delivery ends: {error}");
                stage::Step::Worked
            }
        }
    }
}

/// What the log says of a sink: each thing once.
struct Diary {
    name: String,
    board: Board,
    /// What was said last of what is wrong.
    trouble: Option<String>,
    /// What was said of failures of the store.
    store: LogOnce,
}

impl Diary {
    fn new(name: String, board: Board) -> Self {
        let store = LogOnce::of(LogSubject::Sink(name.clone()));
        Self { name, board, trouble: None, store }
    }

    fn tried(&mut self, tried: &Tried) {
        self.board.tried(&tried.settled);
        let is_news =
            !matches!(tried.settled, Settled::Accepted { .. }) && self.is_news(&tried.told);
        let (sink, number) = (&self.name, tried.seq);
        let noticed = tried.noticed.as_ref().map(|by| format!("; told through {by}"));
        let noticed = noticed.unwrap_or_default();
        match tried.settled {
            Settled::Accepted { .. } => {
                self.trouble = None;
                tracing::info!(%sink, number, attempts = tried.attempts, "accepted");
            }
            Settled::Later { .. } if is_news => {
                tracing::warn!(%sink, number, "is tried again: {}", tried.told);
            }
            Settled::Later { .. } => {
                tracing::debug!(%sink, number, attempts = tried.attempts, "{}", tried.told);
            }
            Settled::Smaller { rows } => {
                tracing::info!(%sink, number, rows, "too big, goes with fewer rows: {}", tried.told);
            }
            Settled::Dead => {
                tracing::error!(
                    %sink, number,
                    "given up: {}; see `clickwarden outbox list`{noticed}", tried.told
                );
            }
            Settled::Pause => {
                tracing::error!(
                    %sink,
                    "is paused: {}; put it right, then `clickwarden sink test {sink}`{noticed}",
                    tried.told
                );
            }
        }
    }

    /// At the start, of a pause that an earlier process began.
    fn paused(&mut self, why: &str) {
        if self.is_news(why) {
            let sink = &self.name;
            tracing::warn!(
                %sink,
                "is paused: {why}; put it right, then `clickwarden sink test {sink}`"
            );
        }
    }

    fn store_failed(&mut self, error: &StoreError) {
        let words = format!("delivery rests for 30 s: {error}");
        self.store.error(&words, &words);
    }

    fn is_news(&mut self, told: &str) -> bool {
        let news = self.trouble.as_deref() != Some(told);
        self.trouble = Some(told.to_owned());
        news
    }
}
