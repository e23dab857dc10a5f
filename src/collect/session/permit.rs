//! What a call needs before it is made: an open gate, a token, room for its answer, and a place in
//! the ledger.

use std::time::Duration;

use super::failures::dedup_key;
use super::state::CollectSession;
use crate::clock::{SECOND, ticks_of};
use crate::collect::call::{Call, CallFailure};
use crate::collect::queries::{Readied, expected_bytes};
use crate::collect::{CollectError, Idle};
use crate::source::SourceError;
use crate::stage::heartbeat::{LONGEST_QUEUE, LONGEST_STEP};
use crate::store::{Permit, Store};

impl CollectSession {
    /// Signs in and sets room for the answer aside. Who has a call in flight does not wait for room,
    /// which others may wait for: `None` if there is none at once.
    pub(super) async fn ready(&self, call: &Call) -> Option<Readied> {
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
        let read = move |store: &Store| store.read(|snapshot| snapshot.gate(tenant, now));
        let closed = self.queries.store.blocking(read).await?;
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
}
