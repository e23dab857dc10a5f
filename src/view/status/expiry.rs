//! How long a tenant's credential is still good, as far as that is known.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Tick;
use crate::config::{Expiring, Expiry};
use crate::text::number::counted;

/// Somebody needs that long to make a new credential and bring it here.
const WARNED_BEFORE: i32 = 14;

/// Days from today (UTC) to the last day.
fn days_left(last_day: Date, now: Tick) -> i32 {
    let today = Timestamp::from_second(now.unix_seconds()).unwrap_or_default();
    let today = today.to_zoned(TimeZone::UTC).date();
    today.until(last_day).map_or(i32::MAX, |span| span.get_days())
}

/// What must be done about a credential that has expired or soon will.
pub fn warning(expiry: Option<Expiry>, now: Tick) -> Option<String> {
    let Expiry { what, last_day, until } = expiry?;
    let when = match days_left(last_day, now) {
        _ if now >= until => format!("expired on {last_day}"),
        ..=0 => "expires today".to_owned(),
        days @ 1..=WARNED_BEFORE => {
            format!("expires on {last_day}, in {}", counted(days.unsigned_abs().into(), "day"))
        }
        _ => return None,
    };
    Some(match what {
        Expiring::Secret => format!(
            "the client secret {when}: add a new one to the app, put it into client_secret_file, \
             and set secret_expires"
        ),
        Expiring::Certificate => format!(
            "the certificate {when}: upload a new one to the app, and put it into certificate_file \
             and its key into private_key_file"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY;

    fn expiry(last_day: &str) -> Expiry {
        let until = Tick::parse(&format!("{last_day}T00:00:00Z")).unwrap().plus(DAY);
        Expiry { what: Expiring::Secret, last_day: last_day.parse().unwrap(), until }
    }

    #[test]
    fn two_weeks_before_somebody_must_act() {
        let now = Tick::parse("2026-11-23T23:59:59Z").unwrap();
        let on = |date: &str| warning(Some(expiry(date)), now).unwrap_or_default();
        assert_eq!(on("2026-12-08"), "");
        assert!(on("2026-12-07").contains("2026-12-07, in 14 days"));
        assert!(on("2026-11-24").contains("in 1 day:"));
        assert!(on("2026-11-23").contains("expires today"));
        assert!(on("2026-11-22").contains("expired on 2026-11-22"));
        assert!(on("2016-11-22").contains("expired"));
        assert_eq!(warning(None, now), None);
    }

    #[test]
    fn a_certificate_ends_to_the_second() {
        let until = Tick::parse("2026-11-23T12:00:00Z").unwrap();
        let last_day = "2026-11-23".parse().unwrap();
        let expiry = Some(Expiry { what: Expiring::Certificate, last_day, until });
        let at = |now: Tick| warning(expiry, now).unwrap();
        assert!(at(until.plus(-1)).contains("the certificate expires today"));
        assert!(at(until).contains("expired on 2026-11-23"));
    }
}
