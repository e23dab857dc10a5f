//! What only a store in a file has: its path, the room on its disk, its open files. Backup, check and
//! repair stand with their subject.

use std::path::Path;

use super::beside::beside;
use super::disk::DiskSpace;
use crate::store::{Store, StoreError};

/// The file of a store: see [`Store::file`].
#[derive(Clone, Copy)]
pub struct StoreFile<'s>(pub(in crate::store::sqlite) &'s Store);

impl Store {
    /// What is there because this store is a file.
    pub fn file(&self) -> StoreFile<'_> {
        StoreFile(self)
    }
}

impl<'s> StoreFile<'s> {
    /// The database file.
    pub fn path(self) -> &'s Path {
        &self.0.inner.path
    }

    /// The room on its disk; `None` where the system does not tell.
    pub fn disk(self) -> Option<DiskSpace> {
        DiskSpace::of(&self.0.inner.path).ok()
    }

    /// Makes sure that there is room for more clicks, by emptying the write-ahead log if need be.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`].
    pub fn ensure_space(self) -> Result<(), StoreError> {
        let Some(disk) = self.disk() else { return Ok(()) };
        let log = beside(&self.0.inner.path, "-wal").metadata().map_or(0, |log| log.len());
        // What is in the log must find room in the database one day.
        if disk.free >= disk.reserve() + log {
            return Ok(());
        }
        let writer = self.0.inner.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.blocking_lock().empty_log()?;
        let full = self.disk().is_some_and(DiskSpace::is_full);
        if full { Err(StoreError::DiskFull) } else { Ok(()) }
    }

    /// Looks whether the files that are open are still there under their names. Where another
    /// program took one away, sees to it that nothing is lost by that.
    ///
    /// # Errors
    /// [`StoreError::Lost`]: the process must begin anew before anything more is written.
    pub fn look_after(self) -> Result<(), StoreError> {
        match &self.0.inner.writer {
            Some(writer) => writer.blocking_lock().look_after(),
            None => self.0.inner.files.check(),
        }
    }
}
