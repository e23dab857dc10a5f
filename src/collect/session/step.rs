//! One step: makes the next call, or takes the next answer in.

use tokio_util::task::AbortOnDropHandle;

use super::state::{CollectSession, InFlightFetch};
use crate::clock::Span;
use crate::collect::call::{Call, Fetch, NextCall, Split};
use crate::collect::queries::Readied;
use crate::collect::{CollectError, CollectStep, Idle};
use crate::source::{ExhaustedQuota, SourceError};
use crate::store::StoreError;

/// Replies in flight: while one is stored the next is on its way.
const MAX_IN_FLIGHT: usize = 2;

impl CollectSession {
    /// Makes the next call, or takes the next answer in.
    pub async fn step(&mut self) -> Result<CollectStep, CollectError> {
        if self.renewal.is_finished() {
            return Err(CollectError::Store(StoreError::LeaseLost));
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

    fn send(&mut self, ready: Readied, fetch: Fetch) {
        let (queries, measures, asked) = (self.queries.clone(), self.measures(), fetch.clone());
        let answer = tokio::spawn(async move { queries.fetched(ready, asked, measures).await });
        let answer = AbortOnDropHandle::new(answer);
        self.in_flight.push_back(InFlightFetch { fetch, sent: self.clock.now(), answer });
    }
}
