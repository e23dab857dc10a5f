//! Calls that are no fetch: the columns, a count, its confirmation.

use super::receive::Clocks;
use super::state::CollectSession;
use crate::collect::CollectError;
use crate::collect::call::{Call, CallFailure, Count, Counted};
use crate::collect::queries::Readied;
use crate::sync_state::hour::Acceptance;

impl CollectSession {
    /// A call that is no fetch.
    pub(super) async fn make(&mut self, ready: Readied, call: Call) -> Result<(), CollectError> {
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
        answer: Result<(Option<Counted>, Clocks), CallFailure>,
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
