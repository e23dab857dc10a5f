//! A verdict, or a click, that comes late is in the copy one pass after the source has it, where
//! calls suffice for that.

use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::CollectLimits;

use crate::convergence::sim::run::Run;
use crate::convergence::sim::source::{Row, Source};

const LIMITS: CollectLimits = CollectLimits {
    interval: 5 * MINUTE,
    lookback: 30 * DAY,
    fetch_rows: 10_000,
    calls_per_minute: 10,
};

fn start() -> Tick {
    Tick::parse("2026-03-10T12:02:00Z").unwrap()
}

fn click(at: Tick, from: Tick, i: usize) -> Row {
    Row {
        at,
        url: format!("https://host{}.example/path", i % 50),
        action: "ClickAllowed",
        user: format!("user{}@contoso.example", i % 7),
        threat: String::new(),
        clicked_through: Some(false),
        report: format!("{i:08x}"),
        from,
        until: Tick(i64::MAX),
    }
}

/// Clicks for `hours` from the start, `every` so often, each with a verdict 3 to 60 minutes later.
fn with_late_verdicts(hours: i64, every: i64) -> Vec<Row> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut rows = Vec::new();
    for i in 0..hours * HOUR / every {
        let at = start().plus(i * every + random.i64(0..every));
        let turn = at.plus(random.i64(3 * MINUTE..HOUR));
        let row = click(at, at, i as usize);
        rows.push(Row { until: turn, ..row.clone() });
        rows.push(Row { from: turn, threat: "Phish".to_owned(), ..row });
    }
    rows
}

/// Asserts that the copy has what the source shows since a pass and a minute.
fn is_one_pass_behind_at_most(run: &Run) {
    let shown_by = run.now.plus(-LIMITS.interval - MINUTE);
    let copy = run.copy.within(Span::new(start().plus(-HOUR), run.now));
    // What has changed since may be there, or not yet.
    let old = |row: &&Row| row.from <= shown_by && row.until > run.now;
    for row in run.source.rows.iter().filter(old) {
        let copied = copy.iter().find(|(identity, _)| identity.5 == row.report);
        let threats = copied.map(|(_, details)| details.as_slice());
        assert_eq!(threats, Some([row.threat.clone()].as_slice()), "{} at {}", row.at, run.now);
    }
}

#[test]
fn verdicts_of_three_clicks_an_hour_are_there_one_pass_after_the_source_has_them() {
    let mut run = Run::new(Source::new(with_late_verdicts(24, 20 * MINUTE)), LIMITS, start());
    while run.now < start().plus(24 * HOUR) {
        run.until(run.now.plus(MINUTE), &mut |_, _| None);
        is_one_pass_behind_at_most(&run);
    }
    assert!(run.calls <= 24 * 12 * 4, "{} calls", run.calls);
    assert_eq!(run.pass.resting(run.now), 0);
}

/// The alert of such a click waits for it.
#[test]
fn a_click_that_is_shown_ten_minutes_late_is_there_with_the_next_pass() {
    let at = start().plus(2 * HOUR);
    let early = click(at, at, 1);
    let late = click(at.plus(SECOND), at.plus(12 * MINUTE), 2);
    let mut run = Run::new(Source::new(vec![early, late]), LIMITS, start());
    while run.now < at.plus(HOUR) {
        run.until(run.now.plus(MINUTE), &mut |_, _| None);
        is_one_pass_behind_at_most(&run);
    }
}

/// With more to fetch than calls to fetch it with, minutes that were fetched lately wait.
#[test]
fn a_busy_tenant_leaves_what_it_fetched_lately_for_half_an_hour() {
    let limits = CollectLimits { fetch_rows: 40, calls_per_minute: 4, ..LIMITS };
    let mut run = Run::new(Source::new(with_late_verdicts(4, 3 * SECOND)), limits, start());
    run.per_minute = 4;
    let mut resting = 0;
    while run.now < start().plus(3 * HOUR) {
        run.until(run.now.plus(MINUTE), &mut |_, _| None);
        resting = resting.max(run.pass.resting(run.now));
    }
    assert!(resting > 0);
}
