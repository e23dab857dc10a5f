//! How collection, delivery and alerts stand: read in one snapshot, and the same as JSON.

mod alarms;
mod alerts;
mod collection;
mod expiry;
mod object;
mod sink;
mod tenant;

use std::path::PathBuf;

pub use alerts::{AlertsStatus, OpenAlerts, OpenOfSeverity, QuietGroup};
pub use collection::{CollectionStatus, collections};
pub use expiry::warning as expiry_warning;
pub use object::StatusObject;
pub use sink::{SinkStatus, configured as configured_sinks};
pub use tenant::TenantStatus;

use crate::clock::Tick;
use crate::config::Config;
use crate::store::{DiskSpace, Snapshot, StoreError, StoreSize};
use crate::text::escape::visible;
use crate::text::number::bytes;

/// How everything stands.
pub struct Status {
    /// When it was read.
    pub now: Tick,
    /// Calls that a tenant may make.
    pub calls_per_minute: u32,
    /// Where the store is.
    pub path: PathBuf,
    /// How large it is.
    pub size: StoreSize,
    /// The room that it has; `None` where the system does not tell.
    pub disk: Option<DiskSpace>,
    /// Entries of the configuration that can never match.
    pub unmatchable: u64,
    /// What somebody must act on besides tenants and sinks, in a sentence.
    pub act: Option<String>,
    /// The worst first.
    pub tenants: Vec<TenantStatus>,
    /// The worst first.
    pub sinks: Vec<SinkStatus>,
    /// The analysts' work.
    pub alerts: AlertsStatus,
}

/// Reads how everything stands.
pub fn read(snapshot: &Snapshot<'_>, config: &Config, now: Tick) -> Result<Status, StoreError> {
    let disk = DiskSpace::of(&config.store.path).ok();
    let is_full = disk.is_some_and(DiskSpace::is_full);
    Ok(Status {
        now,
        calls_per_minute: config.collect.calls_per_minute,
        path: config.store.path.clone(),
        size: snapshot.size()?,
        disk,
        unmatchable: config.unmatchable.len() as u64,
        act: disk.filter(|_| is_full).map(|disk| full(disk, config)),
        tenants: tenant::all(snapshot, config, alarms::DiskRoom::of(disk), now)?,
        sinks: sink::all(&config.sinks, snapshot.queues(now)?, now),
        alerts: AlertsStatus::read(snapshot, config, now)?,
    })
}

impl Status {
    /// Whether somebody must act.
    pub fn must_act(&self) -> bool {
        self.act.is_some()
            || self.tenants.iter().any(|tenant| !tenant.alarms.is_empty())
            || self.sinks.iter().any(|sink| !sink.alarms.is_empty())
    }
}

/// What is to be done about a disk that is full.
fn full(disk: DiskSpace, config: &Config) -> String {
    let path = visible(&config.store.path.display().to_string());
    let (free, reserve) = (bytes(disk.free), bytes(disk.reserve()));
    format!(
        "collection pauses: the disk of {path} is full ({free} free, the last {reserve} are not \
         used): free some space, it goes on by itself"
    )
}
