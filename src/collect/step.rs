//! What a step did, or why there was nothing to do.

use crate::clock::Tick;
use crate::store::Owner;

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectStep {
    /// Something: step again.
    Worked,
    /// Nothing.
    Idle(Idle),
}

/// Why there is nothing to do now, and until when, by our clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The pass has ended; the next one is due then.
    Done {
        /// The next pass.
        until: Tick,
    },
    /// Our own pace.
    Pace {
        /// The next call.
        until: Tick,
    },
    /// The source asked to wait.
    Gate {
        /// When the gate opens.
        until: Tick,
        /// Why it is closed.
        why: String,
    },
    /// A failure that a retry may mend.
    Retry {
        /// The next try.
        until: Tick,
    },
    /// Microsoft refuses the app.
    Refused {
        /// What is wrong, and what to do.
        why: String,
        /// The next try.
        until: Tick,
    },
    /// Another process collects this tenant.
    Taken {
        /// Which.
        by: Owner,
        /// When to ask again.
        until: Tick,
    },
}

impl Idle {
    /// When to step again.
    pub const fn until(&self) -> Tick {
        match self {
            Self::Done { until }
            | Self::Pace { until }
            | Self::Gate { until, .. }
            | Self::Retry { until }
            | Self::Refused { until, .. }
            | Self::Taken { until, .. } => *until,
        }
    }
}
