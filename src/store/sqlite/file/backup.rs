//! Backups beside a running daemon.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::process::private_file::folder_of;
use crate::store::{BackupError, StoreFile};

use super::beside::beside;
use super::{copy, open};

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and no backup is made.
    Keep,
    /// The backup takes its place once it is complete.
    Replace,
}

impl StoreFile<'_> {
    /// Copies one state of the database to `to` (0600), whatever is written meanwhile: the file is
    /// there once it is complete and on the disk, and never before.
    ///
    /// # Errors
    /// [`BackupError`] says why there is none; nothing was changed.
    pub fn backup(self, to: &Path, existing: Existing) -> Result<(), BackupError> {
        // Its unfinished copy has a name of its own, and replaces what has it.
        if self.is_own_file(to) || self.is_own_file(&beside(to, ".part")) {
            return Err(BackupError::Live(to.to_owned()));
        }
        if to.is_dir() {
            return Err(BackupError::Folder(to.to_owned()));
        }
        // A log without its database is somebody's, too.
        let there = |suffix: &&str| beside(to, suffix).symlink_metadata().is_ok();
        let taken = std::iter::once("").chain(copy::JOURNALS).find(|suffix| there(suffix));
        if let (Existing::Keep, Some(suffix)) = (existing, taken) {
            return Err(BackupError::Exists(beside(to, suffix)));
        }
        self.look_after()?;
        copy::copy(&open::for_reading(self.path())?, to)
    }

    /// Whether `path` is the database or a file that SQLite keeps beside it.
    pub fn is_own_file(self, path: &Path) -> bool {
        let inode = |path: &Path| path.metadata().map(|it| (it.dev(), it.ino())).ok();
        let canonical = |path: &Path| {
            let folder = folder_of(path).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        };
        ["", "-wal", "-shm", "-journal"].iter().any(|suffix| {
            let own = beside(self.path(), suffix);
            let same_file = inode(&own).is_some_and(|own| Some(own) == inode(path));
            same_file || canonical(&own).is_some_and(|own| Some(own) == canonical(path))
        })
    }
}
