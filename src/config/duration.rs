//! Durations as people write them: `5m`, `24h`, `30d`, `1h30m`.

use std::fmt::Write;
use std::time::Duration;

/// The bounds of settings.
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);
/// About a lifetime: more than anybody waits.
pub(super) const CENTURY: Duration = Duration::from_hours(24 * 36_525);

/// What to do about a text that is no duration.
pub(super) const DURATION_REMEDY: &str = "write it as 90s, 5m, 24h, 30d or 1h30m";

const DURATION_UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// A hundred years.
const LONGEST_DURATION: u64 = 36_525 * 86_400;

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a number and a unit, or units out of order.
    #[error("is no duration")]
    Unreadable,
    /// Zero.
    #[error("must be longer than zero")]
    Zero,
    /// More than a hundred years.
    #[error("is longer than a hundred years")]
    TooLong,
}

/// Reads numbers with the units `d`, `h`, `m`, `s`, each at most once, the longest first.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let mut rest = text.trim();
    let mut units = DURATION_UNITS.into_iter();
    let mut seconds: u64 = 0;
    if rest.is_empty() {
        return Err(DurationError::Unreadable);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(DurationError::Unreadable)?;
        let (number, tail) = rest.split_at_checked(digits).ok_or(DurationError::Unreadable)?;
        let unit = tail.chars().next().ok_or(DurationError::Unreadable)?;
        let (_, length) =
            units.find(|(known, _)| *known == unit).ok_or(DurationError::Unreadable)?;
        if number.is_empty() {
            return Err(DurationError::Unreadable);
        }
        let number: u64 = number.parse().map_err(|_| DurationError::TooLong)?;
        seconds = seconds.saturating_add(number.saturating_mul(length));
        rest = tail.strip_prefix(unit).unwrap_or_default().trim_start();
    }
    match seconds {
        0 => Err(DurationError::Zero),
        seconds if seconds > LONGEST_DURATION => Err(DurationError::TooLong),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

/// Writes a duration of whole seconds as [`parse`] reads it.
pub fn format(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut text = String::new();
    // `24h` and `7d` are how people say it: days only when they are whole.
    let units = DURATION_UNITS
        .iter()
        .filter(|(unit, length)| *unit != 'd' || seconds.is_multiple_of(*length));
    for (unit, length) in units.copied().collect::<Vec<_>>() {
        if seconds >= length {
            // Writing into memory cannot fail.
            let _ = write!(text, "{}{unit}", seconds / length);
            seconds %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for (text, seconds) in [
            ("5m", 300),
            ("24h", 86_400),
            ("30d", 2_592_000),
            ("1h30m", 5_400),
            (" 1d 2h 3m 4s ", 93_784),
            ("90s", 90),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "m", "5x", "-5m", "1.5h", "30m1h", "1m1m", "5 m", "ä", "5M"] {
            assert_eq!(parse(text), Err(DurationError::Unreadable), "{text}");
        }
        assert_eq!(parse("0s"), Err(DurationError::Zero));
        assert_eq!(parse("99999999999999999999d"), Err(DurationError::TooLong));
        assert_eq!(parse("999999d"), Err(DurationError::TooLong));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 1..=LONGEST_DURATION) {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = parse(&text);
        }
    }
}
