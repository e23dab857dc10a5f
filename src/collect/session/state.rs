//! A session at one tenant: its lease held and renewed, its state in memory, call after call.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use super::commit::renew;
use super::failures::dedup_key;
use super::receive::Clocks;
use crate::clock::{Clock, SECOND, Span, Tick, ticks_of};
use crate::collect::call::{Call, CallFailure, Count, Fetch, NextCall, Split};
use crate::collect::pass::{Pass, Remaining};
use crate::collect::queries::{Answered, Fetched, Queries, ROW_BYTES, Readied, expected_bytes};
use crate::collect::{CollectError, CollectSettings, CollectStep, CollectTotals, Idle};
use crate::source::{ExhaustedQuota, SourceError};
use crate::stage::heartbeat::{Heartbeat, LONGEST_QUEUE, LONGEST_STEP};
use crate::stage::log_once::LogOnce;
use crate::store::{Lease, Permit, PreparedClicks, Store};
use crate::sync_state::fingerprint::Measures;
use crate::sync_state::hour::Acceptance;

/// How long a lease lasts unless renewed.
pub(in crate::collect) const LEASE_TIME: Duration = Duration::from_mins(1);

/// Replies in flight: while one is stored the next is on its way.
const MAX_IN_FLIGHT: usize = 2;

/// A session. Dropping it gives the lease up at its end of life; [`CollectSession::end`] does so at once.
pub(in crate::collect) struct CollectSession {
    pub(super) queries: Queries,
    pub(super) clock: Clock,
    pub(super) settings: CollectSettings,
    pub(super) lease: Lease,
    renewal: AbortOnDropHandle<()>,
    pub(super) pass: Pass,
    in_flight: VecDeque<InFlightFetch>,
    /// Answers that wait for a recount of their window.
    pub(super) kept: Vec<(Span, Arc<PreparedClicks>)>,
    pub(super) row_bytes: u64,
    /// Failures in a row, for the pause before the next try.
    pub(super) failures: u32,
    pub(super) pause_until: Tick,
    pub totals: CollectTotals,
    /// Why Microsoft refused, if it did.
    pub refused: Option<String>,
    pub(super) heartbeat: Heartbeat,
    /// What the log knows of the source's failures.
    pub log: LogOnce,
}

struct InFlightFetch {
    fetch: Fetch,
    sent: Tick,
    answer: AbortOnDropHandle<Result<Answered<Fetched>, SourceError>>,
}

impl CollectSession {
    pub async fn begin(
        queries: Queries,
        clock: Clock,
        settings: CollectSettings,
        lease: Lease,
        heartbeat: Heartbeat,
    ) -> Result<Self, CollectError> {
        let tenant = lease.tenant();
        let (progress, hours) = queries.store.blocking(move |store| store.load(tenant)).await?;
        let mut pass = Pass::new(progress, hours, settings.limits);
        pass.follow(clock.now().plus(pass.progress().skew));
        let renewal = renew(queries.store.clone(), lease.clone(), clock.clone());
        Ok(Self {
            renewal: AbortOnDropHandle::new(tokio::spawn(renewal)),
            queries,
            clock,
            settings,
            lease,
            pass,
            in_flight: VecDeque::new(),
            kept: Vec::new(),
            row_bytes: ROW_BYTES,
            failures: 0,
            pause_until: Tick(i64::MIN),
            totals: CollectTotals::default(),
            refused: None,
            heartbeat,
            log: LogOnce::default(),
        })
    }

    /// Gives the lease back.
    pub async fn end(self) -> Result<(), CollectError> {
        let Self { queries, lease, in_flight, .. } = self;
        drop(in_flight);
        Ok(queries.store.blocking(move |store| store.release(&lease)).await?)
    }

    pub const fn pass(&self) -> &Pass {
        &self.pass
    }

    /// Tries at once what was refused, failed or is nearly due: somebody asked for it.
    pub fn hurry(&mut self) {
        let now = self.now();
        let progress = self.pass.progress_mut();
        progress.retry_at = None;
        if progress.last_error.is_some() {
            progress.next_pass = progress.next_pass.min(now);
        }
        self.pass.begin_early(now);
    }

    /// What is left to fetch.
    pub fn remaining(&self) -> Remaining {
        self.pass.remaining()
    }

