//! Collection: compare counts, then fetch what differs. No watermark: the same mechanism does the
//! first fill, the steady state, catching up and repair.
//!
//! [`Pass`] is the pure part: it says what to call and takes the answers. A [`Collector`] runs it
//! for one tenant against source and store, one call a step.

mod call;
mod pass;
mod queries;
mod session;

use std::time::Duration;

pub use call::{
    Bins, Call, CallFailure, Count, CountPurpose, Counted, Expected, Fetch, Grain, NextCall, Split,
};
pub use pass::{
    CollectLimits, Column, ColumnKind, Pass, Remaining, SOURCE_RETENTION, Tallied, horizon,
    horizon_start, missing_identity,
};

use crate::clock::{Clock, Jumps, MINUTE, SECOND, Tick};
use crate::source::Hunting;
use crate::stage::heartbeat::Heartbeat;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::{LeaseClaim, Owner, Store, StoreError, TenantKey};
use queries::Queries;
use session::{CollectSession, LEASE_TIME};

/// How long to wait at most for a lease that another process holds before asking again.
const ASK_AGAIN: i64 = 2 * SECOND;
/// A closed gate that opens later than this ends the session.
const LONG_GATE: i64 = 2 * MINUTE;

/// How one tenant is collected.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// The tenant.
    pub tenant: TenantKey,
    /// The tenant's name, for logs.
    pub name: String,
    /// Bounds on collection.
    pub limits: CollectLimits,
    /// The most calls a minute.
    pub calls_per_minute: u32,
    /// The first pause after a failure that a retry may mend; it doubles.
    pub retry_pause: Duration,
}

/// Why collection stopped working: in the store. The source's failures are part of collecting.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CollectError {
    /// Whether another try may succeed: a lease can be asked for again, a disk can get room.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Store(StoreError::LeaseLost) => true,
            Self::Store(error) => error.is_transient(),
        }
    }
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

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectStep {
    /// Something: step again.
    Worked,
    /// Nothing.
    Idle(Idle),
}

/// What was done since a collector was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CollectTotals {
    /// Calls made.
    pub calls: u64,
    /// Rows that came.
    pub fetched_rows: u64,
    /// Rows that were new.
    pub new_rows: u64,
}

/// Collects one tenant, a call a step. Holds the tenant's lease while a pass lasts.
pub struct Collector {
    queries: Queries,
    clock: Clock,
    owner: Owner,
    settings: CollectSettings,
    session: Option<CollectSession>,
    totals: CollectTotals,
    last_error: Option<String>,
    start: Start,
    heartbeat: Heartbeat,
    /// What the log knows between sessions.
    log: LogOnce,
    jumps: Jumps,
    /// By how much our clock was set since the last session, in ticks.
    set_by: i64,
}

/// When to begin with a tenant that was refused lately, or whose pass is not quite due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Once it is due.
    WhenDue,
    /// At once, and then when it is due: somebody asked for it.
    Now,
}

impl Collector {
    /// A collector for the tenant that `settings` name.
    pub fn new(
        store: Store,
        hunting: Hunting,
        settings: CollectSettings,
        clock: Clock,
        start: Start,
    ) -> Self {
        let queries = Queries { hunting, store };
        let (owner, totals) = (Owner::here(), CollectTotals::default());
        let (session, last_error, heartbeat) = (None, None, Heartbeat::default());
        let (jumps, set_by) = (Jumps::of(&clock), 0);
        let log = LogOnce::of(LogSubject::Tenant(settings.name.clone()));
        Self {
            queries,
            clock,
            owner,
            settings,
            session,
            totals,
            last_error,
            start,
            heartbeat,
            log,
            jumps,
            set_by,
        }
    }

    /// The same, whose heartbeat somebody hears.
    pub fn with_heartbeat(self, heartbeat: Heartbeat) -> Self {
        Self { heartbeat, ..self }
    }

    /// The tenant.
    pub const fn tenant(&self) -> TenantKey {
        self.settings.tenant
    }

    /// How it is collected.
    pub const fn settings(&self) -> &CollectSettings {
        &self.settings
    }

    /// What was done so far.
    pub fn totals(&self) -> CollectTotals {
        let session =
            self.session.as_ref().map_or_else(CollectTotals::default, |session| session.totals);
        self.totals.plus(session)
    }

