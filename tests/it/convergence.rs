//! Convergence as a property: whatever the source does in between, once it behaves the copy equals
//! it, and nothing was ever called settled that was not.

#[path = "../sim/mod.rs"]
pub mod sim;

use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::{Call, CallFailure, CollectLimits};
use proptest::prelude::*;
use sim::run::Run;
use sim::source::{Columns, Fault, Row, Source};

const LIMITS: CollectLimits = CollectLimits {
    interval: 30 * MINUTE,
    lookback: 4 * DAY,
    fetch_rows: 40,
    calls_per_minute: 10,
};
const FOREVER: Tick = Tick(i64::MAX);

fn noon() -> Tick {
    Tick::parse("2026-03-10T12:00:00Z").unwrap()
}

/// A row as an adversary would have it: late, changed, gone, replaced, doubled.
#[derive(Clone, Debug)]
struct Story {
    minutes_ago: i64,
    ticks: i64,
    kind: u8,
    late_minutes: i64,
    turn_hours: i64,
    equal: bool,
}

fn story() -> impl Strategy<Value = Story> {
    (
        0..4 * 24 * 60i64,
        0..MINUTE,
        0..8u8,
        prop_oneof![Just(0), 0..20i64, 0..3000i64],
        0..60i64,
        any::<bool>(),
    )
        .prop_map(|(minutes_ago, ticks, kind, late_minutes, turn_hours, equal)| Story {
            minutes_ago,
            ticks,
            kind,
            late_minutes,
            turn_hours,
            equal,
        })
}

/// Rows begin up to two days before the run and go on for two days into it.
fn rows(start: Tick, stories: &[Story]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (i, story) in stories.iter().enumerate() {
        // Few distinct ticks, so that equal rows and full ticks occur.
        let ticks =
            if story.equal { story.ticks / (20 * SECOND) * 20 * SECOND } else { story.ticks };
        let at = start.plus(2 * DAY - story.minutes_ago * MINUTE).floor(MINUTE).plus(ticks);
        let from = at.plus(story.late_minutes * MINUTE);
        let turn = from.plus(story.turn_hours * HOUR);
        // Lengths that add up to the same when rows come and go are what no count can see: each
        // row has lengths of its own, but for rows that are meant to be equal.
        let (one, two) = match (at.0 / (20 * SECOND)) as usize {
            slot if story.equal => (slot * 37 % 199, slot * 101 % 211),
            _ => (i * 53 % 197, i * 71 % 223),
        };
        let report = format!("{}-{}", if story.equal { 0 } else { i }, "r".repeat(one));
        let row = Row {
            at,
            url: format!("https://a.example/{}/ü", "u".repeat(two)),
            action: [
                "ClickAllowed",
                "ClickBlocked",
                "UrlScanInProgress",
                "ClickBlockedByTenantPolicy",
            ][i % 4],
            user: format!("user{}@contoso.example", i % 5),
            threat: String::new(),
            clicked_through: [Some(false), Some(true), None][i % 3],
            report,
            from,
            until: FOREVER,
        };
        match story.kind {
            // The verdict changes after the fact.
            0 => {
                rows.push(Row { until: turn, ..row.clone() });
                rows.push(Row { from: turn, threat: "Phish".into(), ..row });
            }
            // Withdrawn.
            1 => rows.push(Row { until: turn, ..row }),
            // Replaced by another row of the same click.
            2 => {
                rows.push(Row { until: turn, ..row.clone() });
                rows.push(Row { from: turn, action: "UrlErrorPage", ..row });
            }
            // An astral character, whose length is in doubt.
            3 => rows.push(Row { url: format!("https://x.example/\u{1F600}{i}"), ..row }),
            _ => rows.push(row),
        }
    }
    rows
}

fn fault() -> impl Strategy<Value = Option<Fault>> {
    let fails = |failure| Just(Some(Fault::Fails(failure)));
    prop_oneof![
        10 => Just(None),
        2 => fails(CallFailure::Transport("reset".into())),
        1 => fails(CallFailure::TooBig),
        1 => fails(CallFailure::Slow),
        1 => fails(CallFailure::Cpu),
        1 => fails(CallFailure::Rate),
        1 => fails(CallFailure::Schema("no such column".into())),
        1 => fails(CallFailure::Refused("no consent".into())),
        1 => fails(CallFailure::Rejected("bad".into())),
        1 => Just(Some(Fault::Null)),
        2 => (1..5usize).prop_map(|nth| Some(Fault::Drops(nth))),
        1 => Just(Some(Fault::Doubles)),
        1 => Just(Some(Fault::Empty)),
    ]
}

#[derive(Clone, Debug)]
struct History {
    stories: Vec<Story>,
    faults: Vec<Option<Fault>>,
    kills: Vec<i64>,
    cap: usize,
    columns_change: bool,
    per_minute: usize,
}

fn history() -> impl Strategy<Value = History> {
    (
        prop::collection::vec(story(), 0..160),
        prop::collection::vec(fault(), 0..120),
        prop::collection::vec(0..3000i64, 0..6),
        prop_oneof![Just(100_000usize), 1..30usize],
        any::<bool>(),
        1..20usize,
    )
        .prop_map(|(stories, faults, kills, cap, columns_change, per_minute)| History {
            stories,
            faults,
            kills,
            cap,
            columns_change,
            per_minute,
        })
}

