//! A bound on the bytes of replies that are held at once, shared fairly by all tenants.
//!
//! Room for a reply is set aside before it is asked for, first come, first served; what comes is
//! held until its rows are written. Why nobody waits for long, whatever a source does:
//!
//! - Small replies (counts) have a part of the budget to themselves: large ones never delay them.
//! - No reply sets more than a third of the large part aside, and a tenant asks for a second one
//!   only where there is room at once. So while others wait, a tenant holds a third at most.
//! - A source that thinks for long keeps no room meanwhile: it goes back, and is asked for again
//!   when the answer begins ([`ReplyRoom::lend`]).
//! - An answer that has begun may take its time only while nobody waits: after
//!   [`super::Limits::transfer`] others that wait are worth more ([`ReplyBudget::is_wanted`]).
//!   The question is then made smaller like any other that is not answered in time.
//! - A reply larger than expected takes what is free; else it needs the one overflow permit.
//!   Whoever holds that waits for nothing more of ours, so replies cannot block each other for good.
//!
//! So room is held for at most the two times above while anybody waits, and whoever waits is served
//! after those before it. The whole stays below the budget and one largest reply.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The least that is set aside for a reply.
const LEAST_RESERVED: u64 = 256 * KIB;
/// A reply expected to be at most this large is small.
const SMALL_REPLY: u64 = 1024 * KIB;
const KIB: u64 = 1024;

/// The budget. Clones share it.
#[derive(Clone, Debug)]
pub struct ReplyBudget {
    small: BudgetPart,
    large: BudgetPart,
    overflow: Arc<Semaphore>,
    /// How many wait for room.
    waiting: Arc<watch::Sender<usize>>,
}

/// One part of the budget, counted in KiB.
#[derive(Clone, Debug)]
struct BudgetPart {
    kib: Arc<Semaphore>,
    /// The most that one reply sets aside.
    most: u32,
}

impl BudgetPart {
    fn new(bytes: u64, shares: u32) -> Self {
        let size = u32::try_from(bytes / KIB).unwrap_or(u32::MAX);
        let size = size.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX)).max(1);
        Self { kib: Arc::new(Semaphore::new(size as usize)), most: (size / shares).max(1) }
    }
}

