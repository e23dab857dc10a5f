//! A tick with more rows than one answer may hold, fetched in seventeen parts.

use super::state::CollectSession;
use crate::clock::duration_of;
use crate::collect::call::Fetch;
use crate::collect::queries::{Answered, PART_BYTES, Raw, Readied};
use crate::collect::{CollectError, Idle};
use crate::kql::query::ReportIdPart;
use crate::source::{ExhaustedQuota, SourceError};
use crate::stage::heartbeat::{LONGEST_QUEUE, LONGEST_STEP};

impl CollectSession {
    /// A tick that is too big for one answer, in seventeen.
    pub(super) async fn split(
        &mut self,
        ready: Readied,
        fetch: Fetch,
    ) -> Result<Option<Idle>, CollectError> {
        let mut raw = Ok(Raw::default());
        let (sent, mut first) = (self.clock.now(), Some(ready));
        for part in ReportIdPart::ALL {
            // Before the permit: a call that will not be made takes no place in the ledger.
            let Ok(so_far) = raw else { break };
            let ready = match first.take() {
                Some(ready) => ready,
                None => match self.ready_for_part().await? {
                    Ok(ready) => ready,
                    Err(idle) => return Ok(Some(idle)),
                },
            };
            // Seventeen calls make a long step.
            self.heartbeat.beat(LONGEST_STEP);
            raw = self.queries.part(ready, fetch.window, part, so_far).await;
        }
        let answer = match raw {
            Ok(raw) => self.queries.sum_up(raw, fetch.clone(), self.measures()).await,
            Err(error) => Err(error),
        };
        let answer = answer.map(|value| Answered { value, date: None });
        self.receive(&fetch, sent, answer).await?;
        Ok(None)
    }

    /// Makes ready for one more part, waiting for our own pace; any other wait is given back.
    async fn ready_for_part(&mut self) -> Result<Result<Readied, Idle>, CollectError> {
        loop {
            if let Some(idle) = self.gate().await? {
                return Ok(Err(idle));
            }
            self.heartbeat.beat(LONGEST_QUEUE);
            let ready = self.queries.hunting.ready(PART_BYTES).await;
            if let Err(error @ SourceError::Throttled { quota: ExhaustedQuota::SignIns, wait }) =
                &ready
            {
                return Ok(Err(self.sign_in_waits(error, *wait)));
            }
            match if ready.is_ok() { self.permit().await? } else { None } {
                None => {
                    self.totals.calls += u64::from(ready.is_ok());
                    return Ok(Ok(ready));
                }
                Some(Idle::Pace { until }) => {
                    // Others may need the room meanwhile.
                    drop(ready);
                    tokio::time::sleep(duration_of(until.since(self.clock.now()))).await;
                }
                Some(idle) => return Ok(Err(idle)),
            }
        }
    }
}
