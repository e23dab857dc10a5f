//! All that names SQLite: its types reach no further than this folder.

pub(crate) mod alerts;
pub(crate) mod clicks;
pub(crate) mod collection;
pub(crate) mod digests;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod outbox;
pub(crate) mod read;
pub(crate) mod snapshot;
pub(crate) mod store;
pub(crate) mod tenants;
pub(crate) mod upkeep;