fn live_through(history: &History) {
    let start = noon();
    let mut source = Source::new(rows(start, &history.stories));
    source.cap = history.cap;
    let mut run = Run::new(source, LIMITS, start);
    run.per_minute = history.per_minute;
    let mut kills: Vec<Tick> = history.kills.iter().map(|m| start.plus(m * MINUTE)).collect();
    kills.sort();
    let mut faults = history.faults.iter().cloned();
    let mut trouble = |_: &Call, _: Tick| faults.next().flatten();
    for kill in kills {
        run.until(kill, &mut trouble);
        run.check_settled();
        run.kill();
        if history.columns_change {
            let Columns { threat, app } = run.source.columns;
            run.source.columns = Columns { threat: !threat, app: !app || threat };
            run.columns_since = run.now;
        }
    }
    let calm = start.plus(2 * DAY + 3000 * MINUTE);
    run.until(calm, &mut trouble);
    run.source.columns = Columns { threat: true, app: true };
    run.columns_since = run.now;
    run.check_settled();
    // Every row has come and changed by then; disputes, doubts and horizons are due within a day.
    run.until(calm.plus(60 * HOUR), &mut |_, _| None);
    run.check_settled();
    let from = run.now.plus(2 * HOUR - LIMITS.lookback).hour().start();
    let span = Span::new(from, run.now);
    assert_eq!(run.copy.within(span), run.truth(span, run.now).within(span));
    assert!(run.all_settled(), "not all settled");
    assert!(run.calls < 40_000, "{} calls", run.calls);
}

/// `PROPTEST_CASES` asks for more (or fewer) histories.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_copy_converges(history in history()) {
        live_through(&history);
    }
}

/// A tenant of 400 rows, all of them there from the start.
fn steady() -> Source {
    let stories: Vec<Story> = (0..400)
        .map(|i| Story {
            minutes_ago: 2 * 24 * 60 + i * 7,
            ticks: i * 1_000,
            kind: 7,
            late_minutes: 0,
            turn_hours: 0,
            equal: false,
        })
        .collect();
    Source::new(rows(noon(), &stories))
}

#[test]
fn a_momentary_empty_answer_withdraws_nothing() {
    let mut run = Run::new(steady(), LIMITS, noon());
    run.until(noon().plus(3 * HOUR), &mut |_, _| None);
    assert!(run.all_settled());
    let before = run.copy.clone();
    let end = noon().plus(5 * HOUR);
    while run.now < end {
        run.until(run.now.plus(10 * MINUTE), &mut |call, _| match call {
            Call::Columns => None,
            _ => Some(Fault::Empty),
        });
        assert_eq!(run.copy, before);
    }
    assert!(!run.all_settled(), "a copy that the source contradicts is not called settled");
    run.until(end.plus(2 * HOUR), &mut |_, _| None);
    assert!(run.all_settled());
    assert_eq!(run.copy, before);
}

#[test]
fn rows_outside_the_window_of_every_answer_cost_a_bounded_number_of_calls() {
    let mut run = Run::new(steady(), LIMITS, noon());
    let mut stray = |call: &Call, _| matches!(call, Call::Fetch(_)).then_some(Fault::Stray);
    let mut before = 0;
    for pass in 1..48 {
        run.until(noon().plus(pass * LIMITS.interval - MINUTE), &mut stray);
        let calls = run.calls - before;
        before = run.calls;
        assert!(calls <= 30, "{calls} calls in pass {pass}");
    }
    run.until(noon().plus(4 * DAY), &mut |_, _| None);
    assert!(run.all_settled());
}

/// Its calls take so long that the next pass is always due before this one is over: `sync` waits for
/// the end of one.
#[test]
fn a_pass_ends_even_where_nothing_can_be_accepted_and_calls_are_slow() {
    for latency in [SECOND, 50 * SECOND] {
        let mut run = Run::new(steady(), CollectLimits { interval: 2 * MINUTE, ..LIMITS }, noon());
        run.latency = latency;
        let mut stray = |call: &Call, _| matches!(call, Call::Fetch(_)).then_some(Fault::Stray);
        while !run.pass.has_ended() {
            run.until(run.now.plus(SECOND), &mut stray);
            assert!(run.calls < 120, "{} calls", run.calls);
        }
    }
}

#[test]
fn a_source_that_never_settles_costs_a_bounded_number_of_calls() {
    let mut source = steady();
    source.hidden = source.rows.iter().step_by(5).map(|row| row.report.clone()).collect();
    let mut run = Run::new(source, LIMITS, noon());
    run.until(noon().plus(DAY), &mut |_, _| None);
    let passes = 48;
    assert!(run.calls <= passes * (2 + 20) + 100, "{} calls on the first day", run.calls);
    let first_day = run.calls;
    run.until(noon().plus(2 * DAY), &mut |_, _| None);
    let second = run.calls - first_day;
    assert!(second <= passes * (2 + 20), "{second} calls on the second day");
}
