//! Time: 100-ns ticks as KQL counts them, spans, hours, and the clock that is passed in.

pub mod backoff;
pub mod schedule;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Ticks in a second: KQL's datetime has a resolution of 100 ns.
pub const SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Ticks in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Ticks in a day.
pub const DAY: i64 = 24 * HOUR;

/// A point in time: 100-ns ticks since 1970-01-01T00:00:00Z.
///
/// Shown as RFC 3339 in UTC with only the fractional digits that are needed, which is also the
/// text of a KQL `datetime(...)` literal.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Tick(pub i64);

impl Tick {
    /// The whole hour this point lies in.
    pub const fn hour(self) -> Hour {
        Hour(self.0.div_euclid(HOUR))
    }

    /// The latest multiple of `step` ticks at or before this point: what KQL's `bin` does.
    pub const fn floor(self, step: i64) -> Self {
        Self(self.0 - self.0.rem_euclid(step))
    }

    /// This point moved by `ticks`, which may be negative.
    pub const fn plus(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// Ticks from `earlier` to this point; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The point `seconds` after the Unix epoch.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Whole seconds since the Unix epoch.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// Reads RFC 3339: UTC with 0 to 7 fractional digits as the hunting API writes it (further
    /// digits are below the resolution and dropped), or with a numeric offset. `None` for
    /// anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (day, rest) = (bytes.get(..10)?, bytes.get(10..)?);
        let (time, rest) = match rest {
            [b'T' | b't' | b' ', time @ ..] => (time.get(..8)?, time.get(8..)?),
            _ => return None,
        };
        let ([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], [h1, h2, b':', i1, i2, b':', s1, s2]) =
            (day, time)
        else {
            return None;
        };
        let year = i64::from(two(*y1, *y2)?) * 100 + i64::from(two(*y3, *y4)?);
        let (month, day) = (two(*m1, *m2)?, two(*d1, *d2)?);
        let (hour, minute, second) = (two(*h1, *h2)?, two(*i1, *i2)?, two(*s1, *s2)?);
        let in_range = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !in_range {
            return None;
        }
        let (fraction, rest) = fraction(rest)?;
        let offset = offset_minutes(rest)?;
        let seconds = days_from_civil(year, month, day) * 86_400
            + i64::from(hour) * 3_600
            + (i64::from(minute) - offset) * 60
            + i64::from(second);
        Some(Self(seconds * SECOND + fraction))
    }
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// Reads `.1234567` into ticks; no point at all is zero.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', digits @ ..] = bytes else { return Some((0, bytes)) };
    let len = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(len).filter(|(d, _)| !d.is_empty())?;
    let mut ticks = 0;
    for place in 0..7 {
        ticks = ticks * 10 + i64::from(digits.get(place).map_or(0, |b| b - b'0'));
    }
    Some((ticks, rest))
}

fn offset_minutes(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let minutes = i64::from(two(*h1, *h2)? * 60 + two(*m1, *m2)?);
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => None,
    }
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date: Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let mp = i64::from((month + 9) % 12);
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + (yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719_468
}

