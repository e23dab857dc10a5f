//! The store over one SQLite file: its connections, and what is done in one transaction.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;

use crate::click::{Clicks, Present};
use crate::clock::{Hour, Tick};
use crate::store::model::error::StoreError;
use crate::store::model::identity::Secret;
use crate::store::{
    Applied, Changes, DiskSpace, FetchedAnswer, KeptFrom, Lease, LeaseClaim, Owner, Permit,
    PreparedClicks, Retained, Snapshot,
};
use crate::sync_state::hour::HourState;
use crate::sync_state::progress::Progress;

use super::clicks::{apply, intern};
use super::collection::{gate, hours, lease};
use super::file::open;
use super::file::open_files::OpenFiles;
use super::file::writer::{Wait, Writer};
use super::upkeep::retain;

/// How many idle connections are kept for readers.
const READERS: usize = 4;

/// A tenant's number in this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantKey(pub i64);

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
    /// As [`Store::open`], and [`OpenRefusal::Missing`] and [`OpenRefusal::Older`].
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

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The room on its disk; `None` where the system does not tell.
    pub fn disk(&self) -> Option<DiskSpace> {
        DiskSpace::of(&self.inner.path).ok()
    }

    /// Makes sure that there is room for more clicks, by emptying the write-ahead log if need be.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`].
    pub fn ensure_space(&self) -> Result<(), StoreError> {
        let Some(disk) = self.disk() else { return Ok(()) };
        let log = open::beside(&self.inner.path, "-wal").metadata().map_or(0, |log| log.len());
        // What is in the log must find room in the database one day.
        if disk.free >= disk.reserve() + log {
            return Ok(());
        }
        let writer = self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.blocking_lock().empty_log()?;
        let full = self.disk().is_some_and(DiskSpace::is_full);
        if full { Err(StoreError::DiskFull) } else { Ok(()) }
    }

    /// The number of the tenant with this name, which is added if it is new.
    pub fn tenant(&self, name: &str) -> Result<TenantKey, StoreError> {
        self.write(|conn, _| {
            let found = conn
                .prepare_cached("SELECT id FROM tenant WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            Ok(TenantKey(match found {
                Some(id) => id,
                None => {
                    conn.prepare_cached("INSERT INTO tenant(name) VALUES (?1)")?.insert([name])?
                }
            }))
        })
    }

    /// Hashes and sorts clicks for [`Store::apply`]: work for the processor that holds no lock.
    /// `present` are the columns that the answer had.
    pub fn prepare(&self, clicks: Clicks, present: Present) -> PreparedClicks {
        PreparedClicks::new(clicks, present, &self.inner.secret)
    }

    /// Asks for the right to collect a tenant, for `ttl`. A lease whose time is up, that was
    /// released, or whose owner ran on this machine and is gone, is free. One that this very
    /// process holds is not. Who is refused is in the queue as long as it goes on asking, and gets
    /// the lease before others who ask later.
    pub fn lease(
        &self,
        tenant: TenantKey,
        owner: &Owner,
        ttl: Duration,
        now: Tick,
    ) -> Result<LeaseClaim, StoreError> {
        self.write(|conn, _| lease::claim(conn, tenant, owner, ttl, now))
    }

    /// Extends a lease to `ttl` from now, even one whose time is up, if nobody took it over.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn renew(&self, lease: &Lease, ttl: Duration, now: Tick) -> Result<(), StoreError> {
        self.write(|conn, _| lease::renew(conn, lease, ttl, now))
    }

    /// Frees a lease; one that was lost is left alone.
    pub fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.write(|conn, _| lease::release(conn, lease))
    }

    /// Asks whether a call to the tenant's source may be made now; if so, it is on the ledger, so
    /// make it. At most `per_minute` calls are permitted in any 60 seconds, over all processes.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], and [`StoreError::DiskFull`] while there is no room for answers.
    pub fn take_call(
        &self,
        lease: &Lease,
        per_minute: u32,
        now: Tick,
    ) -> Result<Permit, StoreError> {
        self.ensure_space()?;
        self.write(|conn, _| {
            lease::check(conn, lease)?;
            gate::take_call(conn, lease.tenant, per_minute, now)
        })
    }

    /// Follows the machine's clock when somebody set it by `ticks`: gate and ledger of the tenant
    /// stay as long as they would have. Whoever noticed says so, once.
    pub fn clock_was_set(&self, tenant: TenantKey, ticks: i64) -> Result<(), StoreError> {
        self.write(|conn, _| gate::clock_was_set(conn, tenant, ticks))
    }

    /// Closes the tenant's gate for `length`, at most 24 hours. One that opens later stays as it
    /// is. A lost lease closes it, too: the source's refusal holds for whoever has it now.
    pub fn close_gate(
        &self,
        lease: &Lease,
        length: Duration,
        why: &str,
        now: Tick,
    ) -> Result<(), StoreError> {
        self.write(|conn, _| gate::close(conn, lease.tenant, length, why, now))
    }

    /// Everything known of a tenant's collection.
    pub fn load(
        &self,
        tenant: TenantKey,
    ) -> Result<(Progress, BTreeMap<Hour, HourState>), StoreError> {
        self.read(|snapshot| Ok((snapshot.progress(tenant)?, hours::all(&snapshot.tx, tenant)?)))
    }

    /// Writes hours and progress.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn record(&self, lease: &Lease, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.write(|conn, _| {
            lease::check(conn, lease)?;
            hours::write(conn, lease.tenant, changes)
        })?;
        self.inner.stored.send_replace(());
        Ok(())
    }

    /// Merges an answer with what is held of its window: rows, segments, what rules must look at,
    /// hours and progress, in one transaction. Clicks outside the window are left out.
    ///
    /// With [`Acceptance::Accept`](crate::sync_state::hour::Acceptance::Accept) the live rows of the window are those of the answer afterwards;
    /// with [`Acceptance::Keep`](crate::sync_state::hour::Acceptance::Keep) rows whose identity is new are added once, nothing is withdrawn.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], and [`StoreError::DiskFull`], also where what is left is kept for
    /// leases and progress.
    pub fn apply(
        &self,
        lease: &Lease,
        answer: &FetchedAnswer<'_>,
        changes: &Changes<'_>,
        now: Tick,
    ) -> Result<Applied, StoreError> {
        self.ensure_space()?;
        let applied = self.write(|conn, caches| {
            lease::check(conn, lease)?;
            let tenant = lease.tenant;
            let FetchedAnswer { batch, window, acceptance } = *answer;
            let first_pass = changes.progress.and_then(|progress| progress.first_pass);
            let answer =
                apply::AnswerToMerge { tenant, batch, window, acceptance, first_pass, now };
            let applied = apply::apply(conn, caches, &self.inner.secret, answer)?;
            hours::write(conn, tenant, changes)?;
            Ok(applied)
        })?;
        self.inner.stored.send_replace(());
        Ok(applied)
    }

    /// Hears of every answer and every step of a pass that this process writes. A hint only: other
    /// processes write, too.
    pub fn stored(&self) -> watch::Receiver<()> {
        self.inner.stored.subscribe()
    }

    /// Removes a tenant's oldest hour if it ended before what is `kept` begins: its clicks with what
    /// changed in them, its segment, and, once it is old enough, what is known of it. An hour with
    /// many clicks goes in slices: call it again until it finds nothing.
    ///
    /// Needs no lease: whoever collects merges with what it finds, and in every state between two
    /// transactions the segment shows exactly the live clicks. Texts that no click uses any more stay
    /// until the next [`Store::sweep`]. Rows of the last day's [`Touch`]es may be gone.
    pub fn retain(&self, tenant: TenantKey, kept: KeptFrom) -> Result<Retained, StoreError> {
        self.write(|conn, _| retain::retain(conn, tenant, kept))
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
        self.look_after()?;
        self.read(|_| Ok(()))
    }

    /// Looks whether the files that are open are still there under their names. Where another
    /// program took one away, sees to it that nothing is lost by that.
    ///
    /// # Errors
    /// [`StoreError::Lost`]: the process must begin anew before anything more is written.
    pub fn look_after(&self) -> Result<(), StoreError> {
        match &self.inner.writer {
            Some(writer) => writer.blocking_lock().look_after(),
            None => self.inner.files.check(),
        }
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
    let sql = "SELECT value FROM meta WHERE name = 'secret'";
    let bytes: Option<Vec<u8>> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
    bytes
        .and_then(|bytes| Secret::from_bytes(&bytes))
        .ok_or_else(|| StoreError::Damaged("its secret is missing".to_owned()))
}
