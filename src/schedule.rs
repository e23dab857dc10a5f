//! When a report is due: a cron line in a time zone, across changes of the clocks.

use std::fmt;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::clock::Tick;

/// A cron line of five fields, read in a time zone. When clocks go forward, what falls into the
/// hour that is left out is due right after it; when they go back, what falls into the hour that
/// comes twice is due once.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
    /// As it was written.
    line: String,
}

/// Why a schedule cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No cron line.
    #[error("is no cron line: {0}")]
    Line(String),
    /// One that no day ever matches, such as 30 February.
    #[error("never comes due")]
    Never,
}

/// The time zone with an IANA name, such as `Europe/Berlin`. `None` for an unknown one.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

impl Schedule {
    /// Reads minute, hour, day of the month, month, day of the week; also `@daily` and the like.
    pub fn parse(line: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(line).map_err(|error| ScheduleError::Line(error.to_string()))?;
        let schedule = Self { cron, zone, line: line.to_owned() };
        // A line that matches at all matches within a few years of any day: 29 February does.
        match schedule.next_after(Tick(0)) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never),
        }
    }

    /// The last time that it was due, at `now` or before.
    pub fn last_until(&self, now: Tick) -> Option<Tick> {
        // Due times are whole minutes, and croner looks at whole seconds.
        let found = self.cron.find_previous_occurrence(&self.zoned(now)?, true).ok()?;
        Some(tick(&found)).filter(|due| *due <= now)
    }

    /// The first time that it is due after `now`.
    pub fn next_after(&self, now: Tick) -> Option<Tick> {
        let found = self.cron.find_next_occurrence(&self.zoned(now)?, false).ok()?;
        Some(tick(&found)).filter(|due| *due > now)
    }

    /// The cron line as it was written.
    pub fn line(&self) -> &str {
        &self.line
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
        Timestamp::from_second(at.unix_seconds()).ok().map(|at| at.to_zoned(self.zone.clone()))
    }
}

fn tick(at: &Zoned) -> Tick {
    Tick::from_unix_seconds(at.timestamp().as_second())
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.line == other.line && self.zone == other.zone
    }
}

impl Eq for Schedule {}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.line, self.zone.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Tick {
        Tick::parse(text).unwrap()
    }

    fn schedule(line: &str, name: &str) -> Schedule {
        Schedule::parse(line, zone(name).unwrap()).unwrap()
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
            assert!(matches!(refused(line), ScheduleError::Line(_)), "{line:?}");
        }
        assert!(zone("Europe/Atlantis").is_none());
        schedule("0 8 29 2 *", "UTC");
    }
}
