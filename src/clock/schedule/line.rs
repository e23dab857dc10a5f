//! A cron line: what is written, and which minutes of a calendar it names. It knows of no time zone.

use croner::parser::{CronParser, Seconds, Year};
use croner::{CronPattern, Weekday};
use jiff::civil::{Date, DateTime, Time};

use super::error::ScheduleError;

/// A line that names any day at all names one within this many years: 29 February on a given weekday
/// comes within 40, over a year such as 2100 that has none.
const SEARCHED_YEARS: i16 = 41;
/// Short names, and what they stand for.
const SHORT_NAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// A field: what one value of it is called, and which there are.
struct Field {
    name: &'static str,
    values: &'static str,
    /// Letters that it may have, beside digits and `*,-/`.
    letters: &'static str,
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", values: "0 to 59", letters: "" },
    Field { name: "hour", values: "0 to 23", letters: "" },
    Field { name: "day of the month", values: "1 to 31", letters: "LW?" },
    Field { name: "month", values: "1 to 12, or JAN to DEC", letters: "ABCDEFGJLMNOPRSTUVY" },
    Field {
        name: "day of the week",
        values: "0 to 7 (0 and 7 are Sunday), or SUN to SAT",
        letters: "ADEFHIMNORSTUWL#?+",
    },
];

/// The fields of a line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pattern: CronPattern,
    hours: Vec<i8>,
    minutes: Vec<i8>,
    /// Whether it follows the clock as it runs, for its hour or its minute begins with `*`.
    pub(super) runs_along: bool,
}

impl Line {
    /// Reads minute, hour, day of the month, month, day of the week; also `@daily` and the like.
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = written_out(text)?;
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, _, weekday] = fields[..] else {
            return Err(ScheduleError::Fields(fields.len()));
        };
        let starred = |field: &str| field.starts_with(['*', '?']);
        // As Debian's cron has it: where one of them begins with "*", both must hold.
        let both = starred(day) || starred(weekday);
        let pattern = pattern(&fields, both)?;
        let values = |values: Vec<u16>| values.into_iter().filter_map(|n| i8::try_from(n).ok());
        let hours = values(pattern.hours.values()).collect();
        let minutes = values(pattern.minutes.values()).collect();
        let line = Self { pattern, hours, minutes, runs_along: starred(minute) || starred(hour) };
        line.next(DateTime::constant(2000, 1, 1, 0, 0, 0, 0)).ok_or(ScheduleError::Never)?;
        Ok(line)
    }

    /// The first minute after `after` that it names.
    pub(super) fn next(&self, after: DateTime) -> Option<DateTime> {
        let today = self.names(after.date()).then(|| self.times().find(|at| *at > after.time()));
        if let Some(at) = today.flatten() {
            return Some(after.date().to_datetime(at));
        }
        let mut day = after.date().tomorrow().ok()?;
        while day.year() <= after.year().saturating_add(SEARCHED_YEARS) {
            if self.names(day) {
                return Some(day.to_datetime(self.times().next()?));
            }
            let in_month = self.names_month(day);
            day = if in_month { day } else { day.last_of_month() }.tomorrow().ok()?;
        }
        None
    }

    /// The last minute at `until` or before that it names.
    pub(super) fn last(&self, until: DateTime) -> Option<DateTime> {
        let today = self.names(until.date()).then(|| self.times().rfind(|at| *at <= until.time()));
        if let Some(at) = today.flatten() {
            return Some(until.date().to_datetime(at));
        }
        let mut day = until.date().yesterday().ok()?;
        while day.year() >= until.year().saturating_sub(SEARCHED_YEARS) {
            if self.names(day) {
                return Some(day.to_datetime(self.times().next_back()?));
            }
            let in_month = self.names_month(day);
            day = if in_month { day } else { day.first_of_month() }.yesterday().ok()?;
        }
        None
    }

    /// The times of a day, in their order.
    fn times(&self) -> impl DoubleEndedIterator<Item = Time> {
        let of = |hour: &i8| {
            let hour = *hour;
            self.minutes.iter().filter_map(move |minute| Time::new(hour, *minute, 0, 0).ok())
        };
        self.hours.iter().flat_map(of)
    }

    fn names(&self, day: Date) -> bool {
        let number = |n: i8| u32::from(n.unsigned_abs());
        let weekday = number(day.weekday().to_sunday_zero_offset());
        let weekday = Weekday::from_days_from_sunday(weekday);
        let (year, month) = (i32::from(day.year()), number(day.month()));
        let named = self.pattern.day_match(year, month, number(day.day()), weekday);
        self.names_month(day) && named.unwrap_or(false)
    }

    fn names_month(&self, day: Date) -> bool {
        self.pattern.month_match(u32::from(day.month().unsigned_abs())).unwrap_or(false)
    }
}

/// What a short name stands for; any other line as it is.
fn written_out(text: &str) -> Result<String, ScheduleError> {
    let text = text.trim();
    if !text.starts_with('@') {
        return Ok(text.to_uppercase());
    }
    let same = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(text);
    let found = SHORT_NAMES.iter().find(same).map(|(_, line)| (*line).to_owned());
    found.ok_or_else(|| ScheduleError::ShortName(text.to_owned()))
}

fn pattern(fields: &[&str], both: bool) -> Result<CronPattern, ScheduleError> {
    for (index, (field, text)) in FIELDS.iter().zip(fields).enumerate() {
        check(field, text, index)?;
    }
    parse(&fields.join(" "), both).ok_or(ScheduleError::Fields(fields.len()))
}

/// Whether one field can be read, among others that can.
fn check(field: &Field, text: &str, index: usize) -> Result<(), ScheduleError> {
    let known = |c: char| c.is_ascii_digit() || "*,-/".contains(c) || field.letters.contains(c);
    let mut alone = ["*"; 5];
    if let Some(place) = alone.get_mut(index) {
        *place = text;
    }
    if text.chars().all(known)
        && !text.split(',').any(str::is_empty)
        && parse(&alone.join(" "), false).is_some()
    {
        return Ok(());
    }
    let (name, values) = (field.name, field.values);
    let text = text.to_owned();
    // A step needs a range: "5/15" is read by some programs, and in two ways.
    match text.split_once('/') {
        Some((start, step)) if is_number(start) && is_number(step) => {
            Err(ScheduleError::Step { start: start.to_owned(), step: step.to_owned() })
        }
        _ => Err(ScheduleError::Field { text, name, values }),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse(line: &str, both: bool) -> Option<CronPattern> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed);
    Some(parser.dom_and_dow(both).build().parse(line).ok()?.pattern)
}
