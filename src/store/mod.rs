//! The store: the one module that names SQLite. Synchronous; call it where blocking is allowed.
//!
//! A click is one row, its texts interned, clustered by tenant, time and identity ([`Store::apply`]
//! merges a whole window in one ordered scan); and per tenant and hour one packed [`segment`] holds the
//! columns that summaries and filters read. Every function is one transaction. Writers queue for
//! one connection in the order they came; readers have a few of their own and see one state each.
//!
//! `model` holds what needs no database: who a row is (`identity`, `prepare`), what an answer changes
//! (`diff`) and how an hour is packed ([`segment`]). `sqlite` holds all the rest.

mod model;
mod sqlite;

pub use model::error::{BackupError, Lost, OpenRefusal, Saved, StoreError};
pub use model::identity::ClickKey;
pub use model::owner::Owner;
pub use model::prepare::PreparedClicks;
pub use model::segment;
pub use sqlite::alerts::{
    Alert, AlertChange, AlertRefused, AlertState, Arrival, Closure, Confidence, GroupName,
    NewAlert, NewSilence, Notification, NotifyReason, PendingNotification, Silence, Verdict,
};
pub use sqlite::clicks::answers::{AnswerReach, StoredAnswer};
pub use sqlite::clicks::apply::{Applied, FetchedAnswer};
pub use sqlite::clicks::change::Change;
pub use sqlite::clicks::row::RowState;
pub use sqlite::clicks::touched::{Cause, Touch, TouchBatch};
pub use sqlite::collection::gate::Permit;
pub use sqlite::collection::gate_book::StoredGates;
pub use sqlite::collection::hours::Changes;
pub use sqlite::collection::lease::{Lease, LeaseClaim};
pub use sqlite::digests::{Corrected, NewDigest, ReportCursor, ReportedUrl, StoredDigest};
pub use sqlite::file::backup::Existing;
pub use sqlite::file::disk::DiskSpace;
pub use sqlite::outbox::{
    AttemptResult, CLAIM_TIMEOUT, ClaimResult, Claimed, Delivery, MessageRefused, MessageState,
    MessagesKept, NewMessage, Notice, OutboxEntry, Paused, Priority, Queue, RetryScope,
};
pub use sqlite::read::clicks::{ClickFilter, LiveRow, StoredClick, Withdrawn};
pub use sqlite::read::row_filter::RowFilter;
pub use sqlite::read::snapshot::{LastIds, Snapshot, StoreSize};
pub use sqlite::read::tenants::NamedTenant;
pub use sqlite::store::{Store, TenantKey};
pub use sqlite::upkeep::check::{
    CheckFinding, CheckPart, CheckReport, Refetch, RepairReport, TextTable,
};
pub use sqlite::upkeep::retain::{KeptFrom, Retained};
pub use sqlite::upkeep::sweep::Sweep;
