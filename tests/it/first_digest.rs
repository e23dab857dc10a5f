//! The first digest of a report, asked for by hand: never an empty hour, and compared with nothing that
//! is not there.

use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Span};
use clickwarden::digest::{DigestHistory, LookBack, by_hand};
use clickwarden::store::ReportCursor;

use crate::cli_report::to_file;
use crate::digest_due::report;
use crate::program::Program;
use crate::reports::{Desk, at, daily};
use crate::support::Row;

const NOW: &str = "2026-11-20T07:30:00Z";

/// Due at eight in Berlin, half an hour ago.
fn window(history: &DigestHistory) -> Span {
    by_hand(&report("0 8 * * *"), history, LookBack::AsConfigured, at(NOW)).span
}

#[test]
fn it_covers_a_whole_period_and_all_since_the_first_pass() {
    let yesterday = at("2026-11-19T07:00:00Z");
    let followed = |until: &str| {
        let (since, reported_until) = (at(until), at(until));
        let schedule = report("0 8 * * *").schedule.to_string();
        DigestHistory::Followed(ReportCursor { schedule, since, reported_until })
    };
    for (history, from) in [
        (DigestHistory::Unknown(None), yesterday),
        (DigestHistory::Unknown(Some(at("2026-11-20T07:25:00Z"))), yesterday),
        (DigestHistory::Unknown(Some(at("2026-11-15T12:00:00Z"))), at("2026-11-15T12:00:00Z")),
        (DigestHistory::Unknown(Some(at("2026-01-01T00:00:00Z"))), at(NOW).plus(-31 * DAY)),
        (followed("2026-11-20T07:00:00Z"), yesterday),
        (followed("2026-11-18T07:00:00Z"), at("2026-11-18T07:00:00Z")),
        // Later ones tell what came since the last one.
        (DigestHistory::Until(at("2026-11-20T07:00:00Z")), at("2026-11-20T07:00:00Z")),
        (DigestHistory::Until(at("2026-12-20T07:00:00Z")), at("2026-11-20T07:00:00Z")),
    ] {
        assert_eq!(window(&history), Span::new(from, at(NOW)), "{history:?}");
    }
    let often = by_hand(
        &report("*/7 * * * *"),
        &DigestHistory::Unknown(None),
        LookBack::AsConfigured,
        at(NOW),
    );
    assert_eq!(often.span.ticks(), DAY, "a few minutes say nothing");
    let week = LookBack::Over(Duration::from_hours(168));
    let asked = by_hand(&report("0 8 * * *"), &DigestHistory::Unknown(None), week, at(NOW));
    assert_eq!(asked.span.ticks(), 7 * DAY);
}

#[test]
fn without_a_whole_period_before_it_nothing_is_compared() {
    let now = Clock::System.now();
    for (hours, is_compared) in [(26, false), (24 * 9, true)] {
        let desk = Desk::new(&["contoso"], now, &daily(""));
        let rows = [Row::new(now.plus(-30 * MINUTE), "https://a.example/", "ClickBlocked")];
        let from = now.plus(-hours * HOUR).floor(HOUR);
        desk.fill("contoso", &rows, Span::new(from, now.floor(HOUR).plus(HOUR)));
        let ran = desk.program.run(&["report", "send", "daily", "--dry-run"]);
        assert!(
            ran.out.starts_with("clickwarden daily: no user at risk; 1 click, blocked\n"),
            "{}",
            ran.out
        );
        assert_eq!(ran.out.contains(" vs previous "), is_compared, "{}", ran.out);
        let says =
            "No comparison: the copy of the previous period of the same length is incomplete.";
        assert_eq!(ran.out.contains(says), !is_compared, "{}", ran.out);
    }
}

#[test]
fn a_window_can_be_asked_for() {
    let program = Program::offline();
    to_file(&program);
    let now = Clock::System.now();
    let old = [Row::new(now.plus(-29 * DAY), "https://old.example/", "ClickBlocked")];
    program.fill("contoso", &old, Span::new(now.plus(-30 * DAY), now));
    let send = |window: &str| {
        program.run(&[
            "report",
            "send",
            "daily",
            "--window",
            window,
            "--dry-run",
            "--format",
            "json",
        ])
    };
    assert_eq!(send("24h").json()["totals"]["Clicks"], 0);
    assert_eq!(send("30d").json()["totals"]["Clicks"], 1);
    for (window, words) in [
        ("32d", "--window: \"32d\" is longer than 31d, the most that a digest covers; write it as"),
        ("soon", "--window: \"soon\" is no duration; write it as 24h, 7d or 31d"),
        ("0s", "must be longer than zero"),
        ("-1d", "is no duration"),
    ] {
        let ran = send(window);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}
