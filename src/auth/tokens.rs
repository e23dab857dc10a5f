//! The tenant's token: kept until five minutes before its end, one sign-in in flight at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::{AuthError, Purpose, SignIn, SignInClients, roles};
use crate::clock::{Clock, MINUTE, Moment, ticks_of};

/// A token is renewed this long before its end.
const EARLY: i64 = 5 * MINUTE;

/// An access token.
#[derive(Debug)]
pub struct Bearer {
    secret: SecretString,
    /// From when on it is not used again, by a clock that nobody sets.
    renew_at: Moment,
}

impl Bearer {
    /// A token that lives for `lifetime`, begun at `now`. A lifetime of ten minutes or less is
    /// used to its half.
    pub(super) fn new(secret: SecretString, lifetime: Duration, now: Moment) -> Self {
        let lifetime = ticks_of(lifetime);
        Self { secret, renew_at: now.plus(lifetime - EARLY.min(lifetime / 2)) }
    }

    /// The token itself, for the `Authorization` header only.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// A tenant's tokens.
#[derive(Debug)]
pub struct Tokens {
    sign_in: SignIn,
    clients: SignInClients,
    clock: Clock,
    /// Whether a permission was already said to be missing.
    warned: AtomicBool,
    /// How many sign-ins have ended.
    ended: AtomicU64,
    last: Mutex<Option<Result<Arc<Bearer>, AuthError>>>,
}

impl Tokens {
    /// None yet.
    pub fn new(sign_in: SignIn, clients: SignInClients, clock: Clock) -> Self {
        let (warned, ended) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { sign_in, clients, clock, warned, ended, last: Mutex::new(None) }
    }

    /// What is signed in to.
    pub const fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// A token with time left, by a new sign-in when there is none.
    pub async fn bearer(&self) -> Result<Arc<Bearer>, AuthError> {
        let ended = self.ended.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(bearer)) if self.clock.moment() < bearer.renew_at => return Ok(bearer.clone()),
            // It failed while we waited for it: the same again would only be noise.
            Some(Err(error)) if self.ended.load(Ordering::SeqCst) != ended => {
                return Err(error.clone());
            }
            _ => {}
        }
        let result = super::exchange::sign_in(&self.sign_in, &self.clients, &self.clock).await;
        let result = result.map(Arc::new);
        if let Ok(bearer) = &result {
            self.look_into(bearer);
        }
        *last = Some(result.clone());
        self.ended.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Whether the permission that the token is for seems to be missing in it: a hint, no more.
    pub fn seem_to_lack_it(&self, bearer: &Bearer) -> bool {
        roles::lack(bearer.expose(), self.sign_in.purpose.permission())
    }

    /// Says once where a permission seems to be missing. One to send mail can also be given in
    /// Exchange, of which a token tells nothing ("Role Based Access Control for Applications in
    /// Exchange Online").
    fn look_into(&self, bearer: &Bearer) {
        let permission = self.sign_in.purpose.permission();
        if self.sign_in.purpose == Purpose::Hunting
            && self.seem_to_lack_it(bearer)
            && !self.warned.swap(true, Ordering::SeqCst)
        {
            tracing::warn!(
                tenant = %self.sign_in.tenant_id,
                "the token of {} seems to lack {permission}: {}",
                self.sign_in.who(),
                self.sign_in.permission_remedy()
            );
        }
    }

    /// Forgets `refused`, a token that the API would not take, unless it is renewed already.
    pub async fn drop_token(&self, refused: Arc<Bearer>) {
        let mut last = self.last.lock().await;
        if let Some(Ok(kept)) = &*last
            && Arc::ptr_eq(kept, &refused)
        {
            *last = None;
        }
    }
}
