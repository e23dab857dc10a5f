//! The horizons: which are due to be counted, and when next.

use super::limits::{MEDIUM_HORIZON, SHORT_HORIZON};
use super::state::{Horizon, Pass};
use crate::clock::{DAY, HOUR, Hour, Span, Tick};
use crate::collect::call::{Bins, Count, CountPurpose};
use crate::sync_state::hour::{Dispute, DisputeReason, HourPart};
use crate::sync_state::progress::{CountSchedule, Progress};

impl Pass {
    /// Plans the counts with which a pass begins.
    pub(super) fn plan_counts(&mut self, now: Tick) {
        let Progress { short, medium, long, .. } = self.progress;
        let horizons = [(Horizon::Long, long), (Horizon::Medium, medium), (Horizon::Short, short)];
        self.counted_horizon =
            horizons.into_iter().find(|(_, schedule)| schedule.due <= now).map(|(h, _)| h);
        let start = self.horizon_start(now);
        let end = now.plus(HOUR).hour().end();
        self.count_hours = self.span_to_try(self.counted_horizon);
        if let Some(horizon) = self.counted_horizon {
            let from = match horizon {
                Horizon::Short => now.plus(-SHORT_HORIZON).hour().max(start),
                Horizon::Medium => now.plus(-MEDIUM_HORIZON).hour().max(start),
                Horizon::Long => start,
            };
            for span in self.without_slow_hours(Span::new(from.start(), end), now) {
                let purpose = CountPurpose::Horizon;
                self.counts.push_back(Count { span, bins: Bins::Hour, purpose });
            }
            if horizon == Horizon::Long {
                self.compact(start);
            }
        }
        let from = Hour(now.hour().0 - 1).max(start);
        let purpose = CountPurpose::Live;
        self.counts.push_back(Count {
            span: Span::new(from.start(), end),
            bins: Bins::Minute,
            purpose,
        });
        self.cut_counts();
    }

    /// The most hours to count at once. With the longest horizon, which comes once a day, twice as much
    /// is tried as the source bore last.
    fn span_to_try(&self, horizon: Option<Horizon>) -> i64 {
        match (self.progress.count_hours, horizon) {
            (0, _) => i64::MAX,
            (hours, Some(Horizon::Long)) => hours.saturating_mul(2),
            (hours, _) => hours,
        }
    }

    /// Cuts the counts into what is asked at once, the newest first.
    pub(super) fn cut_counts(&mut self) {
        let most = self.count_hours;
        let counts = std::mem::take(&mut self.counts);
        for count in counts {
            let mut span = count.span;
            while span.ticks() / HOUR > most {
                let from = span.until.plus(-most * HOUR);
                self.counts.push_back(Count { span: Span::new(from, span.until), ..count });
                span.until = from;
            }
            self.counts.push_back(Count { span, ..count });
        }
    }

    /// Remembers how long a span the source counts, once it has counted one after it would not count
    /// a longer one, or a longer one than before.
    pub(super) fn remember_span(&mut self, count: &Count) {
        let (hours, known) = (count.span.ticks() / HOUR, self.progress.count_hours);
        let most = self.count_hours;
        if count.purpose != CountPurpose::Horizon
            || most == i64::MAX
            || hours <= known && most >= known
        {
            return;
        }
        let all = self.limits.lookback / HOUR;
        self.progress.count_hours = if most >= all { 0 } else { most };
    }

    /// The parts of `span` around hours whose count never came and is not due again.
    fn without_slow_hours(&self, span: Span, now: Tick) -> Vec<Span> {
        let mut parts = Vec::new();
        let mut from = span.from;
        for (hour, state) in self.hours.range(span.from.hour()..span.until.hour()) {
            let waits = |d: &Dispute| d.reason == DisputeReason::Uncounted && d.next > now;
            if state.dispute.as_ref().is_some_and(waits) {
                parts.push(Span::new(from, hour.start()));
                from = hour.end();
            }
        }
        parts.push(Span::new(from, span.until));
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// Hours that the source forgets keep what they held as one sum.
    fn compact(&mut self, start: Hour) {
        let left: Vec<Hour> =
            self.hours.range(..start).filter(|(_, s)| s.held.len() > 1).map(|(h, _)| *h).collect();
        for hour in left {
            let state = self.hour(hour);
            if let (Some(total), Some(first)) = (state.held_total(), state.held.first()) {
                state.held =
                    vec![HourPart { span: hour.span(), fingerprint: Some(total), at: first.at }];
            }
        }
    }

    /// Moves the schedules on when the last count of a horizon, or of the pass, is in.
    pub(super) fn counts_done(&mut self, now: Tick) {
        let began = self.progress.pass_began.unwrap_or(now);
        let horizon_left = self.counts.iter().any(|c| c.purpose == CountPurpose::Horizon);
        if let Some(horizon) = self.counted_horizon.filter(|_| !horizon_left) {
            let backs_off = self.progress.cpu_backoff_until > now;
            let every =
                if backs_off { HOUR.max(self.limits.interval) } else { self.limits.interval };
            let next = |period| CountSchedule { due: began.plus(period), deferred: false };
            self.progress.short = next(every);
            if horizon >= Horizon::Medium {
                self.progress.medium = next(HOUR);
            }
            if horizon == Horizon::Long {
                self.progress.long = next(DAY);
            }
            self.counted_horizon = None;
        }
        if self.counts.is_empty() {
            // However long the counts took, there is time to fetch before the next.
            let soonest = now.plus(self.limits.interval / 2);
            self.progress.next_pass = began.min(now).plus(self.limits.interval).max(soonest);
        }
    }
}
