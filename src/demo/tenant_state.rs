//! What the simulated tenant is told to be, and what it remembers.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use crate::clock::{Clock, Tick};
use crate::kql::Table;

use super::fault::{Faults, ReceivedQuery};

/// How many queries are remembered for [`super::Tenant::received`].
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

/// What the tenant's answers share.
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
    pub fn new(settings: TenantSettings, table: Table) -> Self {
        let (table, state) = (RwLock::new(table), Mutex::default());
        Self { settings, table, state, ids: AtomicU64::new(1) }
    }

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
