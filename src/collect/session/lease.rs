//! The lease, renewed while a session lasts.

use std::time::Duration;

use crate::clock::Clock;
use crate::store::{Lease, Store};

/// How long a lease lasts unless renewed.
pub(in crate::collect) const LEASE_TIME: Duration = Duration::from_mins(1);

/// Keeps the lease while the session lasts; ends when it is lost.
pub(super) async fn renew(store: Store, lease: Lease, clock: Clock) {
    loop {
        tokio::time::sleep(LEASE_TIME / 3).await;
        let (lease, now) = (lease.clone(), clock.now());
        match store.blocking(move |store| store.renew(&lease, LEASE_TIME, now)).await {
            Err(error) if !error.is_transient() => return,
            _ => {}
        }
    }
}
