//! A tenant's collector: sessions, one after the other, each with the tenant's lease.

use super::error::CollectError;
use super::pass::{Pass, Remaining};
use super::queries::Queries;
use super::session::{CollectSession, LEASE_TIME};
use super::settings::CollectSettings;
use super::step::{CollectStep, Idle};
use super::totals::CollectTotals;
use crate::clock::{Clock, Jumps, MINUTE, SECOND};
use crate::source::Hunting;
use crate::stage::heartbeat::Heartbeat;
use crate::stage::log_once::{LogOnce, LogSubject};
use crate::store::{LeaseClaim, Owner, Store, TenantKey};

/// How long to wait at most for a lease that another process holds before asking again.
const ASK_AGAIN: i64 = 2 * SECOND;

/// A closed gate that opens later than this ends the session.
const LONG_GATE: i64 = 2 * MINUTE;

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
