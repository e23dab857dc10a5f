//! The store: the one module that names SQLite. Synchronous; call it where blocking is allowed.
//!
//! A click is one row, its texts interned, clustered by tenant, time and identity ([`Store::apply`]
//! merges a whole window in one ordered scan); and per tenant and hour one packed [`segment`] holds the
//! columns that summaries and filters read. Every function is one transaction. Writers queue for
//! one connection in the order they came; readers have a few of their own and see one state each.
//!
//! | folder | what stands there |
//! | --- | --- |
//! | `model` | what needs no database: who a row is (`identity`, `prepare`), what an answer changes (`diff`, `change`, `splice`), how an hour is packed ([`segment`]), and what the functions take and give |
//! | `sqlite` | all that names SQLite: [`Store`] and [`Snapshot`]; their functions stand with their subject |
//! | `sqlite/file` | the file: opened, migrated (`sqlite/migrations`), copied, written by one connection; [`StoreFile`] is what only a file has |
//! | `sqlite/clicks`, `sqlite/read` | clicks written (`apply`, `merge`), and read |
//! | `sqlite/collection` | leases, gates, hours and progress |
//! | `sqlite/alerts`, `sqlite/outbox`, `sqlite/digests.rs` | what rules found, messages on their way, what reports told |
//! | `sqlite/upkeep` | old clicks and unused texts go; check and repair |
//!
//! Each statement begins with the function that runs it: `-- module::function`.

mod model;
mod owner;
mod sqlite;

pub use model::alert::{
    Alert, AlertChange, AlertRefused, AlertState, Arrival, Closure, Confidence, GroupName,
    NewAlert, Verdict,
};
pub use model::answer::{AnswerReach, Applied, FetchedAnswer, StoredAnswer};
pub use model::change::Change;
pub use model::check::{CheckFinding, CheckPart, CheckReport, Refetch, RepairReport, TextTable};
pub use model::digest::{Corrected, NewDigest, ReportCursor, ReportedUrl, StoredDigest};
pub use model::error::{BackupError, Lost, OpenRefusal, Saved, StoreError};
pub use model::identity::ClickKey;
pub use model::lease::{Changes, Lease, LeaseClaim, Permit};
pub use model::notification::{Notification, NotifyReason, PendingNotification};
pub use model::outbox::{
    AttemptResult, CLAIM_TIMEOUT, ClaimResult, Claimed, Delivery, MessageRefused, MessageState,
    MessagesKept, NewMessage, Notice, OutboxEntry, Paused, Priority, Queue, RetryScope,
};
pub use model::owner::Owner;
pub use model::prepare::PreparedClicks;
pub use model::retention::{KeptFrom, Retained};
pub use model::row_filter::{RowFilter, TextLookup};
pub use model::segment;
pub use model::silence::{NewSilence, Silence};
pub use model::size::{LastIds, StoreSize};
pub use model::stored_click::{ClickFilter, LiveRow, RowState, StoredClick, Withdrawn};
pub use model::tenant::{NamedTenant, TenantKey};
pub use model::touch::{Cause, Touch, TouchBatch};
pub use sqlite::collection::gate_book::StoredGates;
pub use sqlite::file::backup::Existing;
pub use sqlite::file::disk::DiskSpace;
pub use sqlite::file::store_file::StoreFile;
pub use sqlite::snapshot::Snapshot;
pub use sqlite::store::Store;
pub use sqlite::upkeep::sweep::Sweep;
