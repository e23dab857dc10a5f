//! `Retry-After` and HTTP dates (RFC 9110, sections 10.2.3 and 5.6.7).

use std::time::Duration;

use crate::clock::{Tick, duration_of};

/// No wait is longer than this.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// How long to wait, from a `Retry-After` of seconds or a date. `None` for what asks for no wait
/// (0, a past date) and for what is neither: the caller then has its own default, since a refusal
/// that asks for an instant retry is answered by the next refusal.
pub fn parse(header: &str, now: Tick) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // So many digits that they are no number are still a long wait.
        Duration::from_secs(header.parse().unwrap_or(u64::MAX))
    } else {
        duration_of(http_date(header)?.since(now))
    };
    (!wait.is_zero()).then(|| wait.min(LONGEST_WAIT))
}

/// A wrong day of the week does not make a date less clear.
const PARSER: jiff::fmt::rfc2822::DateTimeParser =
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);

/// Reads an HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(text: &str) -> Option<Tick> {
    let date = PARSER.parse_zoned(text.trim()).ok()?;
    Some(Tick::from_unix_seconds(date.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_header() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(now, Tick::from_unix_seconds(784_111_777));
        for (header, seconds) in [
            ("733", Some(733)),
            (" 5 ", Some(5)),
            ("0", None),
            ("-5", None),
            ("", None),
            ("soon", None),
            ("1.5", None),
            ("1000000000", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", None),
            ("Sat, 05 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 2094 08:49:37 GMT", Some(86_400)),
        ] {
            assert_eq!(parse(header, now), seconds.map(Duration::from_secs), "{header:?}");
        }
    }
}