    /// Follows our clock when it was set by `ticks`: the source's was not.
    pub fn clock_was_set(&mut self, ticks: i64) {
        self.pass.progress_mut().skew -= ticks;
        self.pause_until = self.pause_until.plus(ticks);
    }

    /// Now, by the source's clock.
    pub(super) fn now(&self) -> Tick {
        self.clock.now().plus(self.pass.progress().skew)
    }

    /// A time of the source's by our clock.
    fn ours(&self, at: Tick) -> Tick {
        at.plus(-self.pass.progress().skew)
    }

    /// Makes the next call, or takes the next answer in.
    pub async fn step(&mut self) -> Result<CollectStep, CollectError> {
        if self.renewal.is_finished() {
            return Err(CollectError::Store(crate::store::StoreError::LeaseLost));
        }
        let pauses = self.pause_until > self.clock.now() && !self.pass.has_ended();
        if pauses && self.in_flight.is_empty() {
            return Ok(CollectStep::Idle(Idle::Retry { until: self.pause_until }));
        }
        let idle = self.send_next().await?;
        let Some(fetch_in_flight) = self.in_flight.pop_front() else {
            return Ok(idle.map_or(CollectStep::Worked, CollectStep::Idle));
        };
        let answer = fetch_in_flight.answer.await.unwrap_or_else(|error| {
            Err(SourceError::Transport(format!("the call ended unexpectedly: {error}")))
        });
        self.receive(&fetch_in_flight.fetch, fetch_in_flight.sent, answer).await?;
        Ok(CollectStep::Worked)
    }

