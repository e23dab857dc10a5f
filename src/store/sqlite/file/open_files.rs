//! Whether the files that SQLite has open are still those that have the names: what is written to a
//! log that somebody removed is gone once the process ends.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::process::private_file::led_to;
use crate::store::{Lost, Saved, StoreError};

use super::beside::beside;
use super::copy;

/// What SQLite keeps open, besides the index, without which the log is read all the same.
const FILES: [(&str, &str); 3] =
    [("", "file"), ("-wal", "write-ahead log"), ("-shm", "index of the write-ahead log")];

/// Device and inode of each file; `None` where there is none.
type Nodes = [Option<(u64, u64)>; FILES.len()];

/// The files as they were when they were opened. Clones are the same. Asked by name only: to open
/// one and close it again would take the locks of all connections away.
#[derive(Clone, Debug)]
pub(crate) struct OpenFiles {
    path: PathBuf,
    state: Arc<Mutex<OpenFilesState>>,
}

#[derive(Debug, Default)]
struct OpenFilesState {
    nodes: Option<Nodes>,
    /// Once lost, for good: a new connection would mix the new log with the old index, which all
    /// connections of a process share.
    lost: Option<Lost>,
}

impl OpenFiles {
    /// The files of `path`, which a connection has read just now.
    pub(crate) fn of(path: &Path) -> Result<Self, StoreError> {
        let file = led_to(path).map_err(|error| StoreError::Disk(error.to_string()))?;
        let files = Self { path: file, state: Arc::default() };
        files.note();
        Ok(files)
    }

    /// Takes what is there now for what a connection that has just read has open.
    pub(crate) fn note(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).nodes = Some(nodes(&self.path));
    }

    /// No connection is left that has something open.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).nodes = None;
    }

    /// # Errors
    /// [`StoreError::Lost`] once one of them has another file's name, or none.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.missing() {
            Some(lost) => Err(StoreError::Lost(lost)),
            None => Ok(()),
        }
    }

    fn missing(&self) -> Option<Lost> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.lost.is_some() {
            return state.lost.clone();
        }
        let (before, now) = (state.nodes?, nodes(&self.path));
        let changed = before.iter().zip(now).zip(FILES).find(|((before, now), _)| **before != *now);
        let (_, (_, what)) = changed?;
        Some(Lost { path: self.path.clone(), what, saved: Saved::NotYet })
    }

    /// Sees to it that nothing which `conn` wrote and others may have lost is lost, the first time
    /// that a file is missed. `conn` is not to be used for anything else afterwards.
    ///
    /// Where nobody has begun another log, what the old one holds belongs into the file, and is taken
    /// in. Where somebody has, the two may tell different stories: then the file is left to the new
    /// one, and what this process knew goes into a copy.
    ///
    /// # Errors
    /// [`StoreError::Lost`] if there is anything to save.
    pub(crate) fn check_and_save(&self, conn: &Connection) -> Result<(), StoreError> {
        let Some(mut lost) = self.missing() else { return Ok(()) };
        if lost.saved == Saved::NotYet {
            lost.saved = self.save(conn);
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.lost = Some(lost.clone());
        }
        Err(StoreError::Lost(lost))
    }

    fn save(&self, conn: &Connection) -> Saved {
        let [file, log, _] = self.unchanged();
        let saved = match (file, log) {
            (true, true) => Saved::StillThere,
            (true, false) if self.nobody_wrote() && take_in(conn) => Saved::InTheFile,
            _ => match copy::copy(conn, &beside(&self.path, ".kept")) {
                Ok(()) => Saved::Copied(beside(&self.path, ".kept")),
                Err(error) => Saved::Nowhere(error.to_string()),
            },
        };
        // The last connection would take the old log in, and remove the new one by its name.
        if let Err(error) = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::debug!(%error, "the database is left to be taken in");
        }
        saved
    }

    /// Which of the files are those that were opened.
    fn unchanged(&self) -> [bool; FILES.len()] {
        let before = self.state.lock().unwrap_or_else(PoisonError::into_inner).nodes;
        let (before, now) = (before.unwrap_or_default(), nodes(&self.path));
        std::array::from_fn(|file| before.get(file) == now.get(file))
    }

    /// Whether nobody has written a log of their own.
    fn nobody_wrote(&self) -> bool {
        beside(&self.path, "-wal").metadata().map_or(true, |log| log.len() == 0)
    }
}

/// Whether all of the log is in the file now.
fn take_in(conn: &Connection) -> bool {
    let done = conn.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    });
    done.is_ok_and(|(busy, in_log, taken)| busy == 0 && in_log == taken)
}

fn nodes(path: &Path) -> Nodes {
    FILES.map(|(suffix, _)| {
        beside(path, suffix).symlink_metadata().ok().map(|it| (it.dev(), it.ino()))
    })
}
