//! How long a tenant's secret is still good, as far as the configuration tells.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::text::counted;
use crate::clock::Tick;

/// Somebody needs that long to make a new secret and bring it here.
const WARNED_BEFORE: i32 = 14;

/// Days from today (UTC) to the secret's last day; negative when that has passed.
fn days_left(expires: Date, now: Tick) -> i32 {
    let today = Timestamp::from_second(now.unix_seconds()).unwrap_or_default();
    let today = today.to_zoned(TimeZone::UTC).date();
    today.until(expires).map_or(i32::MAX, |span| span.get_days())
}

/// What must be done about a secret that has expired or soon will.
pub(super) fn warning(expires: Option<Date>, now: Tick) -> Option<String> {
    let expires = expires?;
    let days = days_left(expires, now);
    let when = match days {
        ..0 => format!("expired on {expires}"),
        0 => "expires today".to_owned(),
        1..=WARNED_BEFORE => {
            format!("expires on {expires}, in {}", counted(days.unsigned_abs().into(), "day"))
        }
        _ => return None,
    };
    Some(format!(
        "the client secret {when}: add a new one to the app, put it into client_secret_file, and \
         set secret_expires"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_weeks_before_somebody_must_act() {
        let now = Tick::parse("2026-11-23T23:59:59Z").unwrap();
        let on = |date: &str| warning(Some(date.parse().unwrap()), now).unwrap_or_default();
        assert_eq!(on("2026-12-08"), "");
        assert!(on("2026-12-07").contains("2026-12-07, in 14 days"));
        assert!(on("2026-11-24").contains("in 1 day:"));
        assert!(on("2026-11-23").contains("expires today"));
        assert!(on("2026-11-22").contains("expired on 2026-11-22"));
        assert!(on("2016-11-22").contains("expired"));
        assert_eq!(warning(None, now), None);
    }
}
