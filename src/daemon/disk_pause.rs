//! Collection pauses while the disk is full: said once over all tenants, and once that it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{Store, StoreError};
use crate::text::escape::visible;

/// The pause, if there is one. Clones share it.
#[derive(Clone)]
pub struct DiskPause {
    store: Store,
    begun: Arc<AtomicBool>,
}

impl DiskPause {
    /// None yet.
    pub fn new(store: Store) -> Self {
        Self { store, begun: Arc::default() }
    }

    /// Notes that something could not be written for want of room.
    pub fn begin(&self) {
        if !self.begun.swap(true, Ordering::SeqCst) {
            let path = visible(&self.store.file().path().display().to_string());
            tracing::error!(
                "collection pauses: the disk of {path} is full; free some space. Nothing was lost, \
                 and it goes on by itself"
            );
        }
    }

    /// Whether it has begun and not ended.
    pub fn is_on(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Whether there is no room yet, so that nothing need be tried.
    pub async fn lasts(&self) -> bool {
        if !self.is_on() {
            return false;
        }
        let store = self.store.clone();
        let made = tokio::task::spawn_blocking(move || store.file().ensure_space()).await;
        matches!(made, Ok(Err(StoreError::DiskFull)))
    }

    /// Notes that a pass was written to its end.
    pub fn end(&self) {
        if self.begun.swap(false, Ordering::SeqCst) {
            tracing::info!("collection goes on: the disk has room again");
        }
    }
}