/// Year, month and day of a day number: the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, in_day) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, date) = civil_from_days(day);
        let (hour, minute) = (in_day / HOUR, in_day / MINUTE % 60);
        let (second, fraction) = (in_day / SECOND % 60, in_day % SECOND);
        write!(f, "{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}")?;
        if fraction != 0 {
            let digits = format!("{fraction:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// A whole hour: hours since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Hour(pub i64);

impl Hour {
    /// The first tick of the hour.
    pub const fn start(self) -> Tick {
        Tick(self.0.saturating_mul(HOUR))
    }

    /// The first tick after the hour.
    pub const fn end(self) -> Tick {
        Tick(self.0.saturating_add(1).saturating_mul(HOUR))
    }

    /// The hour as a span.
    pub const fn span(self) -> Span {
        Span { from: self.start(), until: self.end() }
    }
}

/// A half-open stretch of time: `from <= t < until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first tick inside.
    pub from: Tick,
    /// The first tick after.
    pub until: Tick,
}

impl Span {
    /// A span; an `until` before `from` gives an empty one.
    pub fn new(from: Tick, until: Tick) -> Self {
        Self { from, until: until.max(from) }
    }

    /// Ticks in the span.
    pub const fn ticks(self) -> i64 {
        self.until.0 - self.from.0
    }

    /// Whether no tick lies inside.
    pub const fn is_empty(self) -> bool {
        self.until.0 <= self.from.0
    }

    /// Whether `tick` lies inside.
    pub fn contains(self, tick: Tick) -> bool {
        self.from <= tick && tick < self.until
    }

    /// Whether the whole of `other` lies inside.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// Whether the two share a tick.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// What the two share, possibly empty.
    pub fn intersect(self, other: Self) -> Self {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// The hours that have a tick in the span, in order.
    pub fn hours(self) -> impl DoubleEndedIterator<Item = Hour> + Clone {
        let end =
            if self.is_empty() { self.from.hour().0 } else { self.until.plus(-1).hour().0 + 1 };
        (self.from.hour().0..end).map(Hour)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.until)
    }
}

/// A point on a clock that nobody sets and that goes on while the machine sleeps: ticks since the
/// machine started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// This point moved by `ticks`.
    pub const fn plus(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// Ticks from `earlier` to this point.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where "now" comes from: the machine, or a test.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that moves only when told to; clones share it.
    Manual(Arc<Hands>),
}

/// What a manual clock shows.
#[derive(Debug)]
pub struct Hands {
    now: AtomicI64,
    moment: AtomicI64,
}

impl Clock {
    /// A clock that stands still at `now`.
    pub fn manual(now: Tick) -> Self {
        Self::Manual(Arc::new(Hands { now: AtomicI64::new(now.0), moment: AtomicI64::new(0) }))
    }

    /// The present. Somebody may set it.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> Tick {
        match self {
            Self::System => {
                let now = std::time::SystemTime::now();
                let elapsed = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                Tick(i64::try_from(elapsed.as_nanos() / 100).unwrap_or(i64::MAX))
            }
            Self::Manual(hands) => Tick(hands.now.load(Ordering::SeqCst)),
        }
    }

    /// The present by the clock that nobody sets.
    pub fn moment(&self) -> Moment {
        match self {
            Self::System => {
                let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
                Moment(since.tv_sec.saturating_mul(SECOND) + since.tv_nsec / 100)
            }
            Self::Manual(hands) => Moment(hands.moment.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the machine's clock is not ours to move.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(hands) = self {
            hands.now.fetch_add(ticks_of(by), Ordering::SeqCst);
            hands.moment.fetch_add(ticks_of(by), Ordering::SeqCst);
        }
    }

    /// Sets a manual clock wrong, or right again, without any time passing.
    pub fn set_by(&self, ticks: i64) {
        if let Self::Manual(hands) = self {
            hands.now.fetch_add(ticks, Ordering::SeqCst);
        }
    }
}

/// Notices that somebody set the clock.
#[derive(Debug)]
pub struct Jumps {
    clock: Clock,
    seen: (Tick, Moment),
}

impl Jumps {
    /// Less than this is a clock that is being kept right.
    const LEAST_JUMP: i64 = MINUTE;

    /// Looks from now on.
    pub fn of(clock: &Clock) -> Self {
        Self { clock: clock.clone(), seen: (clock.now(), clock.moment()) }
    }

    /// By how much the clock was set since the last look.
    pub fn last(&mut self) -> Option<i64> {
        let now = (self.clock.now(), self.clock.moment());
        let before = std::mem::replace(&mut self.seen, now);
        let by = now.0.since(before.0) - now.1.since(before.1);
        (by.abs() > Self::LEAST_JUMP).then_some(by)
    }
}

/// A duration in ticks.
pub fn ticks_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX)
}

/// Ticks as a duration; negative ones are none at all.
pub fn duration_of(ticks: i64) -> Duration {
    let ticks = u64::try_from(ticks).unwrap_or(0);
    Duration::new(ticks / SECOND as u64, (ticks % SECOND as u64 * 100) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_number_of_fractional_digits() {
        let base = Tick::from_unix_seconds(1_784_498_789);
        for (text, extra) in [
            ("2026-07-19T22:06:29Z", 0),
            ("2026-07-19T22:06:29.9Z", 9_000_000),
            ("2026-07-19T22:06:29.928Z", 9_280_000),
            ("2026-07-19T22:06:29.1314605Z", 1_314_605),
            ("2026-07-19T22:06:29.131460599Z", 1_314_605),
            ("2026-07-20T00:06:29+02:00", 0),
        ] {
            assert_eq!(Tick::parse(text), Some(base.plus(extra)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-13-01T00:00:00Z",
            "äöü-01-01T00:00:00Z",
        ] {
            assert_eq!(Tick::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(ticks in -62_135_596_800i64 * SECOND..253_402_300_800 * SECOND) {
            prop_assert_eq!(Tick::parse(&Tick(ticks).to_string()), Some(Tick(ticks)));
        }

        #[test]
        fn agrees_with_a_calendar_library(seconds in -62_135_596_800i64..253_402_207_200) {
            let theirs = jiff::Timestamp::from_second(seconds).unwrap().to_string();
            prop_assert_eq!(Tick::from_unix_seconds(seconds).to_string(), theirs);
        }
    }
}
