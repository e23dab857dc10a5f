//! What to call next, by what is due: columns, counts, a second look, and then what the plan says.

use super::limits::RETRY_REFUSED;
use super::plan;
use super::state::Pass;
use crate::clock::{Span, Tick};
use crate::collect::call::{Call, Count, CountPurpose, Fetch, NextCall};

impl Pass {
    /// What to do next, besides the fetches that are `in_flight`. All but a fetch waits until
    /// those have ended.
    pub fn next(&mut self, now: Tick, in_flight: &[Span]) -> NextCall {
        self.doubt_far_waits(now);
        if let Some(retry_at) = self.progress.retry_at.filter(|at| *at > now) {
            return NextCall::Wait(retry_at);
        }
        self.begin_if_due(now);
        if let Some(call) = self.next_but_fetch(now) {
            return if in_flight.is_empty() { NextCall::Call(call) } else { NextCall::Wait(now) };
        }
        if self.crowded.is_none() && !self.ended {
            self.crowded = Some(plan::is_crowded(self, now));
        }
        let planned = (!self.ended).then(|| plan::next(self, now, in_flight)).flatten();
        match planned {
            Some(Call::Fetch(fetch)) => NextCall::Call(Call::Fetch(fetch)),
            Some(call) if in_flight.is_empty() => NextCall::Call(call),
            Some(_) => NextCall::Wait(now),
            None if !in_flight.is_empty() => NextCall::Wait(now),
            None if self.progress.fetch_first => {
                self.progress.fetch_first = false;
                self.next(now, in_flight)
            }
            None => {
                self.end(now, None);
                NextCall::Wait(self.progress.next_pass)
            }
        }
    }

    /// A wait longer than any that we choose comes of a clock that was wrong then or is now: not
    /// believed, so that the source is asked for the time.
    fn doubt_far_waits(&mut self, now: Tick) {
        if self.progress.next_pass > now.plus(self.limits.interval) {
            self.progress.next_pass = now;
        }
        if self.progress.retry_at.is_some_and(|at| at > now.plus(RETRY_REFUSED)) {
            self.progress.retry_at = Some(now.plus(RETRY_REFUSED));
        }
    }

    fn next_but_fetch(&self, now: Tick) -> Option<Call> {
        if self.ended {
            return None;
        }
        if let Some(count) = &self.confirm {
            return Some(Call::Confirm(count.clone()));
        }
        if self.progress.schema_due <= now {
            return Some(Call::Columns);
        }
        let count = self.counts.front().filter(|_| !self.progress.fetch_first);
        let recount = || self.pending.front().map(|pending| recount_of(&pending.fetch));
        count.cloned().or_else(recount).map(Call::Count)
    }

    /// Minutes that differ and are left to a later pass, since there is more to fetch than calls to
    /// fetch it with.
    pub fn resting(&self, now: Tick) -> usize {
        plan::resting(self, now)
    }
}

/// The count that looks at a window again.
fn recount_of(fetch: &Fetch) -> Count {
    Count { span: fetch.window, bins: fetch.bins(), purpose: CountPurpose::Recount }
}