impl ReplyBudget {
    /// A budget of `bytes`, at least 1 MiB: an eighth of it for small replies.
    pub fn new(bytes: u64) -> Self {
        let bytes = bytes.max(SMALL_REPLY);
        let small = bytes / 8;
        Self {
            small: BudgetPart::new(small, 1),
            large: BudgetPart::new(bytes - small, 3),
            overflow: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Sets `bytes` aside, waiting until they are free and those who came before are served.
    pub(super) async fn reserve(&self, bytes: u64) -> ReplyRoom {
        let mut room = ReplyRoom::none(self, bytes);
        room.take_back().await;
        room
    }

    /// Sets `bytes` aside if they are free and nobody waits.
    pub(super) fn try_reserve(&self, bytes: u64) -> Option<ReplyRoom> {
        let mut room = ReplyRoom::none(self, bytes);
        room.held = Some(room.part.kib.clone().try_acquire_many_owned(room.wanted).ok()?);
        Some(room)
    }

    /// Ends when somebody waits for room.
    pub(super) async fn is_wanted(&self) {
        // Fails only when there is no budget any more, and this one is.
        let _ = self.waiting.subscribe().wait_for(|count| *count > 0).await;
    }

    /// Bytes not set aside at present.
    pub fn free(&self) -> u64 {
        let free = |part: &BudgetPart| part.kib.available_permits() as u64 * KIB;
        free(&self.small) + free(&self.large)
    }

    /// Somebody who waits for room, until dropped.
    fn waits(&self) -> Waits {
        self.waiting.send_modify(|count| *count += 1);
        Waits(self.waiting.clone())
    }
}

/// Somebody who waits.
struct Waits(Arc<watch::Sender<usize>>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// What is set aside for one reply, given back when dropped.
#[derive(Debug)]
pub struct ReplyRoom {
    part: BudgetPart,
    /// KiB to be set aside.
    wanted: u32,
    held: Option<OwnedSemaphorePermit>,
    overflow: Option<OwnedSemaphorePermit>,
    budget: ReplyBudget,
}

impl ReplyRoom {
    fn none(budget: &ReplyBudget, bytes: u64) -> Self {
        let part = if bytes <= SMALL_REPLY { &budget.small } else { &budget.large };
        let wanted = u32::try_from(bytes.max(LEAST_RESERVED).div_ceil(KIB)).unwrap_or(u32::MAX);
        Self {
            wanted: wanted.min(part.most),
            part: part.clone(),
            held: None,
            overflow: None,
            budget: budget.clone(),
        }
    }

    /// Whether it was given back for a while.
    pub(super) const fn is_lent(&self) -> bool {
        self.held.is_none()
    }

    /// Gives everything back for a while.
    pub(super) fn lend(&mut self) {
        self.held = None;
    }

    /// Sets aside again what was given back, in turn.
    pub(super) async fn take_back(&mut self) {
        let _waits = self.budget.waits();
        // A semaphore that is never closed always grants.
        self.held = self.part.kib.clone().acquire_many_owned(self.wanted).await.ok();
    }

    /// What is set aside at present.
    pub(super) fn bytes(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| held.num_permits() as u64 * KIB)
    }

    /// Makes sure that `bytes` may be held: takes what is free, or waits for the overflow permit.
    pub(super) async fn grow_to(&mut self, bytes: u64) {
        if bytes <= self.bytes() || self.overflow.is_some() || self.grows(bytes) {
            return;
        }
        let overflow = self.budget.overflow.clone();
        if let Ok(permit) = overflow.clone().try_acquire_owned() {
            self.overflow = Some(permit);
            return;
        }
        let _waits = self.budget.waits();
        self.overflow = overflow.acquire_owned().await.ok();
    }

    /// Takes what is lacking, and some more so that this is seldom asked, if nobody waits for it.
    fn grows(&mut self, bytes: u64) -> bool {
        let lacks = bytes.saturating_sub(self.bytes()).max(SMALL_REPLY).div_ceil(KIB);
        let kib = u32::try_from(lacks).unwrap_or(u32::MAX);
        let more = self.part.kib.clone().try_acquire_many_owned(kib).ok();
        match (more, &mut self.held) {
            (Some(more), Some(held)) => held.merge(more),
            (Some(more), None) => self.held = Some(more),
            (None, _) => return false,
        }
        true
    }

    /// Gives back what `bytes` do not need.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let needed = usize::try_from(bytes.max(LEAST_RESERVED).div_ceil(KIB)).unwrap_or(usize::MAX);
        if let Some(held) = &mut self.held {
            drop(held.split(held.num_permits().saturating_sub(needed)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[tokio::test]
    async fn who_comes_first_is_served_first() {
        let budget = ReplyBudget::new(24 * MIB);
        let first: Vec<_> = [7, 7, 7].map(|mib| budget.try_reserve(mib * MIB)).into();
        assert!(first.iter().all(Option::is_some) && budget.free() == 3 * MIB);
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        // One that wants little does not overtake one that wants much.
        for (name, mib) in [("a", 7), ("b", 2), ("c", 7), ("d", 2)] {
            let (budget, order) = (budget.clone(), order.clone());
            waiting.push(tokio::spawn(async move {
                let room = budget.reserve(mib * MIB).await;
                order.lock().unwrap().push(name);
                drop(room);
            }));
            tokio::task::yield_now().await;
        }
        // Nor does one that would not wait.
        assert!(budget.try_reserve(2 * MIB).is_none());
        drop(first);
        for one in waiting {
            one.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(budget.free(), 24 * MIB);
    }

    #[tokio::test]
    async fn large_replies_leave_room_for_small_ones() {
        let budget = ReplyBudget::new(24 * MIB);
        let large: Vec<_> = std::iter::from_fn(|| budget.try_reserve(u64::MAX)).collect();
        assert_eq!(large.len(), 3, "a third each");
        let small: Vec<_> = std::iter::from_fn(|| budget.try_reserve(512 * KIB)).collect();
        assert_eq!((small.len(), budget.free()), (6, 0));
    }

    #[tokio::test]
    async fn room_is_wanted_while_somebody_waits() {
        let budget = ReplyBudget::new(24 * MIB);
        let rooms: Vec<_> = std::iter::from_fn(|| budget.try_reserve(u64::MAX)).collect();
        let wanted = || {
            let mut wanted = std::pin::pin!(budget.is_wanted());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            wanted.as_mut().poll(&mut context).is_ready()
        };
        assert!(!wanted());
        let mut waits = Box::pin(budget.reserve(2 * MIB));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waits.as_mut().poll(&mut context).is_pending());
        assert!(wanted());
        drop(waits);
        assert!(!wanted(), "it waits no more");
        drop(rooms);
    }

    #[tokio::test]
    async fn what_is_lent_can_be_had_by_others() {
        let budget = ReplyBudget::new(24 * MIB);
        let mut room = budget.reserve(7 * MIB).await;
        room.lend();
        assert_eq!(budget.free(), 24 * MIB);
        room.take_back().await;
        assert_eq!(budget.free(), 17 * MIB);
        room.grow_to(8 * MIB).await;
        assert_eq!(budget.free(), 16 * MIB);
        room.shrink_to(MIB);
        assert_eq!(budget.free(), 23 * MIB);
    }
}
