//! How long to wait before trying again: full jitter over a bound that doubles.

use std::time::Duration;

/// The bounds of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The most that the first wait may be.
    pub base: Duration,
    /// The most that any wait may be.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after `failures` failures in a row: a part of `min(cap, base * 2^(failures - 1))`,
    /// the part being `random`, from 0 to 1. Spreads over the whole range, so that many that
    /// failed together do not come back together.
    pub fn wait(self, failures: u32, random: f64) -> Duration {
        self.most(failures).mul_f64(random.clamp(0.0, 1.0))
    }

    /// The same over the upper half of the range: for whoever must be left alone for a while.
    pub fn at_least_half(self, failures: u32, random: f64) -> Duration {
        self.most(failures).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }

    fn most(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_cap_and_no_number_of_failures_overflows() {
        let backoff = Backoff { base: Duration::from_secs(5), cap: Duration::from_mins(15) };
        let most = |failures| backoff.wait(failures, 1.0).as_secs();
        assert_eq!([1, 2, 3, 8, 9, u32::MAX].map(most), [5, 10, 20, 640, 900, 900]);
        assert_eq!(backoff.wait(3, 0.0), Duration::ZERO);
        assert_eq!(backoff.wait(3, 0.25), Duration::from_secs(5));
    }
}
