//! Who was asked for a token and answered that it is too much is left alone for a while: by every
//! tenant of the app, and by whatever process.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::AuthError;
use crate::clock::{Clock, Tick, duration_of};
use crate::sync_state::gate::{Closed, Gate};

/// What a book will say, or why it cannot be read.
pub type BookFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Where gates are written down: in a store that processes share, or in memory where there is none.
pub trait GateBook: Debug + Send + Sync {
    /// Whether one of `endpoints` is closed. Where one refused before, the first to ask may try it,
    /// and for the others it is closed until that one has had its answer.
    fn enter(&self, endpoints: Vec<String>, now: Tick) -> BookFuture<'_, Option<Closed>>;

    /// Notes a refusal, with the wait that it named; gives the time when the gate opens. `chance` is
    /// the time, and from 0 to 1 what a wait that is ours to choose leaves to chance.
    fn refused(
        &self,
        endpoint: String,
        named: Option<Duration>,
        why: String,
        chance: (Tick, f64),
    ) -> BookFuture<'_, Tick>;

    /// Forgets the refusals of endpoints that answer again.
    fn answered(&self, endpoints: Vec<String>) -> BookFuture<'_, ()>;
}

/// What an answer asks for when it is too much: of whom, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ThrottledEndpoint {
    pub endpoint: String,
    /// The wait that the answer named.
    pub named: Option<Duration>,
}

/// The gates of all endpoints that give tokens. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Gates(Arc<dyn GateBook>);

impl Default for Gates {
    fn default() -> Self {
        Self::of(Arc::new(InMemory::default()))
    }
}

impl Gates {
    /// Gates that are written down in `book`.
    pub(super) fn of(book: Arc<dyn GateBook>) -> Self {
        Self(book)
    }

    /// Lets a sign-in pass, or says how long it must wait.
    pub(super) async fn enter(&self, endpoints: &[String], clock: &Clock) -> Result<(), AuthError> {
        let now = clock.now();
        match self.0.enter(endpoints.to_vec(), now).await.map_err(|why| unreadable(&why))? {
            None => Ok(()),
            Some(closed) => {
                Err(AuthError::Throttled { wait: duration_of(closed.until.since(now)) })
            }
        }
    }

    /// Closes a gate, and says how long.
    pub(super) async fn close(&self, refused: ThrottledEndpoint, clock: &Clock) -> AuthError {
        let ThrottledEndpoint { endpoint, named } = refused;
        let (why, now) = ("the sign-in service asks to wait".to_owned(), clock.now());
        match self.0.refused(endpoint, named, why, (now, fastrand::f64())).await {
            Ok(until) => AuthError::Throttled { wait: duration_of(until.since(now)) },
            Err(why) => unreadable(&why),
        }
    }

    /// Notes that all answered well.
    pub(super) async fn answered(&self, endpoints: &[String]) {
        // What is not forgotten now is at the next sign-in.
        self.0.answered(endpoints.to_vec()).await.ok();
    }
}

fn unreadable(why: &str) -> AuthError {
    AuthError::Transport(format!("nobody is asked for a token: the gates cannot be read: {why}"))
}

/// Gates of one process.
#[derive(Debug, Default)]
struct InMemory {
    gates: Mutex<BTreeMap<String, Gate>>,
}

impl InMemory {
    fn enter_now(&self, endpoints: &[String], now: Tick) -> Option<Closed> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = endpoints.iter().filter_map(|endpoint| gates.get(endpoint)?.is_closed(now));
        if let Some(closed) = closed.max_by_key(|closed| closed.until) {
            return Some(closed);
        }
        for endpoint in endpoints {
            if let Some(gate) = gates.get_mut(endpoint) {
                *gate = gate.on_trial(now);
            }
        }
        None
    }

    fn close_now(
        &self,
        endpoint: String,
        named: Option<Duration>,
        why: &str,
        (now, random): (Tick, f64),
    ) -> Tick {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = Gate::refused(gates.remove(&endpoint), named, why, now, random);
        let until = gate.is_closed(now).map_or(now, |closed| closed.until);
        gates.insert(endpoint, gate);
        until
    }
}

impl GateBook for InMemory {
    fn enter(&self, endpoints: Vec<String>, now: Tick) -> BookFuture<'_, Option<Closed>> {
        Box::pin(async move { Ok(self.enter_now(&endpoints, now)) })
    }

    fn refused(
        &self,
        endpoint: String,
        named: Option<Duration>,
        why: String,
        chance: (Tick, f64),
    ) -> BookFuture<'_, Tick> {
        Box::pin(async move { Ok(self.close_now(endpoint, named, &why, chance)) })
    }

    fn answered(&self, endpoints: Vec<String>) -> BookFuture<'_, ()> {
        Box::pin(async move {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            gates.retain(|endpoint, _| !endpoints.contains(endpoint));
            Ok(())
        })
    }
}
