//! The one connection that writes, and what it remembers between transactions.

use std::path::PathBuf;

use rusqlite::{Connection, TransactionBehavior};

use super::error::StoreError;
use super::intern::Caches;
use super::open;

/// The writing connection and the ids of recent texts.
pub(super) struct Writer {
    path: PathBuf,
    /// `None` after a failure to read or write the file.
    conn: Option<Connection>,
    caches: Caches,
    /// Whether the caches say what the database says.
    trusted: bool,
    /// `PRAGMA data_version`, which moves when another connection writes.
    data_version: i64,
}

impl Writer {
    pub(super) fn new(path: PathBuf, conn: Connection) -> Self {
        let caches = Caches::default();
        Self { path, conn: Some(conn), caches, trusted: false, data_version: 0 }
    }

    /// Runs `f` in a write transaction, which is undone if it fails.
    pub(super) fn transact<T>(
        &mut self,
        f: impl FnOnce(&Connection, &mut Caches) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = self.attempt(f);
        // After a failed sync nobody knows what the disk holds: never go on with that connection.
        if matches!(done, Err(StoreError::Disk(_))) {
            self.conn = None;
        }
        done
    }

    /// Takes the write-ahead log into the database and gives its room on the disk back: on a small
    /// disk the log alone may be what fills it. Readers are waited for, but not for long.
    pub(super) fn empty_log(&mut self) -> Result<(), StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => open::for_writing(&self.path)?,
        };
        let conn = self.conn.insert(conn);
        Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    fn attempt<T>(
        &mut self,
        f: impl FnOnce(&Connection, &mut Caches) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => open::for_writing(&self.path)?,
        };
        let conn = self.conn.insert(conn);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = tx.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if !self.trusted || version != self.data_version {
            self.caches.clear();
        }
        (self.trusted, self.data_version) = (false, version);
        let done = f(&tx, &mut self.caches)?;
        tx.commit()?;
        self.trusted = true;
        Ok(done)
    }
}
