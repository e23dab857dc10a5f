//! A session at one tenant: its lease held and renewed, its state in memory, call after call.

mod commit;
mod failures;
mod receive;
mod state;

pub(super) use state::{CollectSession, LEASE_TIME};
