//! An access token, and how long it is used.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::{MINUTE, Moment, ticks_of};

/// A token is renewed this long before its end.
const RENEW_BEFORE_END: i64 = 5 * MINUTE;

/// An access token.
#[derive(Debug)]
pub struct Bearer {
    secret: SecretString,
    /// When it was given, by a clock that nobody sets.
    since: Moment,
    lifetime: i64,
}

impl Bearer {
    /// A token that lives for `lifetime`, begun at `now`.
    pub(super) fn new(secret: SecretString, lifetime: Duration, now: Moment) -> Self {
        Self { secret, since: now, lifetime: ticks_of(lifetime) }
    }

    /// The token itself, for the `Authorization` header only.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// From when on another is asked for. Of ten minutes or less the first half is used.
    pub(super) fn renew_at(&self) -> Moment {
        self.since.plus(self.lifetime - RENEW_BEFORE_END.min(self.lifetime / 2))
    }

    /// Its end.
    pub(super) const fn until(&self) -> Moment {
        self.since.plus(self.lifetime)
    }
}