    /// The pass under way, if any.
    pub fn pass(&self) -> Option<&Pass> {
        self.session.as_ref().map(CollectSession::pass)
    }

    /// Why the last pass was not made to its end, if it was not; known once its session has ended.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// What the pass under way still has to fetch.
    pub fn remaining(&self) -> Option<Remaining> {
        self.session.as_ref().map(CollectSession::remaining)
    }

    /// Makes one call, or takes in one answer: at most one transaction that matters.
    ///
    /// # Errors
    /// [`CollectError`], after which the next step begins a new session.
    pub async fn step(&mut self) -> Result<CollectStep, CollectError> {
        self.follow_clock().await?;
        if self.session.is_none() {
            match self.begin().await? {
                Ok(session) => self.session = Some(session),
                Err(idle) => return Ok(CollectStep::Idle(idle)),
            }
        }
        let Some(session) = &mut self.session else { return Ok(CollectStep::Worked) };
        match session.step().await {
            Ok(CollectStep::Worked) => Ok(CollectStep::Worked),
            Ok(CollectStep::Idle(idle)) => {
                if self.gives_up_the_lease(&idle) {
                    self.end().await?;
                }
                Ok(CollectStep::Idle(idle))
            }
            Err(error) => {
                // What is in memory is ahead of the store: the next session begins from the store.
                self.end().await.ok();
                Err(error)
            }
        }
    }

    /// When somebody sets our clock, the source's goes on as before, and what waits waits as long.
    async fn follow_clock(&mut self) -> Result<(), CollectError> {
        let Some(by) = self.jumps.last() else { return Ok(()) };
        let (tenant, seconds) = (self.settings.tenant, by / SECOND);
        tracing::info!(tenant = %self.settings.name, seconds, "our clock was set");
        match &mut self.session {
            Some(session) => session.clock_was_set(by),
            None => self.set_by += by,
        }
        Ok(self.queries.store.blocking(move |store| store.clock_was_set(tenant, by)).await?)
    }

    fn gives_up_the_lease(&self, idle: &Idle) -> bool {
        match idle {
            Idle::Done { .. } | Idle::Refused { .. } | Idle::Taken { .. } => true,
            Idle::Gate { until, .. } => until.since(self.clock.now()) > LONG_GATE,
            Idle::Pace { .. } | Idle::Retry { .. } => false,
        }
    }

    async fn begin(&mut self) -> Result<Result<CollectSession, Idle>, CollectError> {
        let (tenant, owner, now) = (self.settings.tenant, self.owner.clone(), self.clock.now());
        let claim =
            self.queries.store.blocking(move |store| store.lease(tenant, &owner, LEASE_TIME, now));
        let lease = match claim.await? {
            LeaseClaim::Granted(lease) => lease,
            LeaseClaim::Taken { by, .. } => {
                // Out of phase with whoever else asks.
                let pause = fastrand::i64(ASK_AGAIN / 2..=ASK_AGAIN);
                return Ok(Err(Idle::Taken { by, until: now.plus(pause) }));
            }
        };
        let (queries, clock, settings) =
            (self.queries.clone(), self.clock.clone(), self.settings.clone());
        let mut session =
            CollectSession::begin(queries, clock, settings, lease, self.heartbeat.clone()).await?;
        session.clock_was_set(std::mem::take(&mut self.set_by));
        session.log = self.log.clone();
        if std::mem::replace(&mut self.start, Start::WhenDue) == Start::Now {
            session.hurry();
        }
        Ok(Ok(session))
    }

    /// Ends the session, if there is one, and frees the tenant for others.
    pub async fn end(&mut self) -> Result<(), CollectError> {
        let Some(mut session) = self.session.take() else { return Ok(()) };
        self.log = std::mem::take(&mut session.log);
        self.totals = self.totals.plus(session.totals);
        self.last_error.clone_from(&session.pass().progress().last_error);
        session.end().await
    }
}

impl CollectTotals {
    /// What was done since there were `earlier` ones.
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            fetched_rows: self.fetched_rows.saturating_sub(earlier.fetched_rows),
            new_rows: self.new_rows.saturating_sub(earlier.new_rows),
        }
    }

    const fn plus(self, more: Self) -> Self {
        Self {
            calls: self.calls + more.calls,
            fetched_rows: self.fetched_rows + more.fetched_rows,
            new_rows: self.new_rows + more.new_rows,
        }
    }
}
