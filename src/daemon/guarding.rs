//! The stage that looks whether the database's files are still there: a daemon that goes on with a
//! log which somebody removed writes for nobody.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{Store, StoreError};

/// How often it looks, which takes three calls of the system.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// Looks until `stop`, or until something is missing: then the daemon ends as a failure, so that
/// whoever keeps it running starts it again, with what is there.
pub async fn guard(store: Store, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(CHECK_EVERY)).await.is_some() {
        // Any other failure is the stages' own.
        if let Err(error @ StoreError::Lost(_)) =
            store.blocking(|store| store.file().look_after()).await
        {
            tracing::error!("{error}");
            return;
        }
    }
}
