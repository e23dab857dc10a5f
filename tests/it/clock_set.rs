//! Somebody sets our clock by a day, either way, while we collect or while we do not run.

use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick, duration_of};
use clickwarden::collect::{CollectStep, Collector, Idle};
use clickwarden::demo::{Fault, QuotaKind, RetryHint, Rhythm, TenantSettings, invent_clicks};
use clickwarden::kql;

use crate::stand::Stand;

/// A tenant and a collector, each with a clock of its own.
pub struct Two {
    pub stand: Stand,
    pub theirs: Clock,
    pub ours: Clock,
    collector: Collector,
}

impl Two {
    pub async fn new() -> Self {
        let now = Clock::System.now();
        let mut table = kql::click_table(30 * DAY);
        let span = Span::new(now.plus(-29 * DAY), now.plus(-2 * HOUR));
        invent_clicks(&mut table, 31, span, 300, Rhythm::Even);
        let (theirs, ours) = (Clock::manual(now), Clock::manual(now));
        let stand = Stand::with(TenantSettings::new(theirs.clone()), table, "").await;
        let collector = stand.collector(&ours).await;
        Self { stand, theirs, ours, collector }
    }

    pub fn advance(&self, ticks: i64) {
        self.ours.advance(duration_of(ticks));
        self.theirs.advance(duration_of(ticks));
    }

    /// Steps until there is nothing to do.
    pub async fn rests(&mut self) -> Idle {
        loop {
            if let CollectStep::Idle(idle) = self.collector.step().await.unwrap() {
                return idle;
            }
        }
    }

    /// How long it rests, by our clock.
    async fn rest(&mut self) -> i64 {
        self.rests().await.until().since(self.ours.now())
    }

    /// Clicks that were not there before, and that only a pass of now finds.
    fn more(&self) {
        let now = self.theirs.now();
        let span = Span::new(now.plus(-40 * HOUR), now.plus(-3 * HOUR));
        self.stand.tenant.write(|table| invent_clicks(table, 32, span, 50, Rhythm::Even));
    }

    fn assert_same(&self) {
        let now = self.theirs.now();
        let kept = Span::new(now.plus(HOUR - 30 * DAY).hour().end(), now.plus(-2 * HOUR));
        assert_eq!(self.stand.copy(kept), self.truth(kept));
    }

    fn truth(&self, span: Span) -> Vec<crate::stand::Bare> {
        self.stand.truth_at(span, self.theirs.now())
    }
}

fn is_an_interval(rest: i64) -> bool {
    (4 * MINUTE..=5 * MINUTE + SECOND).contains(&rest)
}

#[tokio::test(flavor = "multi_thread")]
async fn between_two_passes_nothing_is_missed() {
    for by in [-DAY, DAY] {
        let mut two = Two::new().await;
        let rest = two.rest().await;
        assert!(is_an_interval(rest), "{rest}");
        two.ours.set_by(by);
        let rest = two.rest().await;
        assert!(is_an_interval(rest), "set by {by}: rests {rest} ticks");
        two.more();
        let asked = two.stand.tenant.queries() as usize;
        two.advance(rest);
        let rest = two.rest().await;
        assert!(is_an_interval(rest), "set by {by}: rests {rest} ticks");
        two.assert_same();
        // One count of each kind: none was of the wrong hours, and no token was asked for.
        let asked = two.stand.tenant.received().split_off(asked);
        let counts = asked.iter().filter(|asked| asked.query.contains("summarize")).count();
        assert_eq!(counts, 2, "{asked:#?}");
        assert_eq!(two.stand.tenant.sign_ins(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_gate_opens_when_it_would_have() {
    for by in [-DAY, DAY] {
        let mut two = Two::new().await;
        let gate = Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(3_000));
        two.stand.tenant.expect_faults([None, Some(gate)]);
        let idle = two.rests().await;
        assert!(matches!(idle, Idle::Gate { .. }), "{idle:?}");
        two.ours.set_by(by);
        for _ in 0..2 {
            let idle = two.rests().await;
            let Idle::Gate { until, .. } = idle else { panic!("set by {by}: {idle:?}") };
            let rest = until.since(two.ours.now());
            assert!((2_990 * SECOND..=3_000 * SECOND).contains(&rest), "set by {by}: {rest}");
        }
        assert_eq!(two.stand.tenant.queries(), 2);
        two.advance(3_001 * SECOND);
        two.rests().await;
        two.assert_same();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_runs_nothing_is_missed() {
    for by in [-DAY, DAY] {
        let mut two = Two::new().await;
        two.rests().await;
        two.more();
        two.advance(5 * MINUTE);
        // A process that begins with a wrong clock knows only what is stored.
        two.ours = Clock::manual(two.ours.now().plus(by));
        two.collector = two.stand.collector(&two.ours).await;
        let mut rests = Vec::new();
        for _ in 0..2 {
            let rest = two.rest().await;
            rests.push(rest);
            two.advance(rest);
        }
        assert!(rests.iter().all(|rest| *rest <= 5 * MINUTE + SECOND), "{by}: {rests:?}");
        two.rests().await;
        two.assert_same();
    }
}

#[test]
fn only_a_clock_that_was_set_jumps() {
    let clock = Clock::manual(Tick(0));
    let mut jumps = clickwarden::clock::Jumps::of(&clock);
    clock.advance(Duration::from_hours(9));
    assert_eq!(jumps.last(), None);
    clock.set_by(-DAY);
    clock.advance(Duration::from_mins(1));
    assert_eq!((jumps.last(), jumps.last()), (Some(-DAY), None));
    let system = Clock::System;
    let (before, after) = (system.moment(), system.moment());
    assert!(after.since(before) >= 0);
}
