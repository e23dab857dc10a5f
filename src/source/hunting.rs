//! One tenant's hunting API: `POST /v1.0/security/runHuntingQuery` of Microsoft Graph.

use std::sync::{Arc, Mutex};

use reqwest::Client;
use url::Url;

use super::budget::{ReplyBudget, ReplyRoom};
use super::error::SourceError;
use super::limits::Limits;
use crate::auth::{Bearer, SharedAuth, SignIn, SignInClients, Tokens};
use crate::clock::Clock;
use crate::config::Tenant;
use crate::network::{Network, NetworkError};

/// Where a tenant's Graph is, and what is needed to ask it.
#[derive(Clone, Debug)]
pub struct GraphEndpoint {
    /// A client for it.
    pub http: Client,
    /// Such as `https://graph.microsoft.com`.
    pub url: Url,
    /// What signs in.
    pub tokens: Arc<Tokens>,
}

/// One tenant's hunting API. Drop a [`super::HuntingReply`] before the next call: it holds part of the budget.
#[derive(Clone, Debug)]
pub struct Hunting {
    pub(super) http: Client,
    pub(super) endpoint: Url,
    pub(super) tokens: Arc<Tokens>,
    /// The token that was not taken last; `None` since one was.
    pub(super) refused: Arc<Mutex<Option<Arc<Bearer>>>>,
    pub(super) budget: ReplyBudget,
    pub(super) limits: Limits,
    pub(super) clock: Clock,
}

/// What a call needs besides a permit: a token, and room for the answer.
#[derive(Debug)]
pub struct ReadyCall {
    pub(super) token: Arc<Bearer>,
    pub(super) room: ReplyRoom,
}

impl Hunting {
    /// The API of a configured tenant, with a sign-in of its own.
    pub fn of(
        tenant: &Tenant,
        auth: &SharedAuth,
        budget: &ReplyBudget,
        clock: &Clock,
    ) -> Result<Self, NetworkError> {
        let network = Network { ca_file: tenant.ca_file.clone() };
        let sign_in = SignIn::of(tenant);
        let login = SignInClients::of(&sign_in, &network, auth)?;
        let tokens = Arc::new(Tokens::new(sign_in, login, clock.clone()));
        let http = auth.clients.get(&network, &tenant.graph_url)?;
        let graph = GraphEndpoint { http, url: tenant.graph_url.clone(), tokens };
        Ok(Self::new(graph, budget.clone(), Limits::default(), clock.clone()))
    }

    /// The API at `graph`.
    pub fn new(graph: GraphEndpoint, budget: ReplyBudget, limits: Limits, clock: Clock) -> Self {
        let GraphEndpoint { http, url: mut endpoint, tokens } = graph;
        let base = endpoint.path().trim_end_matches('/').to_owned();
        endpoint.set_path(&format!("{base}/v1.0/security/runHuntingQuery"));
        Self { http, endpoint, tokens, refused: Arc::default(), budget, limits, clock }
    }

    /// Signs in, if there is no token, without asking anything.
    pub async fn sign_in(&self) -> Result<(), SourceError> {
        self.tokens.bearer().await?;
        Ok(())
    }

    /// Makes ready for a call whose reply is likely to have `expect_bytes`: signs in if need be,
    /// and waits for room.
    pub async fn ready(&self, expect_bytes: u64) -> Result<ReadyCall, SourceError> {
        let token = self.tokens.bearer().await?;
        Ok(ReadyCall { token, room: self.budget.reserve(expect_bytes).await })
    }

    /// The same, but without waiting for room: `None` if there is none.
    pub async fn try_ready(&self, expect_bytes: u64) -> Option<Result<ReadyCall, SourceError>> {
        // A sign-in may take long: others have the room until then.
        let token = match self.tokens.bearer().await {
            Ok(token) => token,
            Err(error) => return Some(Err(error.into())),
        };
        Some(Ok(ReadyCall { token, room: self.budget.try_reserve(expect_bytes)? }))
    }
}
