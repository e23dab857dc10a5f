//! A bound on the bytes of replies that are held at once, over all tenants.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The least that is set aside for a reply.
const LEAST: u64 = 256 * KIB;
const KIB: u64 = 1024;

/// The budget. Clones share it.
///
/// A reply's expected size is set aside before it is asked for. A reply that outgrows it needs the
/// one overflow permit: whoever holds that is never waited for in turn by itself, so replies
/// cannot block each other for good, and the whole stays below the budget and one largest reply.
#[derive(Clone, Debug)]
pub struct ReplyBudget {
    kib: Arc<Semaphore>,
    size: u32,
    overflow: Arc<Semaphore>,
}

impl ReplyBudget {
    /// A budget of `bytes`, at least 256 KiB.
    pub fn new(bytes: u64) -> Self {
        let size = u32::try_from(bytes.max(LEAST) / KIB).unwrap_or(u32::MAX);
        let size = size.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Self {
            kib: Arc::new(Semaphore::new(size as usize)),
            size,
            overflow: Arc::new(Semaphore::new(1)),
        }
    }

    /// Sets `bytes` aside, waiting until they are free. A reply may be larger than the budget: it
    /// then waits for the whole of it.
    pub(super) async fn reserve(&self, bytes: u64) -> Reservation {
        let kib = u32::try_from(bytes.max(LEAST).div_ceil(KIB)).unwrap_or(u32::MAX).min(self.size);
        // A semaphore that is never closed always grants.
        let held = self.kib.clone().acquire_many_owned(kib).await.ok();
        Reservation { held, overflow: None, budget: self.clone() }
    }

    /// Bytes not set aside at present.
    pub fn free(&self) -> u64 {
        self.kib.available_permits() as u64 * KIB
    }
}

/// What is set aside for one reply, given back when dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    held: Option<OwnedSemaphorePermit>,
    overflow: Option<OwnedSemaphorePermit>,
    budget: ReplyBudget,
}

impl Reservation {
    /// Makes sure that `bytes` may be held, waiting for the overflow permit where they are more
    /// than was set aside.
    pub(super) async fn grow_to(&mut self, bytes: u64) {
        let held = self.held.as_ref().map_or(0, |held| held.num_permits() as u64 * KIB);
        if bytes > held && self.overflow.is_none() {
            self.overflow = self.budget.overflow.clone().acquire_owned().await.ok();
        }
    }

    /// Gives back what `bytes` do not need.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let needed = usize::try_from(bytes.max(LEAST).div_ceil(KIB)).unwrap_or(usize::MAX);
        if let Some(held) = &mut self.held {
            drop(held.split(held.num_permits().saturating_sub(needed)));
        }
    }
}
