//! What can go wrong in the store, and whether to try again.

use std::path::{Path, PathBuf};

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file was not opened; nothing in it was changed.
    #[error("{}: {why}", .path.display())]
    Refused {
        /// The database file.
        path: PathBuf,
        /// The reason.
        why: OpenRefusal,
    },
    /// The store was opened for reading.
    #[error("store was opened for reading only")]
    ReadOnly,
    /// Another process took the tenant's lease over: nothing was written. Ask for a new lease.
    #[error("lease on the tenant was lost to another process; begin a new pass")]
    LeaseLost,
    /// Another process holds the database. Try again.
    #[error("database is held by another process; try again")]
    Busy,
    /// No room left on the disk; the transaction was undone. Try again when there is room.
    #[error("disk is full; free some space, nothing was lost")]
    DiskFull,
    /// Reading or writing the file failed; the connection is opened anew at the next use.
    #[error("reading or writing the database failed ({0}); try again, then check the disk")]
    Disk(String),
    /// The file's content is damaged. Trying again does not help.
    #[error("database is damaged ({0}); `clickwarden db check` says how far, and what to do")]
    Damaged(String),
    /// More distinct texts than 32-bit ids can name. Trying again does not help.
    #[error("too many distinct texts for one database; lower store.retention or use a new file")]
    TooManyTexts,
    /// A thread of ours ended in the middle of an operation, which was undone. Try again.
    #[error("operation ended unexpectedly ({0})")]
    Died(String),
    /// Another program removed or replaced a file that was in use. Nothing is written any more;
    /// trying again does not help, starting again does.
    #[error("{0}")]
    Lost(Lost),
    /// Anything else that SQLite reports. Trying again does not help.
    #[error(
        "database refused an operation ({0}); if `clickwarden db check --repair` does not mend that, \
         restore a backup"
    )]
    Sql(String),
}

/// Why a file was not opened as our database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefusal {
    /// The path names a folder.
    #[error("is a folder; store.path must name a file")]
    Folder,
    /// The folder that should hold the file does not exist.
    #[error("its folder does not exist; create it or change store.path")]
    FolderMissing,
    /// There is no such file, and it was to be read only.
    #[error("does not exist yet; run `clickwarden sync` or `clickwarden run` first")]
    Missing,
    /// A database of another program, by its application id.
    #[error("is the database of another program; change store.path")]
    Foreign,
    /// Written by a newer version of this program.
    #[error("was written by a newer version (schema {found}, this one knows {known}); upgrade")]
    Newer {
        /// The file's schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// Written by an older version, and opened for reading only.
    #[error("has an older schema ({found}); run `clickwarden sync` once to bring it up to date")]
    Older {
        /// The file's schema.
        found: i64,
    },
    /// Not an SQLite database.
    #[error("is no database; change store.path or move the file away")]
    NotADatabase,
    /// An SQLite database that is cut short or inconsistent.
    #[error(
        "is damaged ({0}); restore a backup or move the file away: a new one is filled with what the source still has"
    )]
    Damaged(String),
    /// The file or its folder cannot be written.
    #[error("cannot be written; check the owner and mode of the file and its folder")]
    ReadOnly,
    /// The file cannot be opened at all.
    #[error("cannot be opened ({0})")]
    Unreadable(String),
    /// The SQLite library can corrupt WAL databases (fixed in 3.51.3: sqlite.org/wal.html,
    /// "the WAL-reset bug").
    #[error("needs SQLite 3.51.3 or newer, this program was built with {0}")]
    OldLibrary(String),
}

/// A file of the database that is no longer there under its name, while SQLite has it open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}: its {what} was removed or replaced by another program while in use, so nothing more is \
     written; {saved}; find out which program that was, and start clickwarden again",
    .path.display()
)]
pub struct Lost {
    /// The database file.
    pub path: PathBuf,
    /// Which file it is.
    pub what: &'static str,
    /// Where that is which only the old file held.
    pub saved: Saved,
}

/// What became of what only a file without a name held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Saved {
    /// Nobody has looked after it yet.
    #[error("what it held is still to be saved")]
    NotYet,
    /// The log is where it was.
    #[error("nothing of it is lost")]
    StillThere,
    /// All of it is in the database.
    #[error("what it held was taken into the database")]
    InTheFile,
    /// The database has changed since, so that it stands in a copy.
    #[error("the database as it was is kept in {}", .0.display())]
    Copied(PathBuf),
    /// It could not be saved.
    #[error("what it held could not be saved ({0})")]
    Nowhere(String),
}

impl StoreError {
    /// Whether the same call may succeed when tried again.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::DiskFull | Self::Disk(_) | Self::Died(_))
    }

    pub(crate) fn refused(path: &Path, why: OpenRefusal) -> Self {
        Self::Refused { path: path.to_owned(), why }
    }

    /// The same error as a reason not to open `path`.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::Damaged(detail) => Self::refused(path, OpenRefusal::Damaged(detail)),
            Self::ReadOnly => Self::refused(path, OpenRefusal::ReadOnly),
            Self::Sql(detail) => Self::refused(path, OpenRefusal::Unreadable(detail)),
            other => other,
        }
    }
}

/// Why there is no backup. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be read, or the copy not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something has the name already.
    #[error("{} is there already; name another file, or replace it with --force", .0.display())]
    Exists(PathBuf),
    /// It is the database itself, or its log.
    #[error("{} is the live database; name another file", .0.display())]
    Live(PathBuf),
    /// It is a folder.
    #[error("{} is a folder; name a file in it", .0.display())]
    Folder(PathBuf),
    /// Another process writes the same backup.
    #[error("another backup writes {}; wait for it, or name another file", .0.display())]
    UnderWay(PathBuf),
    /// Its disk is full.
    #[error("no room for {}; free some space on its disk, or name a file on another", .0.display())]
    NoRoom(PathBuf),
    /// The file or its folder cannot be written.
    #[error("{} cannot be written ({why}); check its folder: that it exists, its owner, its room", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

impl BackupError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), why: error.to_string() }
    }
}

/// A copy that is made before a migration is part of opening the store.
impl From<BackupError> for StoreError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => error,
            // The copy lies beside the database.
            BackupError::NoRoom(_) => Self::DiskFull,
            other => Self::Disk(other.to_string()),
        }
    }
}
