//! A gate: closed while somebody who was called asks to be left alone. One rule for every host. Pure.

use std::time::Duration;

use crate::clock::backoff::Backoff;
use crate::clock::{DAY, SECOND, Tick, ticks_of};

/// The wait of one who names none: at least half of a bound that doubles, so from 5 s to 15 min.
const UNNAMED_WAIT: Backoff =
    Backoff { base: Duration::from_secs(10), cap: Duration::from_mins(15) };
/// After a wait one caller tries first; the others wait so long to hear how that ended.
const TRIAL_WAIT: i64 = 5 * SECOND;

/// A gate that was closed, and may be open again. Kept as start and length, so that a clock that
/// jumps back cannot make the wait longer than its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Since when.
    pub start: Tick,
    /// For how many ticks.
    pub length: i64,
    /// Refusals in a row.
    pub refusals: u32,
    /// Why, in words.
    pub why: String,
}

/// Why a gate is closed now, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When it opens.
    pub until: Tick,
    /// Why it is closed.
    pub why: String,
}

impl Gate {
    /// The gate after another refusal: closed for the time that was `named`, at most a day. Without
    /// one the wait doubles from refusal to refusal, a part of it by chance: `random`, from 0 to 1.
    /// A gate that opens later than that stays.
    pub fn refused(
        before: Option<Self>,
        named: Option<Duration>,
        why: &str,
        now: Tick,
        random: f64,
    ) -> Self {
        let refusals = before.as_ref().map_or(0, |gate| gate.refusals).saturating_add(1);
        let length =
            ticks_of(named.unwrap_or_else(|| UNNAMED_WAIT.at_least_half(refusals, random)));
        let length = length.min(DAY);
        match before {
            Some(gate) if gate.is_closed(now).is_some_and(|c| c.until >= now.plus(length)) => {
                Self { refusals, ..gate }
            }
            _ => Self { start: now, length, refusals, why: why.to_owned() },
        }
    }

    /// Whether it is closed.
    pub fn is_closed(&self, now: Tick) -> Option<Closed> {
        let until = self.start.min(now).plus(self.length);
        (until > now).then(|| Closed { until, why: self.why.clone() })
    }

    /// The gate while one caller tries whether the refusals are over.
    #[must_use]
    pub fn on_trial(&self, now: Tick) -> Self {
        Self { start: now, length: TRIAL_WAIT, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MINUTE;

    const NOW: Tick = Tick(1_784_498_400 * SECOND);

    fn lengths(named: Option<Duration>, random: f64) -> Vec<i64> {
        let mut gate = None;
        let mut now = NOW;
        (0..12)
            .map(|_| {
                let next = Gate::refused(gate.take(), named, "busy", now, random);
                let until = next.is_closed(now).unwrap().until;
                let wait = until.since(now);
                now = until;
                assert_eq!(next.is_closed(now), None);
                gate = Some(next);
                wait / SECOND
            })
            .collect()
    }

    #[test]
    fn a_wait_that_is_named_holds_and_any_other_doubles_from_five_seconds_to_a_quarter_hour() {
        assert_eq!(lengths(Some(Duration::from_mins(1)), 0.7), [60; 12]);
        assert_eq!(lengths(Some(Duration::from_hours(99)), 0.7), [86_400; 12]);
        assert_eq!(lengths(None, 0.0), [5, 10, 20, 40, 80, 160, 320, 450, 450, 450, 450, 450]);
        assert_eq!(lengths(None, 1.0)[..4], [10, 20, 40, 80]);
        assert_eq!(lengths(None, 1.0)[7..], [900; 5]);
    }

    #[test]
    fn a_shorter_refusal_opens_no_gate_and_a_clock_set_back_keeps_none_closed_for_longer() {
        let long = Gate::refused(None, Some(Duration::from_mins(9)), "long", NOW, 0.5);
        let both = Gate::refused(Some(long.clone()), None, "short", NOW.plus(MINUTE), 0.5);
        assert_eq!(both, Gate { refusals: 2, ..long.clone() });
        let back = NOW.plus(-DAY);
        assert_eq!(long.is_closed(back).unwrap().until, back.plus(9 * MINUTE));
        let trial = long.on_trial(NOW.plus(9 * MINUTE));
        assert!(trial.is_closed(NOW.plus(9 * MINUTE)).is_some());
        assert_eq!(trial.is_closed(NOW.plus(9 * MINUTE + TRIAL_WAIT)), None);
    }
}
