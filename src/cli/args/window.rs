//! `--window` and `--until`: the stretch of time that a command looks at.

use std::time::Duration;

use crate::cli::CommandError;
use crate::cli::args::time::time_arg;
use crate::clock::{MINUTE, Span, Tick, ticks_of};
pub(in crate::cli) use crate::collect::horizon;
use crate::config::parse_duration;
use crate::text::escape::one_line;

/// From `--until` back by `--window`; the end is not part of it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Window {
    /// How far back, such as 24h, 7d or 1h30m [default: summary.window of the configuration, 7d]
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    window: Option<String>,
    /// Where it ends, such as 2026-07-19T22:00:00Z, or 2026-07-19 for the beginning of that day in
    /// UTC; a click at that very time is left out [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

impl Window {
    /// Whether one is given.
    pub(in crate::cli) const fn is_given(&self) -> bool {
        self.window.is_some() || self.until.is_some()
    }

    /// `[until - window, until)`.
    pub(in crate::cli) fn span(&self, default: Duration, now: Tick) -> Result<Span, CommandError> {
        let until = self.until.as_deref().map_or(Ok(now), |text| time(text, now))?;
        let length = self.window.as_deref().map_or(Ok(default), length)?;
        let from = until.plus(-ticks_of(length));
        // Texts of a time have four digits for the year.
        if Tick::parse(&from.to_string()) != Some(from) {
            return Err(CommandError::usage("--window: reaches back beyond the year 0"));
        }
        Ok(Span::new(from, until))
    }
}

fn time(text: &str, now: Tick) -> Result<Tick, CommandError> {
    let until = time_arg("--until", text, now.floor(MINUTE))?;
    if until > now {
        let why = format!("--until: {until} is in the future; it is {now} now");
        return Err(CommandError::usage(why));
    }
    Ok(until)
}

fn length(text: &str) -> Result<Duration, CommandError> {
    let shown = one_line(text);
    parse_duration(text).map_err(|error| {
        CommandError::usage(format!("--window: {shown:?} {error}; write it as 24h, 7d or 1h30m"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Exit;
    use crate::clock::{DAY, HOUR};
    use crate::collect::SOURCE_RETENTION;

    const NOW: Tick = Tick::from_unix_seconds(1_784_498_400);

    fn span(window: Option<&str>, until: Option<&str>) -> Result<Span, String> {
        let window = Window { window: window.map(str::to_owned), until: until.map(str::to_owned) };
        window.span(Duration::from_hours(1), NOW).map_err(|failure| match failure {
            CommandError::Said(Exit::Usage, why) => why,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_window_ends_now_unless_told() {
        assert_eq!(span(None, None), Ok(Span::new(NOW.plus(-HOUR), NOW)));
        let until = "2026-07-19T20:00:00.0000001Z";
        let end = Tick::parse(until).unwrap();
        assert_eq!(span(Some("2d"), Some(until)), Ok(Span::new(end.plus(-2 * DAY), end)));
    }

    #[test]
    fn what_is_no_window_is_refused_in_one_line() {
        for (window, until, words) in [
            (None, Some("yesterday"), "is no time"),
            (None, Some("2026-07-21"), "is in the future"),
            (None, Some("2026-07-19T22:00:00.0000001Z"), "is in the future"),
            (Some("0s"), None, "must be longer than zero"),
            (Some("-5m"), None, "is no duration"),
            (Some("7"), None, "is no duration"),
            (Some(""), None, "is no duration"),
            (Some("7\u{1b}d\n"), None, "is no duration"),
            (Some("99999d"), None, "is longer than a hundred years"),
            (Some("36525d"), Some("0050-01-01T00:00:00Z"), "beyond the year 0"),
        ] {
            let why = span(window, until).unwrap_err();
            assert!(why.contains(words) && !why.contains(char::is_control), "{why}");
        }
    }

    #[test]
    fn the_horizon_is_what_collection_counts() {
        for (at, first) in
            [("00:00", "01:00"), ("00:01", "01:00"), ("00:30", "01:00"), ("00:31", "02:00")]
        {
            let now = Tick::parse(&format!("2026-07-31T{at}:00Z")).unwrap();
            let from = Tick::parse(&format!("2026-07-01T{first}:00Z")).unwrap();
            assert_eq!(horizon(now, SOURCE_RETENTION).from, from, "{at}");
        }
        let now = Tick::parse("2026-07-31T00:10:00Z").unwrap();
        let short = horizon(now, 2 * HOUR);
        assert_eq!(short, Span::new(now.plus(-10 * MINUTE - HOUR), now.plus(-10 * MINUTE)));
    }
}
