//! The one connection that writes, and what it remembers between transactions.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;
use crate::store::sqlite::clicks::intern::Caches;

use super::open;
use super::open_files::OpenFiles;

/// SQLite waits for its patience and no longer; a wait that lasts longer still is stuck elsewhere.
const LONGEST_WAIT: Duration = open::BUSY_TIMEOUT.saturating_add(Duration::from_secs(5));

/// Since when the writer waits for another process that writes, if it does. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wait(Arc<Mutex<Option<Instant>>>);

impl Wait {
    /// Whether it waits, and not longer than it lawfully may.
    pub(crate) fn is_on(&self) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < LONGEST_WAIT)
    }

    fn note(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

/// The writing connection and the ids of recent texts.
pub(crate) struct Writer {
    path: PathBuf,
    /// `None` after a failure to read or write the file.
    conn: Option<Connection>,
    caches: Caches,
    /// Whether the caches say what the database says.
    trusted: bool,
    /// `PRAGMA data_version`, which moves when another connection writes.
    data_version: i64,
    wait: Wait,
    files: OpenFiles,
}

impl Writer {
    pub(crate) fn new(path: PathBuf, conn: Connection, wait: Wait, files: OpenFiles) -> Self {
        let caches = Caches::default();
        Self { path, conn: Some(conn), caches, trusted: false, data_version: 0, wait, files }
    }

    /// Whether what it has open is still what has the name; saves what would be lost if not.
    pub(crate) fn look_after(&mut self) -> Result<(), StoreError> {
        match &self.conn {
            Some(conn) => self.files.check_and_save(conn),
            None => self.files.check(),
        }
    }

    /// Runs `f` in a write transaction, which is undone if it fails.
    pub(crate) fn transact<T>(
        &mut self,
        f: impl FnOnce(&Connection, &mut Caches) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = self.attempt(f);
        // After a failed sync nobody knows what the disk holds: never go on with that connection.
        if matches!(done, Err(StoreError::Disk(_))) {
            self.conn = None;
            self.files.forget();
        }
        if matches!(done, Err(StoreError::Lost(_))) {
            self.look_after()?;
        }
        done
    }

    /// Takes the write-ahead log into the database and gives its room on the disk back: on a small
    /// disk the log alone may be what fills it. Readers are waited for, but not for long.
    pub(crate) fn empty_log(&mut self) -> Result<(), StoreError> {
        self.look_after()?;
        let conn = opened(&mut self.conn, &self.path, &self.files)?;
        Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    fn attempt<T>(
        &mut self,
        f: impl FnOnce(&Connection, &mut Caches) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.look_after()?;
        let conn = opened(&mut self.conn, &self.path, &self.files)?;
        self.wait.note(Some(Instant::now()));
        let begun = conn.transaction_with_behavior(TransactionBehavior::Immediate);
        self.wait.note(None);
        let tx = begun?;
        let version = tx.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if !self.trusted || version != self.data_version {
            self.caches.clear();
        }
        (self.trusted, self.data_version) = (false, version);
        let done = f(&tx, &mut self.caches)?;
        // What would go into a log without a name is not acknowledged.
        self.files.check()?;
        tx.commit()?;
        self.trusted = true;
        Ok(done)
    }
}

/// The connection, opened anew where a failure closed it.
fn opened<'a>(
    conn: &'a mut Option<Connection>,
    path: &Path,
    files: &OpenFiles,
) -> Result<&'a mut Connection, StoreError> {
    if let Some(open) = conn.take() {
        return Ok(conn.insert(open));
    }
    let open = open::for_writing(path)?;
    files.note();
    Ok(conn.insert(open))
}
