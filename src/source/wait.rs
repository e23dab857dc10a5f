//! How long a refusal for want of quota lasts. Pure.
//!
//! Graph does not promise `Retry-After` for hunting ("Microsoft Graph throttling guidance"), so the
//! wait is taken from the header, else from the message, else from what is known of the quota.

use std::time::Duration;

use super::ExhaustedQuota;
use crate::clock::{MINUTE, Tick, duration_of};
use crate::network::retry_after::{self, LONGEST_WAIT};

/// The wait after a refusal by the rate quota that names none: it counts calls a minute.
const RATE: Duration = Duration::from_mins(1);
/// The CPU quota is renewed at every quarter of an hour ("Advanced hunting quotas").
const CPU_CYCLE: i64 = 15 * MINUTE;

/// The wait from `now`, which is the answer's own `Date` where it has one.
pub(super) fn wait(
    quota: ExhaustedQuota,
    header: Option<&str>,
    message: &str,
    now: Tick,
) -> Duration {
    let named = header.and_then(|header| retry_after::parse(header, now));
    named.or_else(|| named_in(message)).unwrap_or_else(|| match quota {
        ExhaustedQuota::Rate | ExhaustedQuota::SignIns => RATE,
        ExhaustedQuota::Cpu => duration_of(now.floor(CPU_CYCLE).plus(CPU_CYCLE).since(now)),
    })
}

/// "You can run queries again in 2871 seconds", also in minutes or hours, or as `00:47:51`.
fn named_in(message: &str) -> Option<Duration> {
    let message = message.to_ascii_lowercase();
    let rest = message.split_once("again in ")?.1;
    let mut words = rest.split_whitespace();
    let amount = words.next()?.trim_end_matches('.');
    let seconds = if amount.contains(':') {
        let part = |sum: Option<u64>, part: &str| {
            sum?.checked_mul(60)?.checked_add(part.parse::<u64>().ok()?)
        };
        amount.split(':').fold(Some(0), part)?
    } else {
        let unit = match words.next().unwrap_or_default() {
            unit if unit.starts_with("minute") => 60,
            unit if unit.starts_with("hour") => 3_600,
            _ => 1,
        };
        amount.parse::<u64>().ok()?.saturating_mul(unit)
    };
    (seconds > 0).then(|| Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(quota: ExhaustedQuota, header: Option<&str>, message: &str) -> u64 {
        let now = Tick::parse("2026-07-19T17:02:06Z").unwrap();
        wait(quota, header, message, now).as_secs()
    }

    #[test]
    fn header_then_message_then_quota() {
        let cpu = "You have exceeded processing resources allocated to this tenant. You can run \
                   queries again in 2871 seconds";
        assert_eq!(seconds(ExhaustedQuota::Cpu, Some("733"), cpu), 733);
        assert_eq!(seconds(ExhaustedQuota::Cpu, Some("Sun, 19 Jul 2026 17:03:06 GMT"), cpu), 60);
        for no_wait in ["0", "-1", "soon", "", "Sun, 19 Jul 2026 17:00:06 GMT"] {
            assert_eq!(seconds(ExhaustedQuota::Cpu, Some(no_wait), cpu), 2871, "{no_wait:?}");
        }
        assert_eq!(
            seconds(ExhaustedQuota::Rate, None, "You can send requests again in 8 seconds."),
            8
        );
        assert_eq!(seconds(ExhaustedQuota::Cpu, None, "run queries again in 00:47:51."), 2871);
        assert_eq!(seconds(ExhaustedQuota::Cpu, None, "again in 15 minutes"), 900);
        assert_eq!(seconds(ExhaustedQuota::Rate, Some("1000000000"), ""), 86_400);
        assert_eq!(seconds(ExhaustedQuota::Rate, None, "again in 99999999999 hours"), 86_400);
        for nothing in ["", "again in a while", "again in 0 seconds", "<html>no</html>"] {
            assert_eq!(seconds(ExhaustedQuota::Rate, None, nothing), 60);
            // From 17:02:06 to 17:15.
            assert_eq!(seconds(ExhaustedQuota::Cpu, None, nothing), 774);
        }
    }

    #[test]
    fn on_a_boundary_the_whole_next_cycle_is_waited_for() {
        let now = Tick::parse("2026-07-19T17:15:00Z").unwrap();
        assert_eq!(wait(ExhaustedQuota::Cpu, None, "", now).as_secs(), 900);
    }
}
