//! Where "now" comes from: the machine's clock, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::duration::ticks_of;
use super::tick::{SECOND, Tick};

/// A point on a clock that nobody sets and that goes on while the machine sleeps: ticks since the
/// machine started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// This point moved by `ticks`.
    pub const fn plus(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// Ticks from `earlier` to this point.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where "now" comes from: the machine, or a test.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that moves only when told to; clones share it.
    Manual(Arc<Hands>),
}

/// What a manual clock shows.
#[derive(Debug)]
pub struct Hands {
    now: AtomicI64,
    moment: AtomicI64,
}

impl Clock {
    /// A clock that stands still at `now`.
    pub fn manual(now: Tick) -> Self {
        Self::Manual(Arc::new(Hands { now: AtomicI64::new(now.0), moment: AtomicI64::new(0) }))
    }

    /// The present. Somebody may set it.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> Tick {
        match self {
            Self::System => {
                let now = std::time::SystemTime::now();
                let elapsed = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                Tick(i64::try_from(elapsed.as_nanos() / 100).unwrap_or(i64::MAX))
            }
            Self::Manual(hands) => Tick(hands.now.load(Ordering::SeqCst)),
        }
    }

    /// The present by the clock that nobody sets.
    pub fn moment(&self) -> Moment {
        match self {
            Self::System => {
                let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
                Moment(since.tv_sec.saturating_mul(SECOND) + since.tv_nsec / 100)
            }
            Self::Manual(hands) => Moment(hands.moment.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the machine's clock is not ours to move.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(hands) = self {
            hands.now.fetch_add(ticks_of(by), Ordering::SeqCst);
            hands.moment.fetch_add(ticks_of(by), Ordering::SeqCst);
        }
    }

    /// Sets a manual clock wrong, or right again, without any time passing.
    pub fn set_by(&self, ticks: i64) {
        if let Self::Manual(hands) = self {
            hands.now.fetch_add(ticks, Ordering::SeqCst);
        }
    }
}
