//! Room on the disk that the database lives on.

use std::path::Path;

use crate::process::private_file::folder_of;
use crate::store::{OpenRefusal, StoreError};

/// What collection leaves free, at most: leases, gates and progress are still written there, and
/// the write-ahead log can be taken in.
const DISK_RESERVE: u64 = 64 << 20;

/// Less than this is no room: SQLite's index of the write-ahead log begins with 32 KiB.
const NO_SPACE: u64 = 64 << 10;

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What may still be written.
    pub free: u64,
    /// How large the disk is.
    pub total: u64,
}

impl DiskSpace {
    /// The room on the disk of `path`, or of its folder while there is no such file.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let found = rustix::fs::statvfs(folder_of(path))?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        Ok(Self { free: bytes(found.f_bavail), total: bytes(found.f_blocks) })
    }

    /// What collection leaves free: an eighth of a small disk.
    pub fn reserve(self) -> u64 {
        DISK_RESERVE.min(self.total / 8)
    }

    /// Whether so little is free that no more clicks are stored.
    pub fn is_full(self) -> bool {
        self.free < self.reserve()
    }
}

/// Names a full disk as why `path` was not opened. SQLite does not: it makes files beside the
/// database even to read it, and calls it another failure when there is no room for them.
pub(crate) fn named(error: StoreError, path: &Path) -> StoreError {
    let may_be = matches!(
        error,
        StoreError::Disk(_) | StoreError::Refused { why: OpenRefusal::Unreadable(_), .. }
    );
    if may_be && is_used_up(path) { StoreError::DiskFull } else { error }
}

/// Whether hardly anything more can be written, or no file more be made.
fn is_used_up(path: &Path) -> bool {
    let Ok(found) = rustix::fs::statvfs(folder_of(path)) else { return false };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    // Some file systems make files as long as there is room, and count none.
    free < NO_SPACE || (found.f_files > 0 && found.f_favail == 0)
}
