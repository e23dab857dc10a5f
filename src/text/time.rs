//! Times and stretches of time as people read them. Times are UTC, which whoever shows them says.

use super::number::counted;
use crate::clock::{SECOND, Tick};

/// To the second: `2026-07-19 14:05:09`.
pub fn to_second(at: Tick) -> String {
    at.floor(SECOND).to_string().replace('T', " ").replace('Z', "")
}

/// To the minute: `2026-07-19 14:05`.
pub fn to_minute(at: Tick) -> String {
    to_second(at).chars().take(16).collect()
}

/// A stretch of time as people say it: in its largest unit.
pub fn roughly(ticks: i64) -> String {
    let seconds = ticks.unsigned_abs() / SECOND.unsigned_abs();
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds / 60, "minute"),
        7_200..172_800 => counted(seconds / 3_600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_write_them() {
        let at = Tick::parse("2026-07-19T14:05:09.1234567Z").unwrap();
        assert_eq!(to_second(at), "2026-07-19 14:05:09");
        assert_eq!(to_minute(at), "2026-07-19 14:05");
        assert_eq!(roughly(-90 * SECOND), "90 seconds");
        assert_eq!(roughly(3 * 86_400 * SECOND), "3 days");
    }
}
