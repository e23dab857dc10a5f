//! The store over one SQLite file: its connections, and what is done in one transaction.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;

use crate::store::StoreError;
use crate::store::model::identity::Secret;

use super::clicks::intern;
use super::file::open;
use super::file::open_files::OpenFiles;
use super::file::writer::{Wait, Writer};
use super::snapshot::Snapshot;

/// How many idle connections are kept for readers.
const READERS: usize = 4;

/// An open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<SharedStore>,
}

pub(crate) struct SharedStore {
    pub(crate) path: PathBuf,
    pub(crate) secret: Secret,
    pub(crate) readers: Mutex<Vec<Connection>>,
    /// Told of whenever this process enqueued a message.
    pub(crate) enqueued: watch::Sender<()>,
    /// Told of whenever this process wrote what a source answered.
    pub(crate) stored: watch::Sender<()>,
    pub(crate) wait: Wait,
    pub(crate) files: OpenFiles,
    /// First come, first served. `None` in a store opened for reading. Stands last so that it is
    /// closed last: a connection that cannot write leaves the write-ahead log behind.
    pub(crate) writer: Option<tokio::sync::Mutex<Writer>>,
}

impl Store {
    /// Opens the store for reading and writing. A missing file is made (0600; its folder must
    /// exist); an older schema is copied to `<file>.v<schema>.bak` and brought up to date.
    ///
    /// # Errors
    /// [`StoreError::Refused`] says why a file is not opened; it is left as it was.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let conn = open::for_writing(path)?;
        let secret = secret(&conn).map_err(|e| e.at(path))?;
        let (wait, files) = (Wait::default(), OpenFiles::of(path)?);
        let writer = Writer::new(path.to_owned(), conn, wait.clone(), files.clone());
        Ok(Self::with(path, secret, Vec::new(), files, Some((writer, wait))))
    }

    /// Opens the store for reading; never creates, migrates or writes.
    ///
    /// # Errors
    /// As [`Store::open`], and [`Missing`](crate::store::OpenRefusal::Missing) and [`Older`](crate::store::OpenRefusal::Older).
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let conn = open::for_reading(path)?;
        let secret = secret(&conn).map_err(|e| e.at(path))?;
        Ok(Self::with(path, secret, vec![conn], OpenFiles::of(path)?, None))
    }

    fn with(
        path: &Path,
        secret: Secret,
        readers: Vec<Connection>,
        files: OpenFiles,
        writer: Option<(Writer, Wait)>,
    ) -> Self {
        let (path, readers) = (path.to_owned(), Mutex::new(readers));
        let ((enqueued, _), (stored, _)) = (watch::channel(()), watch::channel(()));
        let (writer, wait) = writer.unzip();
        let (writer, wait) = (writer.map(tokio::sync::Mutex::new), wait.unwrap_or_default());
        Self {
            inner: Arc::new(SharedStore {
                path,
                secret,
                readers,
                enqueued,
                stored,
                wait,
                files,
                writer,
            }),
        }
    }

    /// Hears of every answer and every step of a pass that this process writes. A hint only: other
    /// processes write, too.
    pub fn stored(&self) -> watch::Receiver<()> {
        self.inner.stored.subscribe()
    }

    /// Reads with one state of the database, unmoved by what is written meanwhile. Keep it short:
    /// while it lasts the write-ahead log grows.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.reader()?;
        let snapshot = Snapshot::new(conn.transaction()?, &self.inner.secret, &self.inner.path)?;
        let read = f(&snapshot)?;
        drop(snapshot);
        self.give_back(conn);
        Ok(read)
    }

    /// Runs an operation on a thread that may wait.
    ///
    /// # Errors
    /// Its own, and [`StoreError::Died`].
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.unwrap_or_else(|error| Err(StoreError::Died(error.to_string())))
    }

    /// Waits for the writer to be free, then reads something: shows that neither is stuck.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.file().look_after()?;
        self.read(|_| Ok(()))
    }

    /// Whether whoever writes here now waits for another process that writes, such as a long repair.
    /// Nothing of ours is stuck then, however many wait behind.
    pub fn waits_for_another_process(&self) -> bool {
        self.inner.wait.is_on()
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let idle = self.inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if idle.is_none() && self.inner.writer.is_none() {
            // Perhaps nothing was open any more, and the log is lawfully a new one.
            let conn = open::for_reading(&self.inner.path)?;
            self.inner.files.note();
            return Ok(conn);
        }
        self.inner.files.check()?;
        idle.map_or_else(|| open::for_reading(&self.inner.path), Ok)
    }

    fn give_back(&self, conn: Connection) {
        let mut idle = self.inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < READERS {
            idle.push(conn);
        }
    }

    pub(crate) fn write<T>(
        &self,
        f: impl FnOnce(&Connection, &mut intern::Caches) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let writer = self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.blocking_lock().transact(f)
    }
}

fn secret(conn: &Connection) -> Result<Secret, StoreError> {
    let sql = "-- store::secret\n\
               SELECT value FROM meta WHERE name = 'secret'";
    let bytes: Option<Vec<u8>> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
    bytes
        .and_then(|bytes| Secret::from_bytes(&bytes))
        .ok_or_else(|| StoreError::Damaged("its secret is missing".to_owned()))
}
