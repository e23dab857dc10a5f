//! A turn at one tenant: its lease held and renewed, its state in memory, call after call.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use super::ask::{Answered, Ask, Fetched, ROW_BYTES, Raw};
use super::call::{Call, Count, Failure, Fetch, Next, Split};
use super::pass::{Pass, Remaining};
use super::{CollectError, Idle, Settings, Totals, in_store};
use crate::clock::{Clock, MINUTE, SECOND, Span, Tick, duration_of};
use crate::fingerprint::Measures;
use crate::hour::{HourState, Verdict};
use crate::kql::query::ReportIdPart;
use crate::progress::Progress;
use crate::source::SourceError;
use crate::source::wire::Results;
use crate::store::{Changes, Lease, Permit, Prepared, Store};

/// How long a lease lasts unless renewed.
pub(super) const LEASE: Duration = Duration::from_mins(1);
/// Replies in flight: while one is stored the next is on its way.
const IN_FLIGHT: usize = 2;
/// A clock this wrong makes a count of the wrong hours: its answer is not used.
const WRONG_CLOCK: i64 = MINUTE;

/// What a step did.
pub(super) enum Stepped {
    /// Something: step again.
    Worked,
    /// Nothing.
    Idle(Idle),
}

/// A turn. Dropping it gives the lease up at its end of life; [`Turn::end`] does so at once.
pub(super) struct Turn {
    ask: Ask,
    clock: Clock,
    settings: Settings,
    lease: Lease,
    renewal: AbortOnDropHandle<()>,
    pass: Pass,
    flights: VecDeque<Flight>,
    /// Answers that wait for a recount of their window.
    kept: Vec<(Span, Arc<Prepared>)>,
    row_bytes: u64,
    /// Failures in a row, for the pause before the next try.
    failures: u32,
    pause_until: Tick,
    pub totals: Totals,
    /// Why Microsoft refused, if it did.
    pub refused: Option<String>,
}

struct Flight {
    fetch: Fetch,
    sent: Tick,
    answer: AbortOnDropHandle<Result<Answered<Fetched>, SourceError>>,
}

impl Turn {
    pub async fn begin(
        ask: Ask,
        clock: Clock,
        settings: Settings,
        lease: Lease,
    ) -> Result<Self, CollectError> {
        let tenant = lease.tenant();
        let (progress, hours) = in_store(&ask.store, move |store| store.load(tenant)).await?;
        let pass = Pass::new(progress, hours, settings.limits);
        let renewal = renew(ask.store.clone(), lease.clone(), clock.clone());
        Ok(Self {
            renewal: AbortOnDropHandle::new(tokio::spawn(renewal)),
            ask,
            clock,
            settings,
            lease,
            pass,
            flights: VecDeque::new(),
            kept: Vec::new(),
            row_bytes: ROW_BYTES,
            failures: 0,
            pause_until: Tick(i64::MIN),
            totals: Totals::default(),
            refused: None,
        })
    }

    /// Gives the lease back.
    pub async fn end(self) -> Result<(), CollectError> {
        let Self { ask, lease, flights, .. } = self;
        drop(flights);
        in_store(&ask.store, move |store| store.release(&lease)).await
    }

    pub const fn pass(&self) -> &Pass {
        &self.pass
    }

    /// Tries at once what was refused, failed or is nearly due: somebody asked for it.
    pub fn hurry(&mut self) {
        let now = self.now();
        let progress = self.pass.progress_mut();
        progress.retry_at = None;
        if progress.trouble.is_some() {
            progress.next_pass = progress.next_pass.min(now);
        }
        self.pass.begin_early(now);
    }

    /// What is left to fetch.
    pub fn remaining(&self) -> Remaining {
        self.pass.remaining()
    }

    /// Now, by the source's clock.
    fn now(&self) -> Tick {
        self.clock.now().plus(self.pass.progress().skew)
    }

    /// A time of the source's by our clock.
    fn ours(&self, at: Tick) -> Tick {
        at.plus(-self.pass.progress().skew)
    }

