//! When a report is due: a cron line in a time zone, across changes of the clocks.

mod error;
mod line;
mod walk;
mod zones;

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::clock::Tick;
use line::Line;

pub use error::ScheduleError;
pub use zones::Zones;

/// A cron line of five fields, read in a time zone. Where the hour or the minute begins with `*` it
/// follows the clock as it runs. Of any other line, when clocks go forward, what falls into the hour
/// that is left out is due once, right after it; when they go back, what falls into the hour that
/// comes twice is due the first time only. Where the day of the month or the day of the week begins
/// with `*` both must hold, otherwise either: all as Debian's cron has it.
#[derive(Clone, Debug)]
pub struct Schedule {
    line: Line,
    zone: TimeZone,
    /// As it was written.
    written: String,
}

impl Schedule {
    /// Reads minute, hour, day of the month, month, day of the week; also `@daily` and the like.
    pub fn parse(written: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        let line = Line::parse(written)?;
        Ok(Self { line, zone, written: written.to_owned() })
    }

    /// The last time that it was due, at `now` or before.
    pub fn last_until(&self, now: Tick) -> Option<Tick> {
        walk::last(&self.line, &self.zone, timestamp(now)?).map(tick)
    }

    /// The first time that it is due after `now`.
    pub fn next_after(&self, now: Tick) -> Option<Tick> {
        walk::next(&self.line, &self.zone, timestamp(now)?).map(tick)
    }

    /// `length` before `at`, and where the clocks went back meanwhile as far as they did: from two
    /// in the afternoon twelve hours lead to two in the night, the first time that it was two.
    pub fn before(&self, at: Tick, length: i64) -> Tick {
        let by_length = at.plus(-length);
        let local = || {
            let length = SignedDuration::from_secs(length / crate::clock::SECOND);
            let then = self.zoned(at)?.datetime().checked_sub(length).ok()?;
            let part = at.since(Tick::from_unix_seconds(at.unix_seconds()));
            walk::first_moment(&self.zone, then).map(|then| tick(then).plus(part))
        };
        local().map_or(by_length, |by_clock| by_clock.min(by_length))
    }

    /// The cron line as it was written.
    pub fn line(&self) -> &str {
        &self.written
    }

    /// The time zone that it is read in, and that people read times in.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A time as people there write it: `2026-11-23 08:00 CET`.
    pub fn local(&self, at: Tick) -> String {
        let zoned = self.zoned(at);
        zoned.map_or_else(|| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%M %Z").to_string())
    }

    fn zoned(&self, at: Tick) -> Option<Zoned> {
        timestamp(at).map(|at| at.to_zoned(self.zone.clone()))
    }
}

/// Due times are whole seconds: what is cut off changes no answer.
fn timestamp(at: Tick) -> Option<Timestamp> {
    Timestamp::from_second(at.unix_seconds()).ok()
}

fn tick(at: Timestamp) -> Tick {
    Tick::from_unix_seconds(at.as_second())
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written && self.zone == other.zone
    }
}

