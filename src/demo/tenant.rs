//! A simulated tenant on a loopback port: signs apps in, and answers hunting queries from a table
//! in memory.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::kql::Table;

use super::fault::{Fault, Faults, ReceivedQuery};
use super::tenant_state::{Shared, TenantSettings};
use super::{hunting, login};

/// A running simulated tenant. Clones share it; it stops when the last is dropped.
#[derive(Clone, Debug)]
pub struct Tenant {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: Arc<DropGuard>,
}

impl Tenant {
    /// Starts one on a free port of 127.0.0.1. Must be called within a tokio runtime.
    pub async fn start(settings: TenantSettings, table: Table) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(settings, table));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(login::token))
            .route("/v1.0/security/runHuntingQuery", post(hunting::run))
            // As Microsoft's SDKs of Python, .NET and Java write it.
            .route("/v1.0/security/microsoft.graph.security.runHuntingQuery", post(hunting::run))
            .fallback(hunting::nothing_there)
            .method_not_allowed_fallback(hunting::wrong_method)
            .with_state(shared.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            // Only a broken listener ends it early; its clients then see refused connections.
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        });
        Ok(Self { shared, address, _stop: Arc::new(stop.drop_guard()) })
    }

    /// Its address: both `login_url` and `graph_url` of a tenant's configuration.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was started with.
    pub fn settings(&self) -> &TenantSettings {
        &self.shared.settings
    }

    /// Looks at its table. `f` must not call the tenant.
    pub fn read<T>(&self, f: impl FnOnce(&Table) -> T) -> T {
        f(&self.shared.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes its table. `f` must not call the tenant.
    pub fn write<T>(&self, f: impl FnOnce(&mut Table) -> T) -> T {
        f(&mut self.shared.table.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides the next answers to come, one each; `None` is a good one.
    pub fn expect_faults(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.shared.state().faults.queue.extend(faults);
    }

    /// Decides every answer that no queue decides. The script sees each query before it is
    /// answered and may change the table under it; it must not call the tenant.
    pub fn script_faults(
        &self,
        script: impl FnMut(&ReceivedQuery, &mut Table) -> Option<Fault> + Send + 'static,
    ) {
        self.shared.state().faults.script = Some(Box::new(script));
    }

    /// Forgets every fault to come.
    pub fn behave(&self) {
        let mut state = self.shared.state();
        state.faults = Faults::default();
        state.sign_in_faults.clear();
    }

    /// Refuses the next sign-ins with these `AADSTS` codes, one each.
    pub fn refuse_sign_ins(&self, codes: impl IntoIterator<Item = u32>) {
        self.shared.state().sign_in_faults.extend(codes);
    }

    /// Makes every token issued so far worthless.
    pub fn revoke_tokens(&self) {
        self.shared.state().tokens.clear();
    }

    /// The queries that came with a good token (the last 10,000), in order.
    pub fn received(&self) -> Vec<ReceivedQuery> {
        self.shared.state().received.iter().cloned().collect()
    }

    /// How many queries came with a good token.
    pub fn queries(&self) -> u64 {
        self.shared.state().queries
    }

    /// How often an app tried to sign in.
    pub fn sign_ins(&self) -> u64 {
        self.shared.state().sign_ins
    }
}