    /// Makes the next call, or takes the next answer in.
    pub async fn step(&mut self) -> Result<Stepped, CollectError> {
        if self.renewal.is_finished() {
            return Err(CollectError::Store(crate::store::StoreError::LeaseLost));
        }
        let pauses = self.pause_until > self.clock.now() && !self.pass.has_ended();
        if pauses && self.flights.is_empty() {
            return Ok(Stepped::Idle(Idle::Retry { until: self.pause_until }));
        }
        let idle = self.take_off().await?;
        let Some(flight) = self.flights.pop_front() else {
            return Ok(idle.map_or(Stepped::Worked, Stepped::Idle));
        };
        let answer = flight.answer.await.unwrap_or_else(|error| {
            Err(SourceError::Transport(format!("the call ended unexpectedly: {error}")))
        });
        self.land(&flight.fetch, flight.sent, answer).await?;
        Ok(Stepped::Worked)
    }

    /// Makes calls until enough fetches are in flight, or something else was done, or nothing may
    /// be done now: then says why.
    async fn take_off(&mut self) -> Result<Option<Idle>, CollectError> {
        while self.flights.len() < IN_FLIGHT {
            let windows: Vec<Span> =
                self.flights.iter().map(|flight| flight.fetch.window).collect();
            let call = match self.pass.next(self.now(), &windows) {
                Next::Call(call) => call,
                Next::Wait(until) => {
                    if self.flights.is_empty() {
                        self.record().await?;
                    }
                    let refused = self.refused.clone().map(|why| Idle::Refused { why, until });
                    let until = self.ours(until);
                    return Ok(Some(refused.unwrap_or(Idle::Done { until })));
                }
            };
            if let Some(idle) = self.permit().await? {
                return Ok(Some(idle));
            }
            self.totals.calls += 1;
            match call {
                Call::Fetch(fetch) if fetch.split == Split::None => self.send(fetch),
                Call::Fetch(fetch) => return self.split(fetch).await,
                call => {
                    self.make(call).await?;
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// Asks the ledger; says why not, if it does not permit a call.
    async fn permit(&self) -> Result<Option<Idle>, CollectError> {
        let (lease, now, pace) =
            (self.lease.clone(), self.clock.now(), self.settings.calls_per_minute);
        let take = move |store: &Store| store.take_call(&lease, pace, now);
        Ok(match in_store(&self.ask.store, take).await? {
            Permit::Go => None,
            Permit::Pace { until } => Some(Idle::Pace { until }),
            Permit::Closed { until, why } => Some(Idle::Gate { until, why }),
        })
    }

    fn send(&mut self, fetch: Fetch) {
        let (ask, measures) = (self.ask.clone(), self.measures());
        let (asked, row_bytes) = (fetch.clone(), self.row_bytes);
        let answer = tokio::spawn(async move { ask.fetched(asked, measures, row_bytes).await });
        let answer = AbortOnDropHandle::new(answer);
        self.flights.push_back(Flight { fetch, sent: self.clock.now(), answer });
    }

    fn measures(&self) -> Arc<Measures> {
        Arc::new(self.pass.progress().measures.clone())
    }

    /// A call that is no fetch.
    async fn make(&mut self, call: Call) -> Result<(), CollectError> {
        let sent = self.clock.now();
        match call {
            Call::Columns => {
                let answer = self.ask.columns().await;
                match self.taken(answer, sent).await? {
                    Ok((columns, _)) => self.pass.on_columns(&columns, self.now()),
                    Err(failure) => self.pass.on_columns_failed(&failure, self.now()),
                }
            }
            Call::Count(count) => {
                let answer = self.ask.counted(&count, &self.pass.present()).await;
                let answer = self.taken(answer, sent).await?;
                self.counted(&count, answer).await?;
                return self.record().await;
            }
            Call::Confirm(count) => {
                let answer = self.ask.rows(count.span).await;
                let answer = self.taken(answer, sent).await?.map(|(rows, _)| rows);
                let verdict = self.pass.on_confirmed(&count, answer, self.now());
                self.accept_late(&count, verdict).await?;
            }
            Call::Fetch(_) => {}
        }
        self.record().await
    }

    async fn counted(
        &mut self,
        count: &Count,
        answer: Result<(Option<super::Counted>, Clocks), Failure>,
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
        let verdict = self.pass.on_counted(count, answer, self.now());
        self.accept_late(count, verdict).await
    }

    /// Takes an answer in that a recount showed to be right.
    async fn accept_late(
        &mut self,
        count: &Count,
        verdict: Option<Verdict>,
    ) -> Result<(), CollectError> {
        let kept = self.kept.iter().position(|(window, _)| *window == count.span);
        if let (Some(Verdict::Accept), Some(place)) = (verdict, kept) {
            let (window, batch) = self.kept.swap_remove(place);
            self.apply(batch, window, Verdict::Accept).await?;
        }
        self.drop_kept();
        Ok(())
    }

    fn drop_kept(&mut self) {
        let waiting: Vec<Span> = self.pass.waiting().collect();
        self.kept.retain(|(window, _)| waiting.contains(window));
    }

    /// A tick that is too big for one answer, in seventeen.
    async fn split(&mut self, fetch: Fetch) -> Result<Option<Idle>, CollectError> {
        let (mut raw, mut date) = (Ok(Raw::default()), None);
        let sent = self.clock.now();
        for (place, part) in ReportIdPart::ALL.into_iter().enumerate() {
            while place > 0
                && let Some(idle) = self.permit().await?
            {
                let Idle::Pace { until } = idle else { return Ok(Some(idle)) };
                tokio::time::sleep(duration_of(until.since(self.clock.now()))).await;
            }
            self.totals.calls += u64::from(place > 0);
            let Ok(so_far) = raw else { break };
            raw = self.ask.part(fetch.window, part, so_far).await;
        }
        let answer = match raw {
            Ok(raw) => self.ask.sum_up(raw, fetch.clone(), self.measures()).await,
            Err(error) => Err(error),
        };
        let answer = answer.map(|value| Answered { value, date: date.take() });
        self.land(&fetch, sent, answer).await?;
        Ok(None)
    }

    /// Takes the answer to a fetch in.
    async fn land(
        &mut self,
        fetch: &Fetch,
        sent: Tick,
        answer: Result<Answered<Fetched>, SourceError>,
    ) -> Result<(), CollectError> {
        let fetched = match self.taken(answer, sent).await? {
            Ok((fetched, _)) => fetched,
            Err(failure) => {
                self.pass.on_fetch_failed(fetch, &failure, self.now());
                return self.record().await;
            }
        };
        if let Some(failure) = self.unusable(fetch, &fetched) {
            self.note(&failure);
            self.pass.on_fetch_failed(fetch, &failure, self.now());
            return self.record().await;
        }
        if let Some(per_row) = fetched.bytes.checked_div(fetched.rows) {
            self.row_bytes = per_row * 5 / 4;
        }
        self.totals.fetched_rows += fetched.rows;
        let verdict = self.pass.on_fetched(fetch, &fetched.tallied, self.now());
        if self.pass.waiting().any(|window| window == fetch.window) {
            self.kept.push((fetch.window, fetched.batch.clone()));
        }
        self.apply(fetched.batch, fetch.window, verdict).await
    }

    /// Why an answer cannot be compared with what was counted, if so.
    fn unusable(&self, fetch: &Fetch, fetched: &Fetched) -> Option<Failure> {
        if fetched.results == Results::Null && fetch.rows() > 0 {
            return Some(Failure::Transport("the source counted rows but sent none".into()));
        }
        let has = |name: &str| fetched.columns.iter().any(|column| column == name);
        (!self.pass.is_complete(has))
            .then(|| Failure::Schema("the answer lacks a column that was counted".into()))
    }

    /// What every answer means for the clock, the gate and the next try.
    async fn taken<T>(
        &mut self,
        answer: Result<Answered<T>, SourceError>,
        sent: Tick,
    ) -> Result<Result<(T, Clocks), Failure>, CollectError> {
        match answer {
            Ok(Answered { value, date }) => {
                self.failures = 0;
                self.refused = None;
                let clocks = date.map_or(Clocks::Agree, |date| self.set_clock(date, sent));
                Ok(Ok((value, clocks)))
            }
            Err(error) => {
                let failure = Failure::from(&error);
                if let SourceError::Throttled { wait, .. } = error {
                    self.close_gate(wait, error.to_string()).await?;
                }
                self.note(&failure);
                Ok(Err(failure))
            }
        }
    }

    async fn close_gate(&self, wait: Duration, why: String) -> Result<(), CollectError> {
        let (lease, now) = (self.lease.clone(), self.clock.now());
        in_store(&self.ask.store, move |store| store.close_gate(&lease, wait, &why, now)).await
    }

    /// Logs a failure once, and pauses before a retry.
    fn note(&mut self, failure: &Failure) {
        match failure {
            Failure::Transport(why) => {
                let pause = self.settings.retry_pause * 2_u32.saturating_pow(self.failures.min(6));
                let jitter = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
                self.failures += 1;
                self.pause_until = self.clock.now().plus(crate::clock::ticks_of(jitter));
                tracing::warn!(tenant = %self.settings.name, "{why}; the call is made again");
            }
            Failure::Refused(why) => {
                self.refused = Some(why.clone());
                tracing::error!(tenant = %self.settings.name, "{why}; tried again in 15 minutes");
            }
            Failure::Cpu | Failure::Rate => {
                tracing::warn!(tenant = %self.settings.name, "the source asks to wait");
            }
            Failure::TooBig | Failure::Slow => {
                tracing::info!(tenant = %self.settings.name, "an answer too big or too slow: asking for less");
            }
            Failure::Schema(why) | Failure::Rejected(why) => {
                tracing::warn!(tenant = %self.settings.name, "{why}");
            }
        }
    }

    /// Follows the source's clock, which speaks in whole seconds and at some time between `sent`
    /// and now.
    fn set_clock(&mut self, date: Tick, sent: Tick) -> Clocks {
        let low = date.since(self.clock.now());
        let high = date.plus(SECOND).since(sent);
        let before = self.pass.progress().skew;
        let skew = before.clamp(low, high.max(low));
        self.pass.progress_mut().skew = skew;
        if (skew - before).abs() > WRONG_CLOCK { Clocks::Differ } else { Clocks::Agree }
    }

    async fn apply(
        &mut self,
        batch: Arc<Prepared>,
        window: Span,
        verdict: Verdict,
    ) -> Result<(), CollectError> {
        let (lease, now, changed) = (self.lease.clone(), self.clock.now(), Changed::of(&self.pass));
        let apply = move |store: &Store| {
            store.apply(&lease, &batch, window, verdict, &changed.as_changes(), now)
        };
        let applied = in_store(&self.ask.store, apply).await?;
        self.pass.stored();
        self.drop_kept();
        self.totals.new_rows += applied.new;
        Ok(())
    }

    async fn record(&mut self) -> Result<(), CollectError> {
        let (lease, now, changed) = (self.lease.clone(), self.clock.now(), Changed::of(&self.pass));
        let record = move |store: &Store| store.record(&lease, &changed.as_changes(), now);
        in_store(&self.ask.store, record).await?;
        self.pass.stored();
        self.drop_kept();
        Ok(())
    }
}

/// Whether the source's clock is what it was taken for.
enum Clocks {
    Agree,
    Differ,
}

/// The state to be stored, on its way to the writer's thread.
struct Changed {
    hours: Vec<(crate::clock::Hour, HourState)>,
    progress: Progress,
}

impl Changed {
    fn of(pass: &Pass) -> Self {
        let hours = pass.changed().into_iter().map(|(hour, state)| (hour, state.clone()));
        Self { hours: hours.collect(), progress: pass.progress().clone() }
    }

    fn as_changes(&self) -> Changes<'_> {
        let hours = self.hours.iter().map(|(hour, state)| (*hour, state)).collect();
        Changes { hours, progress: Some(&self.progress) }
    }
}

/// Keeps the lease while the turn lasts; ends when it is lost.
async fn renew(store: Store, lease: Lease, clock: Clock) {
    loop {
        tokio::time::sleep(LEASE / 3).await;
        let (lease, now) = (lease.clone(), clock.now());
        match in_store(&store, move |store| store.renew(&lease, LEASE, now)).await {
            Err(CollectError::Store(error)) if !error.is_transient() => return,
            _ => {}
        }
    }
}
