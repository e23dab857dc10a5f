//! The slots of connections: whoever comes when all are taken gets that of the slowest client.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// All slots.
pub(super) struct ConnectionSlots {
    room: Arc<Semaphore>,
    /// Those that are taken, the first first, and some that were.
    taken: Mutex<Vec<Weak<ConnectionSlot>>>,
    stop: CancellationToken,
}

/// The slot of one connection, until it is dropped.
pub(super) struct ConnectionSlot {
    gone: CancellationToken,
    /// Whether what is waited for is our answer, and not the client.
    is_ours: AtomicBool,
    _permit: OwnedSemaphorePermit,
}

/// While this lives the client waits for us.
pub(super) struct Ours(Arc<ConnectionSlot>);

impl ConnectionSlots {
    /// `count` slots, all of which are given up at `stop`.
    pub(super) fn new(count: usize, stop: &CancellationToken) -> Self {
        let room = Arc::new(Semaphore::new(count));
        Self { room, taken: Mutex::default(), stop: stop.clone() }
    }

    /// A slot; `None` if all are taken, and every client waits for us.
    pub(super) async fn take(&self) -> Option<Arc<ConnectionSlot>> {
        let permit = match self.room.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) if self.drop_slowest() => self.room.clone().acquire_owned().await.ok()?,
            Err(_) => return None,
        };
        let (gone, is_ours) = (self.stop.child_token(), AtomicBool::new(false));
        let slot = Arc::new(ConnectionSlot { gone, is_ours, _permit: permit });
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|slot| slot.strong_count() > 0);
        taken.push(Arc::downgrade(&slot));
        Some(slot)
    }

    /// Ends the connection that has waited longest for its client: to ask, or to take the answer.
    fn drop_slowest(&self) -> bool {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slots = taken.iter().filter_map(Weak::upgrade);
        let slowest = slots.find(|slot| !slot.is_ours.load(Ordering::SeqCst));
        slowest.map(|slot| slot.gone.cancel()).is_some()
    }
}

impl ConnectionSlot {
    /// Runs what a connection does until it ends, or its slot is somebody else's.
    pub(super) async fn run(&self, connection: impl Future) {
        self.gone.run_until_cancelled(connection).await;
    }

    /// From now on the client waits for us.
    pub(super) fn ours(self: &Arc<Self>) -> Ours {
        self.is_ours.store(true, Ordering::SeqCst);
        Ours(self.clone())
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.0.is_ours.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_us_keeps_its_slot() {
        let slots = ConnectionSlots::new(2, &CancellationToken::new());
        let (first, second) = (slots.take().await.unwrap(), slots.take().await.unwrap());
        let ours = [first.ours(), second.ours()];
        assert!(slots.take().await.is_none());
        let [_first, of_second] = ours;
        drop(of_second);
        // The first came first, but it is we who let it wait.
        let ended = tokio::spawn(async move { second.run(std::future::pending::<()>()).await });
        assert!(slots.take().await.is_some());
        ended.await.unwrap();
        assert!(!first.gone.is_cancelled());
    }

    #[tokio::test]
    async fn of_several_that_wait_for_their_clients_the_first_goes() {
        let slots = ConnectionSlots::new(3, &CancellationToken::new());
        let mut running = Vec::new();
        for _ in 0..3 {
            let slot = slots.take().await.unwrap();
            let weak = Arc::downgrade(&slot);
            tokio::spawn(async move { slot.run(std::future::pending::<()>()).await });
            running.push(weak);
        }
        let _new = slots.take().await.unwrap();
        let lives: Vec<bool> = running.iter().map(|slot| slot.upgrade().is_some()).collect();
        assert_eq!(lives, [false, true, true]);
    }
}
