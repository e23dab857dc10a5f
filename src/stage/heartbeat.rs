//! Heartbeats: until when each stage may lawfully be silent.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

/// How long a step may take before its stage counts as stuck: two calls and two sign-ins with their
/// deadlines, and waiting for the store.
pub const LONGEST_STEP: Duration = Duration::from_mins(10);
/// The same of a stage that calls nobody: it reads, decides, and writes one transaction. A digest of
/// a million clicks takes a second.
pub const LONGEST_LOCAL_STEP: Duration = Duration::from_mins(2);
/// How long a tenant may wait behind others for room for a reply.
pub const LONGEST_QUEUE: Duration = Duration::from_hours(1);

/// The heartbeats of the program's stages. Clones share them; one that is gone is forgotten.
#[derive(Clone, Debug, Default)]
pub struct Heartbeats {
    all: Arc<Mutex<Vec<Weak<HeartbeatState>>>>,
}

/// One stage's heartbeat. Clones are the same one; by default nobody listens to it.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat {
    beat: Arc<HeartbeatState>,
}

#[derive(Debug, Default)]
struct HeartbeatState {
    stage: String,
    /// By a clock that nobody can set. `None` until the first beat.
    silent_until: Mutex<Option<Instant>>,
}

impl Heartbeats {
    /// The heartbeat of one more stage, which may be silent until its first beat.
    pub fn of(&self, stage: &str) -> Heartbeat {
        let beat =
            Arc::new(HeartbeatState { stage: stage.to_owned(), silent_until: Mutex::default() });
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&beat));
        Heartbeat { beat }
    }

    /// The stages that should have been heard of by now.
    pub fn late(&self) -> Vec<String> {
        self.late_at(Instant::now())
    }

    /// The stages that should be heard of by `now`.
    pub fn late_at(&self, now: Instant) -> Vec<String> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|beat| beat.strong_count() > 0);
        let beats = all.iter().filter_map(Weak::upgrade).filter(|beat| beat.is_late(now));
        beats.map(|beat| beat.stage.clone()).collect()
    }
}

impl Heartbeat {
    /// The stage lives, and may be silent for `length` from now on.
    pub fn beat(&self, length: Duration) {
        *self.beat.until() = Instant::now().checked_add(length);
    }
}

impl HeartbeatState {
    fn until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.silent_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_late(&self, now: Instant) -> bool {
        self.until().is_some_and(|until| until < now)
    }
}
