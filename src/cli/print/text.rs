//! Text from outside, fit for a terminal.

use crate::clock::{SECOND, Tick};
pub(in crate::cli) use crate::text::number::{counted, grouped};

/// `text` with everything that a terminal would act on, or not show, as escapes.
pub(in crate::cli) fn plain(text: &str) -> String {
    crate::text::escape::visible(text)
}

/// A name from outside as people are shown it: nothing in it can be followed, and every option that
/// takes one reads it back.
pub(in crate::cli) fn value(text: &str) -> String {
    crate::text::defang::text(text)
}

/// A time to the second, as people read it; always UTC.
pub(in crate::cli) fn time(at: Tick) -> String {
    at.floor(SECOND).to_string().replace('T', " ").replace('Z', "")
}

/// The same to the minute.
pub(in crate::cli) fn minute(at: Tick) -> String {
    time(at).chars().take(16).collect()
}

/// A stretch of time as people say it: its largest unit, two for days.
pub(in crate::cli) fn roughly(ticks: i64) -> String {
    let seconds = ticks.unsigned_abs() / SECOND.unsigned_abs();
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds / 60, "minute"),
        7_200..172_800 => counted(seconds / 3_600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}

/// A size in bytes as people say it.
pub(in crate::cli) fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / unit as f64),
        None => counted(count, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!(roughly(-90 * SECOND), "90 seconds");
        assert_eq!(roughly(3 * 86_400 * SECOND), "3 days");
        assert_eq!(bytes(5 << 20), "5.0 MiB");
    }
}
