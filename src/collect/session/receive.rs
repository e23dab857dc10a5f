//! Answers taken in: what each means for clock, gate and the next try, and for the rows it brings.

use std::time::Duration;

use super::failures::dedup_key;
use super::state::CollectSession;
use crate::clock::{MINUTE, SECOND, Tick};
use crate::collect::CollectError;
use crate::collect::call::{CallFailure, Fetch};
use crate::collect::queries::{Answered, Fetched};
use crate::source::SourceError;
use crate::source::wire::ResultsShape;
use crate::store::Store;

impl CollectSession {
    /// Takes the answer to a fetch in.
    pub(super) async fn receive(
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
            self.log_failure(&failure, "unusable");
            self.pass.on_fetch_failed(fetch, &failure, self.now());
            return self.record().await;
        }
        if let Some(per_row) = fetched.bytes.checked_div(fetched.rows) {
            self.row_bytes = per_row * 5 / 4;
        }
        self.totals.fetched_rows += fetched.rows;
        let acceptance = self.pass.on_fetched(fetch, &fetched.tallied, self.now());
        if self.pass.waiting().any(|window| window == fetch.window) {
            self.kept.push((fetch.window, fetched.batch.clone()));
        }
        // Its room is free again when it is stored.
        let _room = fetched.room;
        self.apply(fetched.batch, fetch.window, acceptance).await
    }

    /// Why an answer cannot be compared with what was counted, if so.
    fn unusable(&self, fetch: &Fetch, fetched: &Fetched) -> Option<CallFailure> {
        if fetched.results == ResultsShape::Null && fetch.rows() > 0 {
            // Not a transport failure: that would be retried for ever, before everything else.
            return Some(CallFailure::Slow);
        }
        let has = |name: &str| fetched.columns.iter().any(|column| column == name);
        (!self.pass.is_complete(has))
            .then(|| CallFailure::Schema("the answer lacks a column that was counted".into()))
    }

    /// What every answer means for the clock, the gate and the next try.
    pub(super) async fn taken<T>(
        &mut self,
        answer: Result<Answered<T>, SourceError>,
        sent: Tick,
    ) -> Result<Result<(T, Clocks), CallFailure>, CollectError> {
        match answer {
            Ok(Answered { value, date }) => {
                self.failures = 0;
                self.refused = None;
                let clocks = date.map_or(Clocks::Agree, |date| self.set_clock(date, sent));
                Ok(Ok((value, clocks)))
            }
            Err(error) => {
                let failure = CallFailure::from(&error);
                if let SourceError::Throttled { wait, .. } = error {
                    self.close_gate(wait, error.to_string()).await?;
                }
                self.log_failure(&failure, &dedup_key(&error));
                Ok(Err(failure))
            }
        }
    }

    async fn close_gate(&self, wait: Duration, why: String) -> Result<(), CollectError> {
        let (lease, now) = (self.lease.clone(), self.clock.now());
        let close = move |store: &Store| store.close_gate(&lease, wait, &why, now);
        Ok(self.queries.store.blocking(close).await?)
    }

    /// Follows the source's clock, which speaks in whole seconds and at some time between `sent`
    /// and now.
    fn set_clock(&mut self, date: Tick, sent: Tick) -> Clocks {
        let low = date.since(self.clock.now());
        let high = date.plus(SECOND).since(sent);
        let before = self.pass.progress().skew;
        let skew = before.clamp(low, high.max(low));
        let progress = self.pass.progress_mut();
        (progress.skew, progress.last_source_time) = (skew, Some(date));
        if (skew - before).abs() > WRONG_CLOCK { Clocks::Differ } else { Clocks::Agree }
    }
}

/// A clock this wrong makes a count of the wrong hours: its answer is not used.
const WRONG_CLOCK: i64 = MINUTE;

#[derive(Clone, Copy, PartialEq, Eq)]
/// Whether the source's clock is what it was taken for.
pub(super) enum Clocks {
    Agree,
    Differ,
}