impl Eq for Schedule {}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.written, self.zone.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Tick {
        Tick::parse(text).unwrap()
    }

    fn schedule(line: &str, name: &str) -> Schedule {
        Schedule::parse(line, Zones::newest().get(name).unwrap()).unwrap()
    }

    /// Every time that it is due in `[from, until)`, by walking forward and by walking back.
    fn due(schedule: &Schedule, from: &str, until: &str) -> Vec<String> {
        let (from, until) = (at(from), at(until));
        let step = |now: &Tick| schedule.next_after(*now).filter(|due| *due < until);
        let forward: Vec<Tick> = std::iter::successors(step(&from.plus(-1)), step).collect();
        let step = |now: &Tick| schedule.last_until(now.plus(-1)).filter(|due| *due >= from);
        let mut back: Vec<Tick> = std::iter::successors(step(&until), step).collect();
        back.reverse();
        assert_eq!(forward, back, "{schedule}");
        forward.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_report_comes_once_a_day_whatever_the_clocks_do() {
        let daily = schedule("0 8 * * *", "Europe/Berlin");
        assert_eq!(
            due(&daily, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
            ["2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"]
        );
        assert_eq!(
            due(&daily, "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z"),
            ["2026-10-24T06:00:00Z", "2026-10-25T07:00:00Z", "2026-10-26T07:00:00Z"]
        );
        // 02:30 does not exist on 29 March, and comes twice on 25 October.
        let night = schedule("30 2 * * *", "Europe/Berlin");
        assert_eq!(due(&night, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z").len(), 1);
        assert_eq!(due(&night, "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z").len(), 1);
    }

    #[test]
    fn a_line_that_names_several_times_misses_no_hour_and_repeats_none() {
        // Europe/Berlin, 2026: 02:00 to 03:00 is left out on 29 March, and comes twice on 25 October.
        let days = |line, day: &str| {
            let schedule = schedule(line, "Europe/Berlin");
            due(&schedule, &format!("{day}T00:00:00Z"), &format!("{day}T04:00:00Z"))
        };
        for (line, spring, autumn) in [
            ("0 2,14 * * *", vec!["01:00"], vec!["00:00"]),
            ("0 1-3 * * *", vec!["00:00", "01:00"], vec!["00:00", "02:00"]),
            ("0,30 2 * * *", vec!["01:00"], vec!["00:00", "00:30"]),
            ("10-50/20 2 * * *", vec!["01:00"], vec!["00:10", "00:30", "00:50"]),
            // These follow the clock as it runs.
            ("*/30 2 * * *", vec![], vec!["00:00", "00:30", "01:00", "01:30"]),
            (
                "30 * * * *",
                vec!["00:30", "01:30", "02:30", "03:30"],
                vec!["00:30", "01:30", "02:30", "03:30"],
            ),
            ("0 */2 * * *", vec!["02:00"], vec!["00:00", "01:00", "03:00"]),
        ] {
            for (day, wanted) in [("2026-03-29", spring), ("2026-10-25", autumn)] {
                let wanted: Vec<String> =
                    wanted.iter().map(|time| format!("{day}T{time}:00Z")).collect();
                assert_eq!(days(line, day), wanted, "{line}");
            }
        }
    }

    #[test]
    fn a_window_reaches_back_as_far_as_the_clocks_did() {
        let schedule = schedule("0 2,14 * * *", "Europe/Berlin");
        for (at_, from) in [
            ("2026-10-24T12:00:00Z", "2026-10-24T00:00:00Z"),
            // 14:00 CET, and back to 02:00 CEST.
            ("2026-10-25T13:00:00Z", "2026-10-25T00:00:00Z"),
            ("2026-10-25T00:00:00Z", "2026-10-24T12:00:00Z"),
            ("2026-10-25T13:00:00.5Z", "2026-10-25T00:00:00.5Z"),
            // Not less than it says.
            ("2026-03-29T12:00:00Z", "2026-03-29T00:00:00Z"),
        ] {
            assert_eq!(schedule.before(at(at_), 12 * crate::clock::HOUR), at(from), "{at_}");
        }
    }

    #[test]
    fn a_day_is_named_by_both_or_by_either() {
        // 1 November 2026 is a Sunday.
        for (line, days) in [
            ("0 8 */10 * 0", vec!["01"]),
            ("0 8 1-15 * */2", vec!["01", "03", "05", "07", "08", "10", "12", "14", "15"]),
            ("0 8 11 * 0", vec!["01", "08", "11", "15", "22", "29"]),
            ("0 8 ? * 0", vec!["01", "08", "15", "22", "29"]),
            ("0 8 L * ?", vec!["30"]),
        ] {
            let due = due(&schedule(line, "UTC"), "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
            let wanted: Vec<String> =
                days.iter().map(|day| format!("2026-11-{day}T08:00:00Z")).collect();
            assert_eq!(due, wanted, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_in_plain_words() {
        for (line, words) in [
            ("", "has 0 fields, and a cron line has five"),
            ("0 0 8 * * *", "has 6 fields, and a cron line has five"),
            (
                "@soon",
                "\"@soon\" is no short name: these are @hourly, @daily, @weekly, @monthly and @yearly",
            ),
            (
                "61 * * * *",
                "\"61\" is no minute: that is 0 to 59, a list, a range \"2-4\", or a step \"*/2\"",
            ),
            (
                "0 MON * * *",
                "\"MON\" is no hour: that is 0 to 23, a list, a range \"2-4\", or a step \"*/2\"",
            ),
            (
                "0 8,,9 * * *",
                "\"8,,9\" is no hour: that is 0 to 23, a list, a range \"2-4\", or a step \"*/2\"",
            ),
            (
                "5/15 * * * *",
                "\"5/15\" has a step and no range: write \"*/15\", or a range before the step",
            ),
            ("0 8 31 2,4,6 */7", "never comes due"),
        ] {
            assert_eq!(Schedule::parse(line, TimeZone::UTC).unwrap_err().to_string(), words);
        }
        for line in ["@daily", "@Weekly", "0 8 * jan-mar mon-fri", "0 8 29 2 */7", "0 8 15W * *"] {
            schedule(line, "Europe/Berlin");
        }
    }

    #[test]
    fn now_is_the_last_time_when_it_is_due_now() {
        let weekdays = schedule("0 8 * * 1-5", "UTC");
        for (now, last, next) in [
            ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"),
            ("2026-11-23T08:00:00.5Z", "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"),
            ("2026-11-23T07:59:59.9999999Z", "2026-11-20T08:00:00Z", "2026-11-23T08:00:00Z"),
        ] {
            assert_eq!(weekdays.last_until(at(now)), Some(at(last)), "{now}");
            assert_eq!(weekdays.next_after(at(now)), Some(at(next)), "{now}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        let refused = |line| Schedule::parse(line, TimeZone::UTC).unwrap_err();
        assert_eq!(refused("0 8 30 2 *"), ScheduleError::Never);
        for line in ["", "soon", "61 * * * *", "0 0 8 * * *", "* * * *"] {
            assert_ne!(refused(line), ScheduleError::Never, "{line:?}");
        }
        schedule("0 8 29 2 *", "UTC");
    }
}
