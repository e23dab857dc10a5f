//! What a plan goes by: the pass, the time, the calls that are under way.

use super::state::Pass;
use crate::clock::{Hour, Span, Tick};
use crate::sync_state::hour::HourState;

/// When a minute that was fetched lately is left for a while.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rests {
    /// Never: to see what all of it would cost.
    Never,
    /// While there is more to fetch than calls to fetch it with.
    Crowded,
}

/// What is fetched next, as seen from one moment.
pub(super) struct Planner<'a> {
    pub pass: &'a Pass,
    pub now: Tick,
    pub in_flight: &'a [Span],
    pub start: Hour,
    pub rests: Rests,
}

impl Planner<'_> {
    pub(super) fn state(&self, hour: Hour) -> Option<&HourState> {
        self.pass.hours.get(&hour)
    }

    /// Whether anything may be fetched of a due hour now.
    pub(super) fn may_fetch(&self, hour: Hour) -> bool {
        let budget = self.pass.has_budget();
        // A source of whose answers none was good gets no more than these calls in all.
        let sound = self.pass.accepted > 0;
        let free = |state: &HourState| {
            let waits = state.dispute.as_ref().is_some_and(|d| d.next > self.now);
            let unsettled = state.halvings > 0 || state.dispute.is_some();
            !state.awaits_count
                && state.doubted_since.is_none()
                && !waits
                && (budget || !unsettled && sound)
        };
        hour >= self.start
            && self.pass.due.contains(&hour)
            && !self.in_flight.iter().any(|span| span.overlaps(hour.span()))
            && self.state(hour).is_some_and(free)
    }

    pub(super) fn limit(&self, state: &HourState) -> u64 {
        self.pass.fetch_rows().min(state.cap.unwrap_or(u64::MAX)).max(1)
    }
}
