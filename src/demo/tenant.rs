//! A simulated tenant on a loopback port: signs apps in, and answers hunting queries from a table
//! in memory.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::{Clock, Tick};
use crate::kql::Table;

use super::fault::{Fault, Faults, ReceivedQuery};
use super::{hunting, login};

/// How many queries are remembered for [`Tenant::received`].
const MOST_REMEMBERED: usize = 10_000;

/// What a simulated tenant accepts and how far it goes.
#[derive(Clone, Debug)]
pub struct TenantSettings {
    /// The tenant's id, as it stands in the token address.
    pub tenant_id: String,
    /// The one app it knows.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: String,
    /// What time it is there: dates its answers, and decides which rows it shows.
    pub clock: Clock,
    /// How long a token is good.
    pub token_lifetime: Duration,
    /// Calls it answers in any 60 seconds; more get a 429. `None`: any number.
    pub calls_per_minute: Option<usize>,
    /// Rows at which it cuts an answer without a word.
    pub most_rows: usize,
    /// Bytes above which it refuses to answer.
    pub most_bytes: usize,
}

impl TenantSettings {
    /// As Microsoft documents it (45 calls a minute, 100,000 rows, 50 MB, tokens for an hour), with
    /// made-up names.
    pub fn new(clock: Clock) -> Self {
        Self {
            tenant_id: "00000000-0000-4000-8000-00000000cafe".to_owned(),
            client_id: "00000000-0000-4000-8000-00000000beef".to_owned(),
            client_secret: "simulated-secret".to_owned(),
            clock,
            token_lifetime: Duration::from_secs(3_599),
            calls_per_minute: Some(45),
            most_rows: 100_000,
            most_bytes: 50_000_000,
        }
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    pub settings: TenantSettings,
    pub table: RwLock<Table>,
    state: Mutex<SimulatedState>,
    ids: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct SimulatedState {
    /// Tokens issued, and until when each is good.
    pub tokens: HashMap<String, Tick>,
    pub sign_ins: u64,
    /// `AADSTS` codes that the next sign-ins are refused with.
    pub sign_in_faults: VecDeque<u32>,
    pub faults: Faults,
    pub received: VecDeque<ReceivedQuery>,
    /// How many queries were ever asked.
    pub queries: u64,
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, SimulatedState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fresh request id.
    pub fn next_id(&self) -> String {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-0000-4000-8000-{id:012x}", id % 0xFFFF_FFFF)
    }
}

impl SimulatedState {
    /// Remembers a query; gives its place for the answer to be noted.
    pub fn remember(&mut self, received: ReceivedQuery) -> u64 {
        if self.received.len() == MOST_REMEMBERED {
            self.received.pop_front();
        }
        self.received.push_back(received);
        self.queries += 1;
        self.queries - 1
    }

    /// Notes what came of the query that [`Self::remember`] gave `number`.
    pub fn note(&mut self, number: u64, status: u16, rows: usize) {
        let first = self.queries - self.received.len() as u64;
        let place = number.checked_sub(first).map(|place| place as usize);
        if let Some(received) = place.and_then(|place| self.received.get_mut(place)) {
            (received.status, received.rows) = (status, rows);
        }
    }
}

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
        let (table, state) = (RwLock::new(table), Mutex::default());
        let shared = Arc::new(Shared { settings, table, state, ids: AtomicU64::new(1) });
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
