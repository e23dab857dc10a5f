//! A whole copy of the database: never under its name before it is complete and on the disk.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::OFlags;

use crate::process::private_file::folder_of;
use crate::store::{BackupError, StoreError};

use super::beside::beside;

/// What SQLite keeps beside a database, and plays into whatever has its name.
pub(crate) const JOURNALS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Copies the state that `conn` sees now to `to`, which is replaced if it is there. One step, which
/// no writer can make begin again.
///
/// Until the end the copy is named `<to>.part`; one that was left by a process that died is
/// removed.
pub(crate) fn copy(conn: &Connection, to: &Path) -> Result<(), BackupError> {
    // Behind the links of its folder; a link in its own place is replaced, and leads nowhere.
    let folder = folder_of(to).canonicalize().map_err(|e| BackupError::file(to, &e))?;
    let to = &folder.join(to.file_name().unwrap_or_default());
    let part = beside(to, ".part");
    let guard = take(&part)?;
    let done = fill(conn, &part).and_then(|()| publish(&guard, &part, to));
    if done.is_err() && is_at(&guard, &part) {
        std::fs::remove_file(&part).ok();
    }
    done
}

/// The unfinished copy: a new file of ours, which nobody else writes as long as it is open.
fn take(part: &Path) -> Result<File, BackupError> {
    let refused = |error| BackupError::file(part, &error);
    loop {
        clear(part)?;
        let file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(part) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(refused(error)),
        };
        lock(&file, part)?;
        // Between the two somebody may have taken it for one that was left.
        if is_at(&file, part) {
            for suffix in JOURNALS {
                remove(&beside(part, suffix))?;
            }
            return Ok(file);
        }
    }
}

/// Removes what has the name of the unfinished copy, unless somebody is writing it. It is never
/// written to: it may lead elsewhere, or be open to others.
fn clear(part: &Path) -> Result<(), BackupError> {
    let is_file = part.symlink_metadata().is_ok_and(|it| it.is_file());
    if is_file {
        // Should it turn into a link or a pipe meanwhile, neither is followed nor waited for.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let flags = flags.bits().cast_signed();
        match OpenOptions::new().write(true).custom_flags(flags).open(part) {
            Ok(left) => {
                lock(&left, part)?;
                // Whoever had the lock before may have given it its final name.
                if !is_at(&left, part) {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(BackupError::file(part, &error)),
        }
    }
    remove(part)
}

fn lock(file: &File, part: &Path) -> Result<(), BackupError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(BackupError::UnderWay(part.to_owned())),
        Err(TryLockError::Error(error)) => Err(BackupError::file(part, &error)),
    }
}

/// Removes a file, a link itself; one that is not there is removed already.
fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(BackupError::file(path, &error)),
        _ => Ok(()),
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let one = file.metadata().map(|it| (it.dev(), it.ino()));
    let other = path.symlink_metadata().map(|it| (it.dev(), it.ino()));
    matches!((one, other), (Ok(one), Ok(other)) if one == other)
}

fn fill(conn: &Connection, part: &Path) -> Result<(), BackupError> {
    let fill = || -> Result<(), StoreError> {
        // Made already, and no name is taken for a URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(part, flags)?;
        match Backup::new(conn, &mut copy)?.step(-1)? {
            StepResult::Done => {}
            _ => return Err(StoreError::Busy),
        }
        Ok(copy.close().map_err(|(_, error)| error)?)
    };
    fill().map_err(|error| match error {
        // Only the copy is written.
        StoreError::DiskFull => BackupError::NoRoom(part.to_owned()),
        error => error.into(),
    })
}

fn publish(guard: &File, part: &Path, to: &Path) -> Result<(), BackupError> {
    guard.sync_all().map_err(|error| BackupError::file(part, &error))?;
    if !is_at(guard, part) {
        return Err(BackupError::UnderWay(part.to_owned()));
    }
    // The log of what is replaced would be played into the copy.
    for suffix in JOURNALS {
        remove(&beside(to, suffix))?;
    }
    std::fs::rename(part, to).map_err(|error| BackupError::file(to, &error))?;
    let folder = folder_of(to);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| BackupError::file(folder, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_not_complete_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let conn = Connection::open(folder.path().join("x.db")).unwrap();
        conn.execute_batch("CREATE TABLE a(x)").unwrap();
        let part = folder.path().join("y.db.part");
        let other = Connection::open(&part).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE b(x)").unwrap();
        let done = fill(&conn, &part);
        assert!(matches!(done, Err(BackupError::Store(StoreError::Busy))), "{done:?}");
    }
}
