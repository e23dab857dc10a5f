//! Ticks as text: RFC 3339, which is also what KQL's `datetime(...)` takes.

use std::fmt;

use super::tick::{DAY, HOUR, MINUTE, SECOND, Tick};

impl Tick {
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
