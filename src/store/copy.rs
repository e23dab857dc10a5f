//! A whole copy of the database: never under its name before it is complete and on the disk.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::error::{BackupError, StoreError};
use super::open;

/// Copies the state that `conn` sees now to `to`, which is replaced if it is there. One step, which
/// no writer can make begin again.
///
/// Until the end the copy is named `<to>.part`; one that was left by a process that died is
/// taken over.
pub(super) fn copy(conn: &Connection, to: &Path) -> Result<(), BackupError> {
    let part = open::beside(to, ".part");
    let guard = take(&part)?;
    let done = fill(conn, &part).and_then(|()| publish(&guard, &part, to));
    if done.is_err() {
        std::fs::remove_file(&part).ok();
    }
    done
}

/// The unfinished copy, empty, which nobody else writes as long as the file is open.
fn take(part: &Path) -> Result<File, BackupError> {
    let refused = |error| BackupError::file(part, &error);
    loop {
        let options =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
        let file = options.open(part).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::UnderWay(part.to_owned())),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        // Whoever had the lock before may have given the file its final name.
        if is_at(&file, part) {
            file.set_len(0).map_err(refused)?;
            // A journal that was left behind would be played into the new copy.
            for suffix in ["-journal", "-wal", "-shm"] {
                std::fs::remove_file(open::beside(part, suffix)).ok();
            }
            return Ok(file);
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let one = file.metadata().map(|it| (it.dev(), it.ino()));
    let other = path.metadata().map(|it| (it.dev(), it.ino()));
    matches!((one, other), (Ok(one), Ok(other)) if one == other)
}

fn fill(conn: &Connection, part: &Path) -> Result<(), BackupError> {
    let fill = || -> Result<(), StoreError> {
        let mut copy = Connection::open(part)?;
        Backup::new(conn, &mut copy)?.step(-1)?;
        Ok(copy.close().map_err(|(_, error)| error)?)
    };
    Ok(fill()?)
}

fn publish(guard: &File, part: &Path, to: &Path) -> Result<(), BackupError> {
    guard.sync_all().map_err(|error| BackupError::file(part, &error))?;
    std::fs::rename(part, to).map_err(|error| BackupError::file(to, &error))?;
    let folder = open::folder_of(to);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| BackupError::file(folder, &e))
}