    /// Makes calls until enough fetches are in flight, or something else was done, or nothing may
    /// be done now: then says why.
    async fn send_next(&mut self) -> Result<Option<Idle>, CollectError> {
        while self.in_flight.len() < MAX_IN_FLIGHT {
            let windows: Vec<Span> =
                self.in_flight.iter().map(|fetch_in_flight| fetch_in_flight.fetch.window).collect();
            let call = match self.pass.next(self.now(), &windows) {
                NextCall::Call(call) => call,
                NextCall::Wait(until) => {
                    if self.in_flight.is_empty() {
                        self.record().await?;
                    }
                    self.tell_what_waits();
                    // A pass to its end: one good answer may be chance.
                    if self.refused.is_none() && self.pass.progress().last_error.is_none() {
                        self.log.is_over("collection goes on: the source answers again");
                    }
                    let until = self.ours(until);
                    let refused = self.refused.clone().map(|why| Idle::Refused { why, until });
                    return Ok(Some(refused.unwrap_or(Idle::Done { until })));
                }
            };
            // While the source's gate is closed nobody is asked for a token.
            if let Some(idle) = self.gate().await? {
                return Ok(Some(idle));
            }
            // Before the permit: whoever waits for room makes its call later than the ledger says.
            let Some(ready) = self.ready(&call).await else { return Ok(None) };
            if let Err(error @ SourceError::Throttled { quota: ExhaustedQuota::SignIns, wait }) =
                &ready
            {
                return Ok(Some(self.sign_in_waits(error, *wait)));
            }
            if ready.is_ok() {
                if let Some(idle) = self.permit().await? {
                    return Ok(Some(idle));
                }
                self.totals.calls += 1;
            }
            match call {
                Call::Fetch(fetch) if fetch.split == Split::None => self.send(ready, fetch),
                Call::Fetch(fetch) => return self.split(ready, fetch).await,
                call => {
                    self.make(ready, call).await?;
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// Says what the pass leaves although it differs.
    fn tell_what_waits(&self) {
        let minutes = self.pass.resting(self.now());
        if minutes > 0 {
            let tenant = &self.settings.name;
            tracing::info!(
                %tenant,
                minutes,
                "minutes that changed after they were fetched wait for up to half an hour: to fetch all \
                 that differs takes more than half of collect.calls_per_minute"
            );
        }
    }

    /// Signs in and sets room for the answer aside. Who has a call in flight does not wait for room,
    /// which others may wait for: `None` if there is none at once.
    async fn ready(&self, call: &Call) -> Option<Readied> {
        let bytes = expected_bytes(call, self.row_bytes);
        if self.in_flight.is_empty() {
            self.heartbeat.beat(LONGEST_QUEUE);
            let ready = self.queries.hunting.ready(bytes).await;
            self.heartbeat.beat(LONGEST_STEP);
            return Some(ready);
        }
        self.queries.hunting.try_ready(bytes).await
    }

    /// Why no call may be made, if so: without taking a place in the ledger.
    pub(super) async fn gate(&self) -> Result<Option<Idle>, CollectError> {
        let (tenant, now) = (self.lease.tenant(), self.clock.now());
        let look = move |store: &Store| store.read(|snapshot| snapshot.gate(tenant, now));
        let closed = self.queries.store.blocking(look).await?;
        Ok(closed.map(|(until, why)| Idle::Gate { until, why }))
    }

    /// The gate of a sign-in is closed: nothing was asked of the source, and nothing is held against
    /// it.
    pub(super) fn sign_in_waits(&mut self, error: &SourceError, wait: Duration) -> Idle {
        self.log_failure(&CallFailure::Rate, &dedup_key(error));
        let until = self.clock.now().plus(ticks_of(wait).max(SECOND));
        Idle::Gate { until, why: error.to_string() }
    }

    /// Asks the ledger; says why not, if it does not permit a call.
    pub(super) async fn permit(&self) -> Result<Option<Idle>, CollectError> {
        let (lease, now, pace) =
            (self.lease.clone(), self.clock.now(), self.settings.calls_per_minute);
        let take = move |store: &Store| store.take_call(&lease, pace, now);
        Ok(match self.queries.store.blocking(take).await? {
            Permit::Go => None,
            Permit::Pace { until } => Some(Idle::Pace { until }),
            Permit::Closed { until, why } => Some(Idle::Gate { until, why }),
        })
    }

    fn send(&mut self, ready: Readied, fetch: Fetch) {
        let (queries, measures, asked) = (self.queries.clone(), self.measures(), fetch.clone());
        let answer = tokio::spawn(async move { queries.fetched(ready, asked, measures).await });
        let answer = AbortOnDropHandle::new(answer);
        self.in_flight.push_back(InFlightFetch { fetch, sent: self.clock.now(), answer });
    }

    pub(super) fn measures(&self) -> Arc<Measures> {
        Arc::new(self.pass.progress().measures.clone())
    }

    /// A call that is no fetch.
    async fn make(&mut self, ready: Readied, call: Call) -> Result<(), CollectError> {
        let sent = self.clock.now();
        match call {
            Call::Columns => {
                let answer = self.queries.columns(ready).await;
                match self.taken(answer, sent).await? {
                    Ok((columns, clocks)) => {
                        if clocks == Clocks::Differ {
                            self.pass.restart();
                        }
                        self.pass.on_columns(&columns, self.now());
                    }
                    Err(failure) => self.pass.on_columns_failed(&failure, self.now()),
                }
            }
            Call::Count(count) => {
                let answer = self.queries.counted(ready, &count, &self.pass.present()).await;
                let answer = self.taken(answer, sent).await?;
                self.counted(&count, answer).await?;
                return self.record().await;
            }
            Call::Confirm(count) => {
                let answer = self.queries.rows(ready, count.span).await;
                let answer = self.taken(answer, sent).await?.map(|(rows, _)| rows);
                let acceptance = self.pass.on_confirmed(&count, answer, self.now());
                self.accept_late(&count, acceptance).await?;
            }
            Call::Fetch(_) => {}
        }
        self.record().await
    }

    async fn counted(
        &mut self,
        count: &Count,
        answer: Result<(Option<crate::collect::Counted>, Clocks), CallFailure>,
    ) -> Result<(), CollectError> {
        let answer = match answer {
            // The hours were chosen by a clock that was wrong: they are chosen again.
            Ok((_, Clocks::Differ)) => {
                self.pass.restart();
                return Ok(());
            }
            Ok((counted, Clocks::Agree)) => Ok(counted),
            Err(failure) => Err(failure),
        };
        let acceptance = self.pass.on_counted(count, answer, self.now());
        self.accept_late(count, acceptance).await
    }

    /// Takes an answer in that a recount showed to be right.
    async fn accept_late(
        &mut self,
        count: &Count,
        acceptance: Option<Acceptance>,
    ) -> Result<(), CollectError> {
        let kept = self.kept.iter().position(|(window, _)| *window == count.span);
        if let (Some(Acceptance::Accept), Some(place)) = (acceptance, kept) {
            let (window, batch) = self.kept.swap_remove(place);
            self.apply(batch, window, Acceptance::Accept).await?;
        }
        self.drop_kept();
        Ok(())
    }
}
