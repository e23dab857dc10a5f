//! Between ticks and the durations of the standard library.

use std::time::Duration;

use super::tick::SECOND;

/// A duration in ticks.
pub fn ticks_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX)
}

/// Ticks as a duration; negative ones are none at all.
pub fn duration_of(ticks: i64) -> Duration {
    let ticks = u64::try_from(ticks).unwrap_or(0);
    Duration::new(ticks / SECOND as u64, (ticks % SECOND as u64 * 100) as u32)
}
