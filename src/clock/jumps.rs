//! Notices that somebody set the clock.

use super::now::{Clock, Moment};
use super::tick::{MINUTE, Tick};

/// Notices that somebody set the clock.
#[derive(Debug)]
pub struct Jumps {
    clock: Clock,
    seen: (Tick, Moment),
}

impl Jumps {
    /// Less than this is a clock that is being kept right.
    const LEAST_JUMP: i64 = MINUTE;

    /// Looks from now on.
    pub fn of(clock: &Clock) -> Self {
        Self { clock: clock.clone(), seen: (clock.now(), clock.moment()) }
    }

    /// By how much the clock was set since the last look.
    pub fn last(&mut self) -> Option<i64> {
        let now = (self.clock.now(), self.clock.moment());
        let before = std::mem::replace(&mut self.seen, now);
        let by = now.0.since(before.0) - now.1.since(before.1);
        (by.abs() > Self::LEAST_JUMP).then_some(by)
    }
}
