//! A tenant's token, and what can be said of it before it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::token_cache::TokenCache;
use super::{AuthError, AuthRefusal, Bearer, Purpose, SignIn, SignInClients, claims};
use crate::clock::Clock;
use crate::config::Identity;
use crate::ids::is_guid;

/// A tenant's tokens.
#[derive(Debug)]
pub struct Tokens {
    sign_in: SignIn,
    clients: SignInClients,
    clock: Clock,
    /// Whether a permission was already said to be missing.
    warned: AtomicBool,
    token_cache: Arc<TokenCache>,
}

impl Tokens {
    /// None yet, or those of a managed identity that others use, too.
    pub fn new(sign_in: SignIn, clients: SignInClients, clock: Clock) -> Self {
        let token_cache = match &sign_in.identity {
            Identity::App { .. } => Arc::default(),
            Identity::Managed(identity) => clients.shared_auth.of(identity, &sign_in.resource()),
        };
        Self { sign_in, clients, clock, warned: AtomicBool::new(false), token_cache }
    }

    /// What is signed in to.
    pub const fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// A token with time left, by a new sign-in when there is none.
    pub async fn bearer(&self) -> Result<Arc<Bearer>, AuthError> {
        let bearer = self.token_cache.get(&self.clock, self.signed_in()).await?;
        self.check_home(&bearer)?;
        Ok(bearer)
    }

    async fn signed_in(&self) -> Result<Bearer, AuthError> {
        let bearer = super::exchange::sign_in(&self.sign_in, &self.clients, &self.clock).await?;
        self.look_into(&bearer);
        Ok(bearer)
    }

    /// Refuses a managed identity's token for another tenant than the configured one: nothing of a
    /// request to a platform names the tenant, so that one's clicks would be stored as another's.
    fn check_home(&self, bearer: &Bearer) -> Result<(), AuthError> {
        let (Identity::Managed(_), wanted) = (&self.sign_in.identity, &self.sign_in.tenant_id)
        else {
            return Ok(());
        };
        let home = claims::tenant(bearer.expose()).filter(|home| is_guid(home));
        match home {
            Some(home) if is_guid(wanted) && !home.eq_ignore_ascii_case(wanted) => {
                let sentence =
                    format!("{} belongs to tenant {home}, not to {wanted}", self.sign_in.who());
                let remedy = "correct tenant_id; tenants other than the identity's own take an app: \
                              client_id with federated_managed_identity = true";
                Err(AuthError::Refused(AuthRefusal::ours(sentence, remedy)))
            }
            _ => Ok(()),
        }
    }

    /// Whether the permission that the token is for seems to be missing in it: a hint, no more.
    pub fn seem_to_lack_it(&self, bearer: &Bearer) -> bool {
        claims::lacks(bearer.expose(), self.sign_in.purpose.permission())
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
        self.token_cache.drop_token(&refused).await;
    }
}
