//! What all sign-ins of the process share: connections, and the tokens of managed identities.

use std::sync::{Arc, Mutex, PoisonError};

use super::GateBook;
use super::gates::Gates;
use super::token_cache::TokenCache;
use crate::config::ManagedIdentity;
use crate::network::Clients;

/// What all sign-ins share. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SharedAuth {
    /// Connections.
    pub clients: Clients,
    /// A platform gives few tokens at a time (IMDS: "Rate limiting"), and many tenants may want the
    /// same one: it is asked once for each identity and resource.
    platform: Arc<Mutex<Vec<PlatformToken>>>,
    pub(super) gates: Gates,
}

#[derive(Debug)]
struct PlatformToken {
    identity: ManagedIdentity,
    resource: String,
    token: Arc<TokenCache>,
}

impl SharedAuth {
    /// With connections of its own, and gates that are written down in `book`.
    pub fn with_gates(book: Arc<dyn GateBook>) -> Self {
        Self { gates: Gates::of(book), ..Self::default() }
    }

    /// The token of `identity` for `resource`.
    pub(super) fn of(&self, identity: &ManagedIdentity, resource: &str) -> Arc<TokenCache> {
        let mut all = self.platform.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|one| one.resource == resource && one.identity == *identity);
        if let Some(known) = known {
            return Arc::clone(&known.token);
        }
        let (identity, resource) = (identity.clone(), resource.to_owned());
        let token = Arc::<TokenCache>::default();
        all.push(PlatformToken { identity, resource, token: Arc::clone(&token) });
        token
    }
}
