//! Counts that are too much for the tenant: halved as far as must be, no further than that, and not
//! for ever.

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::{Call, CallFailure, CollectLimits};
use clickwarden::demo::{Fault as Fails, Rhythm, invent_clicks};
use clickwarden::kql;
use clickwarden::sync_state::hour::HourStatus;

use crate::convergence::sim::run::Run;
use crate::convergence::sim::source::{Fault, Row, Source};
use crate::stand::Stand;

const LIMITS: CollectLimits = CollectLimits {
    interval: 5 * MINUTE,
    lookback: 30 * DAY,
    fetch_rows: 10_000,
    calls_per_minute: 10,
};

fn start() -> Tick {
    Tick::parse("2026-03-10T12:02:00Z").unwrap()
}

/// A click in every hour of the 30 days before the start and of the ten after.
fn hourly() -> Source {
    let row = |i: i64| {
        let at = start().plus(i * HOUR - 30 * DAY + 7 * MINUTE);
        Row {
            at,
            url: format!("https://host{i}.example/"),
            action: "ClickAllowed",
            user: "user@contoso.example".to_owned(),
            threat: String::new(),
            clicked_through: Some(false),
            report: format!("{i:08x}"),
            from: at,
            until: Tick(i64::MAX),
        }
    };
    Source::new((0..40 * 24).map(row).collect())
}

fn hours_of(call: &Call) -> i64 {
    match call {
        Call::Count(count) => count.span.ticks() / HOUR,
        _ => 0,
    }
}

fn preempted() -> Fault {
    Fault::Fails(CallFailure::Slow)
}

/// Runs to `until` against a source that bears counts of `most` hours; says how many it refused.
fn bearing(run: &mut Run, until: Tick, most: i64, fault: &Fault) -> u64 {
    let mut refused = 0;
    run.until(until, &mut |call, _| {
        let too_much = hours_of(call) > most;
        refused += u64::from(too_much);
        too_much.then(|| fault.clone())
    });
    refused
}

fn disputed(run: &Run) -> usize {
    let disputed = |(hour, state): (&_, &clickwarden::sync_state::hour::HourState)| {
        matches!(state.status(*hour), HourStatus::Disputed(_))
    };
    run.pass.hours().iter().filter(|(hour, state)| disputed((hour, state))).count()
}

#[test]
fn a_tenant_that_bears_forty_hours_is_counted_whole_and_the_span_is_kept() {
    let slow = Fault::Fails(CallFailure::Slow);
    for most in [40, 1] {
        let mut run = Run::new(hourly(), LIMITS, start());
        run.per_minute = 100;
        let first = bearing(&mut run, start().plus(HOUR), most, &slow);
        assert!(run.all_settled(), "bears {most} h: {} disputed", disputed(&run));
        assert!(first <= 12, "{first} counts refused at first");
        // The process starts again, and asks for no more than it learnt.
        run.kill();
        assert_eq!(bearing(&mut run, start().plus(20 * HOUR), most, &slow), 0);
        // Once a day it asks for twice as much.
        let probes = bearing(&mut run, start().plus(3 * DAY), most, &slow);
        assert!((1..=3).contains(&probes), "bears {most} h: {probes} probes");
        assert_eq!(disputed(&run), 0);
        assert!(run.all_settled());
    }
}

#[test]
fn what_the_tenant_bears_again_is_found_again() {
    let mut run = Run::new(hourly(), LIMITS, start());
    bearing(&mut run, start().plus(2 * HOUR), 40, &Fault::Fails(CallFailure::Slow));
    let mut longest = 0;
    run.until(start().plus(8 * DAY), &mut |call, _| {
        longest = longest.max(hours_of(call));
        None
    });
    assert!(longest > 29 * 24, "{longest} h");
}

#[test]
fn an_overload_of_a_minute_delays_by_minutes() {
    let mut run = Run::new(hourly(), LIMITS, start());
    run.until(start().plus(3 * HOUR), &mut |_, _| None);
    assert!(run.all_settled());
    // At the beginning of a pass, and for fetches, too.
    for (round, begin) in [(0, 4 * HOUR), (1, 5 * HOUR + 3 * MINUTE), (2, 26 * HOUR)] {
        let begin = start().plus(begin);
        run.until(begin, &mut |_, _| None);
        run.latency = SECOND;
        run.until(begin.plus(MINUTE), &mut |_, _| Some(preempted()));
        run.until(begin.plus(20 * MINUTE), &mut |_, _| None);
        assert_eq!(disputed(&run), 0, "round {round}");
        let now = run.now;
        let span = Span::new(now.plus(-29 * DAY), now.plus(-10 * MINUTE));
        assert_eq!(run.copy.within(span), run.truth(span, now).within(span), "round {round}");
    }
}

#[test]
fn one_at_the_first_fill_does_so_too() {
    let mut run = Run::new(hourly(), LIMITS, start());
    run.until(start().plus(2 * SECOND), &mut |_, _| None);
    run.until(start().plus(MINUTE), &mut |_, _| Some(preempted()));
    run.until(start().plus(25 * MINUTE), &mut |_, _| None);
    assert_eq!(disputed(&run), 0);
    assert!(run.all_settled());
}

/// Graph's `500` to a count that is too much: `graph-500.json`, an `UnknownError` without a message.
#[test]
fn an_error_of_the_sources_own_is_halved_too() {
    let mut run = Run::new(hourly(), LIMITS, start());
    let unwell = Fault::Fails(CallFailure::Unwell("Graph cannot answer: 500: UnknownError".into()));
    let refused = bearing(&mut run, start().plus(HOUR), 40, &unwell);
    assert!(refused <= 12, "{refused}");
    assert!(run.all_settled());
    assert_eq!(run.pass.progress().last_error, None);
}

#[test]
fn a_source_that_answers_no_count_costs_few_calls() {
    let mut run = Run::new(hourly(), LIMITS, start());
    for failure in [CallFailure::Slow, CallFailure::Unwell("500".into())] {
        let before = run.calls;
        let fault = Fault::Fails(failure);
        run.until(run.now.plus(6 * HOUR), &mut |call, _| {
            matches!(call, Call::Count(_)).then(|| fault.clone())
        });
        let per_pass = (run.calls - before) / 72;
        assert!(per_pass <= 26, "{per_pass} calls a pass");
        assert!(run.pass.progress().last_error.is_some());
    }
    run.until(run.now.plus(DAY), &mut |_, _| None);
    assert!(run.all_settled());
}

/// The program against a tenant that will count no more than nothing, and then goes on.
#[tokio::test(flavor = "multi_thread")]
async fn disputed_hours_are_gaps_for_a_sync() {
    let now = Clock::System.now();
    let mut table = kql::click_table(30 * DAY);
    invent_clicks(&mut table, 4, Span::new(now.plus(-2 * DAY), now.plus(-DAY)), 50, Rhythm::Even);
    let stand = Stand::new(table, "lookback = \"2d\"").await;
    let is_fetch = |query: &str| !query.contains("summarize") && !query.contains("take 0");
    stand.tenant.script_faults(move |asked, _| is_fetch(&asked.query).then_some(Fails::Preempted));
    let ended = stand.run(&["sync"]);
    assert_eq!(ended.status.code(), Some(75), "{ended:?}");
    let words = String::from_utf8(ended.stdout).unwrap();
    assert!(words.contains("disputed"), "{words}");
    // Once more, now that every hour is disputed and none missing.
    assert_eq!(stand.run(&["sync"]).status.code(), Some(75));
}
