//! Where sign-ins write their gates down: in the store, so that they bind every process and survive
//! a restart.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::auth::{BookFuture, GateBook};
use crate::clock::{Clock, Jumps, Tick};
use crate::store::{Store, StoreError};
use crate::sync_state::gate::Closed;

use super::gate;

/// The gates of sign-ins, in a store.
pub struct StoredGates {
    store: Store,
    jumps: Mutex<Jumps>,
}

impl fmt::Debug for StoredGates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredGates")
            .field("path", &self.store.file().path())
            .finish_non_exhaustive()
    }
}

impl StoredGates {
    /// Those in `store`.
    pub fn new(store: Store, clock: &Clock) -> Self {
        Self { store, jumps: Mutex::new(Jumps::of(clock)) }
    }

    /// When somebody set our clock, what is closed stays as long as it would have.
    async fn follow_clock(&self) -> Result<(), StoreError> {
        let jumped = self.jumps.lock().unwrap_or_else(PoisonError::into_inner).last();
        let Some(by) = jumped else { return Ok(()) };
        let follow =
            move |store: &Store| store.write(|conn, _| gate::sign_in_clock_was_set(conn, by));
        self.store.blocking(follow).await
    }

    async fn enter(&self, endpoints: Vec<String>, now: Tick) -> Result<Option<Closed>, StoreError> {
        self.follow_clock().await?;
        let enter = move |store: &Store| store.write(|conn, _| gate::enter(conn, &endpoints, now));
        self.store.blocking(enter).await
    }
}

impl GateBook for StoredGates {
    fn enter(&self, endpoints: Vec<String>, now: Tick) -> BookFuture<'_, Option<Closed>> {
        Box::pin(async move { self.enter(endpoints, now).await.map_err(|e| e.to_string()) })
    }

    fn refused(
        &self,
        endpoint: String,
        named: Option<Duration>,
        why: String,
        chance: (Tick, f64),
    ) -> BookFuture<'_, Tick> {
        let refused = move |store: &Store| {
            store.write(|conn, _| gate::refused(conn, &endpoint, named, &why, chance))
        };
        Box::pin(async move { self.store.blocking(refused).await.map_err(|e| e.to_string()) })
    }

    fn answered(&self, endpoints: Vec<String>) -> BookFuture<'_, ()> {
        let forget = move |store: &Store| store.write(|conn, _| gate::forget(conn, &endpoints));
        Box::pin(async move { self.store.blocking(forget).await.map_err(|e| e.to_string()) })
    }
}
