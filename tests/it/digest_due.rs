//! When a digest is due, as a pure decision, held against what it promises on random histories:
//! restarts, clocks that are set, passes that fail, schedules that change.

use clickwarden::clock::{DAY, HOUR, MINUTE, Span, Tick};
use clickwarden::config::Report;
use clickwarden::digest::{DigestDecision, ReportStatus, decide};
use clickwarden::store::ReportCursor;
use proptest::prelude::*;

use crate::config::{GUID, load};

const SCHEDULES: [&str; 6] =
    ["0 8 * * *", "0 8 * * 1-5", "30 2 * * *", "0 * * * *", "*/7 * * * *", "0 9 1 * *"];

pub fn report(schedule: &str) -> Report {
    let text = format!(
        "[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\nclient_id = {GUID:?}\n\
         client_secret_file = \"/etc/secret\"\n[[sink]]\nname = \"soc\"\ntype = \"file\"\n\
         path = \"/tmp/x\"\n[[report]]\nname = \"daily\"\nschedule = {schedule:?}\n\
         timezone = \"Europe/Berlin\"\nsinks = [\"soc\"]\n"
    );
    load(&text).unwrap().reports.remove(0)
}

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    /// Time goes by, with passes that end or not.
    Pass { minutes: i64, end: bool },
    /// The program is off.
    Off { hours: i64 },
    /// Somebody sets the clock.
    Set { minutes: i64 },
    /// Somebody writes another schedule.
    Schedule { number: usize },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1i64..90, any::<bool>()).prop_map(|(minutes, end)| Event::Pass { minutes, end }),
        3 => (300i64..3_000).prop_map(|minutes| Event::Pass { minutes, end: true }),
        1 => (1i64..1_000).prop_map(|hours| Event::Off { hours }),
        1 => (-50i64..50).prop_map(|minutes| Event::Set { minutes }),
        1 => (0..SCHEDULES.len()).prop_map(|number| Event::Schedule { number }),
    ]
}

/// A digest that was made: when it was due, what it covers, and the time then.
type Made = (Tick, Span, Tick);

struct World {
    now: Tick,
    running_since: Tick,
    followed: Option<ReportCursor>,
    /// When it was followed first, by the clock of then.
    begun: Option<Tick>,
    pass: Option<Tick>,
    made: Vec<Made>,
}

impl World {
    /// Asks until there is nothing to do; time goes on by what it was told to wait, five minutes at most.
    fn live(&mut self, report: &Report, minutes: i64, end: bool) {
        let until = self.now.plus(minutes * MINUTE);
        let mut steps = 0;
        while self.now < until {
            if end {
                self.pass = Some(self.now.floor(5 * MINUTE));
            }
            let passes = [("contoso".to_owned(), self.pass)];
            let known = ReportStatus {
                now: self.now,
                running_since: self.running_since,
                cursor: self.followed.as_ref(),
                passes: &passes,
            };
            match decide(report, &known) {
                DigestDecision::Follow(followed) => {
                    // Another schedule is followed from then on, also where the clock was set back.
                    self.begun = Some(self.begun.map_or(self.now, |begun| begun.min(self.now)));
                    self.followed = Some(followed);
                }
                DigestDecision::Wait { until: next } => {
                    assert!(next > self.now, "it would step for ever");
                    self.now = next.min(self.now.plus(5 * MINUTE)).min(until);
                }
                DigestDecision::Make(window) => {
                    self.made.push((window.scheduled, window.span, self.now));
                    // As the store does.
                    let followed = self.followed.as_mut().unwrap();
                    followed.reported_until = followed.reported_until.max(window.scheduled);
                }
            }
            steps += 1;
            assert!(steps < 50_000, "it never comes to rest");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_told_twice_and_nothing_is_left_out(
        start in 0i64..(365 * 24),
        first in 0..SCHEDULES.len(),
        events in proptest::collection::vec(event(), 1..20),
    ) {
        let mut report = report(SCHEDULES[first]);
        let start = Tick::parse("2026-01-01T00:00:00Z").unwrap().plus(start * HOUR);
        let mut world =
            World { now: start, running_since: start, followed: None, begun: None, pass: None, made: Vec::new() };
        for event in events {
            match event {
                Event::Pass { minutes, end } => world.live(&report, minutes, end),
                Event::Off { hours } => {
                    world.now = world.now.plus(hours * HOUR);
                    world.running_since = world.now;
                }
                Event::Set { minutes } => {
                    world.now = world.now.plus(minutes * MINUTE);
                    world.running_since = world.now;
                }
                Event::Schedule { number } => report = self::report(SCHEDULES[number]),
            }
        }
        for (scheduled, span, now) in &world.made {
            prop_assert_eq!(*scheduled, span.until);
            prop_assert!(Some(*scheduled) > world.begun, "the past is told");
            prop_assert!(*now >= scheduled.plus(10 * MINUTE), "before its clicks can be there");
            prop_assert!(span.ticks() <= 31 * DAY);
        }
        for pair in world.made.windows(2) {
            let ((before, ..), (after, span, _)) = (&pair[0], &pair[1]);
            prop_assert!(after > before, "told twice, or out of order");
            // Each begins where the last one ended, or as far back as it may.
            prop_assert_eq!(span.from, (*before).max(after.plus(-31 * DAY)));
        }
    }
}

#[test]
fn in_quiet_times_every_due_time_is_told() {
    for schedule in &SCHEDULES[..4] {
        let report = report(schedule);
        let start = Tick::parse("2026-03-20T00:30:00Z").unwrap();
        let mut world = World {
            now: start,
            running_since: start,
            followed: None,
            begun: None,
            pass: None,
            made: Vec::new(),
        };
        world.live(&report, 14 * 24 * 60, true);
        let next = |at: &Tick| report.schedule.next_after(*at);
        let due: Vec<Tick> = std::iter::successors(next(&start), next)
            .take_while(|at| *at < world.now.plus(-11 * MINUTE))
            .collect();
        let told: Vec<Tick> = world.made.iter().map(|(scheduled, ..)| *scheduled).collect();
        assert_eq!(told, due, "{schedule}");
    }
}

/// A pass of before the clock was set back does not show that what is due by the new clock is known.
#[test]
fn a_pass_that_begins_later_than_now_is_none() {
    let report = report("*/7 * * * *");
    let now = Tick::parse("2026-01-01T10:22:00Z").unwrap();
    let told = now.plus(-10 * MINUTE);
    let schedule = report.schedule.to_string();
    let cursor = ReportCursor { schedule, since: told, reported_until: told };
    let passes = [("contoso".to_owned(), Some(now.plus(15 * MINUTE)))];
    let status = ReportStatus { now, running_since: told, cursor: Some(&cursor), passes: &passes };
    let decision = decide(&report, &status);
    assert!(matches!(decision, DigestDecision::Wait { .. }), "{decision:?}");
}
