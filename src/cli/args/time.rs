//! A time on the command line: to the second or finer, or a day, which stands for its beginning in UTC.

use crate::cli::CommandError;
use crate::clock::Tick;
use crate::text::escape::one_line;

/// The time that `flag` was given; `such` is an example of one.
pub(in crate::cli) fn time_arg(flag: &str, text: &str, such: Tick) -> Result<Tick, CommandError> {
    let trimmed = text.trim();
    Tick::parse(trimmed).or_else(|| day(trimmed)).ok_or_else(|| {
        let (shown, such) = (one_line(text), such.to_string());
        let day = such.split('T').next().unwrap_or_default();
        CommandError::usage(format!(
            "{flag}: {shown:?} is no time; write it as {such}, or as {day} for the beginning of that day in UTC"
        ))
    })
}

/// The beginning of a day such as 2026-07-19.
fn day(text: &str) -> Option<Tick> {
    let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    Tick::parse(&format!("{text}T00:00:00Z")).filter(|_| is_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_for_its_beginning_in_utc() {
        let such = Tick::from_unix_seconds(1_784_498_400);
        let read = |text: &str| time_arg("--until", text, such).ok().map(|at| at.to_string());
        let midnight = Tick::parse("2026-11-30T00:00:00Z").unwrap().to_string();
        assert_eq!(read("2026-11-30"), Some(midnight.clone()));
        assert_eq!(read(" 2026-11-30T01:00:00+01:00 "), Some(midnight));
        for text in
            ["2026-11-31", "2026-13-01", "2026-11-3", "26-11-30", "20261130", "2026-11-30T", ""]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
