//! A token that is kept: renewed before its end, with one request for it in flight at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::{AuthError, Bearer};
use crate::clock::{Clock, MINUTE, Moment};

/// A token that could not be renewed is used until its end, and renewed again after so long.
const RENEW_AGAIN_AFTER: i64 = MINUTE;

/// A token, and how the last request for one ended.
#[derive(Debug, Default)]
pub(super) struct TokenCache {
    /// How many requests have ended.
    ended: AtomicU64,
    last: Mutex<Option<Result<CachedToken, AuthError>>>,
}

#[derive(Debug)]
struct CachedToken {
    bearer: Arc<Bearer>,
    renew_at: Moment,
}

impl TokenCache {
    /// The token that is there, or what `ask` gives; whoever comes meanwhile gets the same.
    pub(super) async fn get(
        &self,
        clock: &Clock,
        ask: impl Future<Output = Result<Bearer, AuthError>>,
    ) -> Result<Arc<Bearer>, AuthError> {
        let ended = self.ended.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(held)) if clock.moment() < held.renew_at => return Ok(held.bearer.clone()),
            // It failed while we waited for it: the same again would only be noise.
            Some(Err(error)) if self.ended.load(Ordering::SeqCst) != ended => {
                return Err(error.clone());
            }
            _ => {}
        }
        // Whoever is to stop drops this future: what is there must stay until there is more.
        let asked = ask.await;
        let next = renewed(last.take(), asked, clock.moment());
        let result = match &next {
            Ok(held) => Ok(held.bearer.clone()),
            Err(error) => Err(error.clone()),
        };
        *last = Some(next);
        self.ended.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Forgets `refused`, a token that was not taken, unless it is renewed already.
    pub(super) async fn drop_token(&self, refused: &Arc<Bearer>) {
        let mut last = self.last.lock().await;
        if let Some(Ok(held)) = &*last
            && Arc::ptr_eq(&held.bearer, refused)
        {
            *last = None;
        }
    }
}

/// What is kept once somebody was asked. A token that is still good outlives a service that cannot be
/// reached or has no time, but no refusal.
fn renewed(
    before: Option<Result<CachedToken, AuthError>>,
    asked: Result<Bearer, AuthError>,
    now: Moment,
) -> Result<CachedToken, AuthError> {
    match (asked, before) {
        (Ok(bearer), _) => {
            Ok(CachedToken { renew_at: bearer.renew_at(), bearer: Arc::new(bearer) })
        }
        (Err(AuthError::Transport(_) | AuthError::Throttled { .. }), Some(Ok(held)))
            if now < held.bearer.until() =>
        {
            Ok(CachedToken {
                renew_at: now.plus(RENEW_AGAIN_AFTER).min(held.bearer.until()),
                ..held
            })
        }
        (Err(error), _) => Err(error),
    }
}
