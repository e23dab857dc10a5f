//! `cargo bench -p clickwarden-bench --bench convergence`: how many calls, and how long, until the copy is settled.
//!
//! The real planner against the simulated source, on simulated time. The large tenants of the first
//! fill are scaled down by 100, rows and `fetch_rows` alike, which leaves the number of calls as it is.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a bench")]

#[path = "../sim/mod.rs"]
mod sim;

use clickwarden::clock::{DAY, HOUR, Hour, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::{Call, CallFailure, CollectLimits};
use clickwarden::sync_state::hour::HourStatus;
use sim::run::Run;
use sim::source::{Fault, Row, Source};

const FOREVER: Tick = Tick(i64::MAX);
const LIMITS: CollectLimits = CollectLimits {
    interval: 5 * MINUTE,
    lookback: 30 * DAY,
    fetch_rows: 10_000,
    calls_per_minute: 10,
};

fn start() -> Tick {
    Tick::parse("2026-03-10T12:02:00Z").unwrap()
}

fn row(at: Tick, from: Tick, i: usize) -> Row {
    Row {
        at,
        url: format!("https://host{}.example/path/{}", i % 50, i % 977),
        action: ["ClickAllowed", "ClickAllowed", "ClickBlocked"][i % 3],
        user: format!("user{}@contoso.example", i % 400),
        threat: if i % 3 == 2 { "Phish".into() } else { String::new() },
        clicked_through: Some(i.is_multiple_of(31)),
        report: format!("{i:08x}"),
        from,
        until: FOREVER,
    }
}

/// `count` rows in the office hours of the 30 days before `now`.
fn office(count: usize, now: Tick, random: &mut fastrand::Rng) -> Vec<Row> {
    let mut rows = Vec::with_capacity(count);
    while rows.len() < count {
        let at = now.plus(-random.i64(0..30 * DAY));
        let hour = at.hour().0.rem_euclid(24);
        let weekday = at.0.div_euclid(DAY).rem_euclid(7);
        if (8..18).contains(&hour) && !(2..4).contains(&weekday) {
            rows.push(row(at, at, rows.len()));
        }
    }
    rows
}

/// Runs step by step until everything closed is settled, at most `hours`; says after how long.
fn settle(
    run: &mut Run,
    hours: i64,
    fault: &mut dyn FnMut(&Call, Tick) -> Option<Fault>,
) -> String {
    let begin = run.now;
    while !run.all_settled() {
        if run.now.since(begin) > hours * HOUR {
            return format!("not within {hours} h");
        }
        run.until(run.now.plus(30 * SECOND), fault);
    }
    let took = run.now.since(begin);
    if took < 10 * MINUTE {
        format!("{} s", took / SECOND)
    } else {
        format!("{:.2} h", took as f64 / HOUR as f64)
    }
}

fn line(case: &str, calls: impl std::fmt::Display, time: &str, bound: &str) {
    println!("| {case} | {calls} | {time} | {bound} |");
}

fn small(random: &mut fastrand::Rng) {
    let mut run = Run::new(Source::new(office(5_000, start(), random)), LIMITS, start());
    let took = settle(&mut run, 10, &mut |_, _| None);
    line("5,000 rows in office hours over 30 days", run.calls, &took, "≤ 10 calls");
}

fn large(random: &mut fastrand::Rng) {
    let limits = CollectLimits { fetch_rows: 100, ..LIMITS };
    let mut run = Run::new(Source::new(office(43_000, start(), random)), limits, start());
    let took = settle(&mut run, 10, &mut |_, _| None);
    line("4,300,000 rows over 30 days, 10 calls a minute", run.calls, &took, "≤ 1.5 h");
}

/// A lognormal delay with the given median in ticks and sigma 1.
fn delay(random: &mut fastrand::Rng, median: f64) -> i64 {
    let (u, v) = (random.f64().max(1e-12), random.f64());
    let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
    (median * normal.exp()) as i64
}

fn busy(random: &mut fastrand::Rng) {
    let hours = 6;
    let mut rows = Vec::new();
    for i in 0..hours * 360_000 {
        let at = start().plus(i as i64 * SECOND / 100 + random.i64(0..SECOND));
        let late = delay(random, 150.0 * SECOND as f64);
        rows.push(row(at, at.plus(late), i));
    }
    let mut run = Run::new(Source::new(rows), LIMITS, start());
    let mut settled: Vec<(Hour, i64)> = Vec::new();
    let end = start().plus(hours as i64 * HOUR);
    while run.now < end {
        run.until(run.now.plus(MINUTE), &mut |_, _| None);
        for (hour, state) in run.pass.hours() {
            let known = settled.iter().any(|(h, _)| h == hour);
            if *hour > start().hour() && !known && state.status(*hour) == HourStatus::Settled {
                settled.push((*hour, run.now.since(hour.end()) / MINUTE));
            }
        }
    }
    let mut worst = 0;
    let mut total = 0;
    let passes = (hours as i64 - 3) * 12;
    for pass in 0..passes {
        let from = start().plus(3 * HOUR + pass * 5 * MINUTE);
        let made =
            run.log.iter().filter(|(at, _)| *at >= from && *at < from.plus(5 * MINUTE)).count();
        worst = worst.max(made);
        total += made;
    }
    let (low, high) = settled.iter().fold((i64::MAX, 0), |(l, h), (_, m)| (l.min(*m), h.max(*m)));
    let calls = format!("{} per 5 min (worst {worst})", total as i64 / passes);
    let took = format!("an hour settles {low} to {high} min after it closed");
    line(
        "100 clicks a second, late by 150 s (median, lognormal sigma 1)",
        calls,
        &took,
        "≤ 35 per 5 min",
    );
}

/// Three clicks an hour for a day, each with a verdict 3 to 60 minutes later: how long after the
/// source the copy has them.
fn verdicts(random: &mut fastrand::Rng) {
    let (end, mut rows) = (start().plus(DAY), Vec::new());
    for i in 0..3 * 23 {
        let at = start().plus(i * 20 * MINUTE + random.i64(0..20 * MINUTE));
        let turn = at.plus(random.i64(3 * MINUTE..HOUR));
        let first = Row { threat: String::new(), until: turn, ..row(at, at, i as usize) };
        let then = Row { threat: "Malware".into(), from: turn, until: FOREVER, ..first.clone() };
        rows.extend([first, then]);
    }
    let mut run = Run::new(Source::new(rows.clone()), LIMITS, start());
    let mut worst = 0;
    while run.now < end {
        run.until(run.now.plus(15 * SECOND), &mut |_, _| None);
        let copy = run.copy.within(Span::new(start(), end));
        let shown = |row: &&Row| row.from <= run.now && row.until > run.now;
        for row in rows.iter().filter(shown) {
            let has = copy.iter().any(|(identity, details)| {
                identity.5 == row.report && *details == [row.threat.clone()]
            });
            worst = worst.max(if has { 0 } else { run.now.since(row.from) });
        }
    }
    line(
        "three clicks an hour for a day, each with a verdict 3 to 60 minutes later",
        run.calls,
        &format!("in the copy {} s after the source at the latest", worst / SECOND),
        "one pass (300 s and its calls)",
    );
}

fn refused(random: &mut fastrand::Rng) {
    let limits = CollectLimits { fetch_rows: 100, ..LIMITS };
    let mut run = Run::new(Source::new(office(10_000, start(), random)), limits, start());
    let (mut cycle, mut made) = (0, 0);
    let took = settle(&mut run, 100, &mut |_, now| {
        let this = now.0.div_euclid(15 * MINUTE);
        if this != cycle {
            (cycle, made) = (this, 0);
        }
        made += 1;
        (made > 3).then_some(Fault::Fails(CallFailure::Cpu))
    });
    line(
        "1,000,000 rows, CPU refusal after 3 calls in every 15 minutes",
        run.calls,
        &took,
        "≤ 48 h",
    );
}

/// Days of trouble: calls a day beyond the two of each pass, and what does settle.
fn troubled(
    case: &str,
    source: Source,
    fault: &mut dyn FnMut(&Call, Tick) -> Option<Fault>,
    bound: &str,
) {
    let mut run = Run::new(source, LIMITS, start());
    run.until(start().plus(DAY), fault);
    let first = run.log.iter().filter(|(_, what)| *what != "count" && *what != "columns").count();
    let calls = run.calls;
    run.until(start().plus(4 * DAY), fault);
    let later = (run.calls - calls) / 3;
    let open = |s: &HourStatus| matches!(s, HourStatus::Gap | HourStatus::Disputed(_));
    let statuses = run.pass.hours().iter().map(|(h, s)| s.status(*h));
    let unsettled = statuses.filter(open).count();
    let quiet = 2 * 288 + 1;
    line(
        case,
        format!(
            "{first} besides counts on the first day, then {} a day beyond the {quiet} of quiet passes",
            later as i64 - quiet
        ),
        &format!("{unsettled} hour(s) left open"),
        bound,
    );
}

fn main() {
    let mut random = fastrand::Rng::with_seed(7);
    println!("| case | calls | time until settled | asked for |\n| --- | --- | --- | --- |");
    small(&mut random);
    large(&mut random);
    busy(&mut random);
    refused(&mut random);
    verdicts(&mut random);
    let mut source = Source::new(office(5_000, start(), &mut random));
    source.hidden = vec![source.rows[4_900].report.clone()];
    troubled("one row that is counted and never shown", source, &mut |_, _| None, "bounded");
    let mut source = Source::new(office(5_000, start(), &mut random));
    source.slow_hours = vec![source.rows[4_900].at.hour().0];
    troubled("an hour whose fetch always answers 504", source, &mut |_, _| None, "bounded");
    let source = Source::new(office(5_000, start(), &mut random));
    let outage = start().plus(6 * HOUR);
    let mut empty = |call: &Call, now: Tick| {
        let inside = now >= outage && now < outage.plus(HOUR);
        (inside && matches!(call, Call::Count(_) | Call::Fetch(_))).then_some(Fault::Empty)
    };
    troubled(
        "counts and answers that are empty for an hour",
        source,
        &mut empty,
        "nothing withdrawn",
    );
}
