//! What a session writes: one transaction an answer.

use std::sync::Arc;

use super::state::CollectSession;
use crate::clock::Span;
use crate::collect::CollectError;
use crate::collect::pass::Pass;
use crate::store::{Changes, FetchedAnswer, PreparedClicks, Store};
use crate::sync_state::hour::{Acceptance, HourState};
use crate::sync_state::progress::Progress;

impl CollectSession {
    pub(super) fn drop_kept(&mut self) {
        let waiting: Vec<Span> = self.pass.waiting().collect();
        self.kept.retain(|(window, _)| waiting.contains(window));
    }

    pub(super) async fn apply(
        &mut self,
        batch: Arc<PreparedClicks>,
        window: Span,
        acceptance: Acceptance,
    ) -> Result<(), CollectError> {
        let (lease, now, changed) =
            (self.lease.clone(), self.clock.now(), ChangedState::of(&self.pass));
        let apply = move |store: &Store| {
            store.apply(
                &lease,
                &FetchedAnswer { batch: &batch, window, acceptance },
                &changed.as_changes(),
                now,
            )
        };
        let applied = self.queries.store.blocking(apply).await?;
        self.pass.stored();
        self.drop_kept();
        self.totals.new_rows += applied.new;
        Ok(())
    }

    pub(super) async fn record(&mut self) -> Result<(), CollectError> {
        let (lease, changed) = (self.lease.clone(), ChangedState::of(&self.pass));
        let record = move |store: &Store| store.record(&lease, &changed.as_changes());
        self.queries.store.blocking(record).await?;
        self.pass.stored();
        self.drop_kept();
        Ok(())
    }
}

/// The state to be stored, on its way to the writer's thread.
struct ChangedState {
    hours: Vec<(crate::clock::Hour, HourState)>,
    progress: Progress,
}

impl ChangedState {
    fn of(pass: &Pass) -> Self {
        let hours = pass.changed().into_iter().map(|(hour, state)| (hour, state.clone()));
        Self { hours: hours.collect(), progress: pass.progress().clone() }
    }

    fn as_changes(&self) -> Changes<'_> {
        let hours = self.hours.iter().map(|(hour, state)| (*hour, state)).collect();
        Changes { hours, progress: Some(&self.progress) }
    }
}
