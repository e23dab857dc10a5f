//! What a session holds, from its begin to its end.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

use super::lease::renew;
use crate::clock::{Clock, Span, Tick};
use crate::collect::call::Fetch;
use crate::collect::pass::{Pass, Remaining};
use crate::collect::queries::{Answered, Fetched, Queries, ROW_BYTES};
use crate::collect::{CollectError, CollectSettings, CollectTotals};
use crate::source::SourceError;
use crate::stage::heartbeat::Heartbeat;
use crate::stage::log_once::LogOnce;
use crate::store::{Lease, PreparedClicks};
use crate::sync_state::fingerprint::Measures;

/// A session. Dropping it gives the lease up at its end of life; [`CollectSession::end`] does so at once.
pub(in crate::collect) struct CollectSession {
    pub(super) queries: Queries,
    pub(super) clock: Clock,
    pub(super) settings: CollectSettings,
    pub(super) lease: Lease,
    pub(super) renewal: AbortOnDropHandle<()>,
    pub(super) pass: Pass,
    pub(super) in_flight: VecDeque<InFlightFetch>,
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

/// A fetch that was sent, with its answer to come.
pub(super) struct InFlightFetch {
    pub fetch: Fetch,
    pub sent: Tick,
    pub answer: AbortOnDropHandle<Result<Answered<Fetched>, SourceError>>,
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
    pub(super) fn ours(&self, at: Tick) -> Tick {
        at.plus(-self.pass.progress().skew)
    }

    pub(super) fn measures(&self) -> Arc<Measures> {
        Arc::new(self.pass.progress().measures.clone())
    }
}
