//! Room on the disk that the database lives on.

use std::path::Path;

/// What collection leaves free, at most: leases, gates and progress are still written there, and
/// the write-ahead log can be taken in.
const RESERVE: u64 = 64 << 20;

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
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let found = rustix::fs::statvfs(folder.unwrap_or(Path::new(".")))?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        Ok(Self { free: bytes(found.f_bavail), total: bytes(found.f_blocks) })
    }

    /// What collection leaves free: an eighth of a small disk.
    pub fn reserve(self) -> u64 {
        RESERVE.min(self.total / 8)
    }

    /// Whether so little is free that no more clicks are stored.
    pub fn is_full(self) -> bool {
        self.free < self.reserve()
    }
}
