//! Opening the database file: what is refused, and the settings every connection has.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::{Refusal, StoreError};
use super::{disk, migrate};
use crate::made::folder_of;
use crate::made::open_or_make;

/// Marks a file as ours (`PRAGMA application_id`): "CLKW".
pub(super) const APPLICATION_ID: i32 = 0x434C_4B57;

/// The first SQLite without the WAL-reset bug.
const OLDEST_LIBRARY: i32 = 3_051_003;

/// Page caches, in SQLite's unit: minus KiB.
const WRITER_CACHE: i64 = -16 * 1024;
const READER_CACHE: i64 = -8 * 1024;

/// How long a statement waits for another process before it is `Busy`.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the database for writing; makes or migrates it where that is needed.
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    to_write(path).map_err(|error| disk::named(error, path))
}

/// Opens a connection that can only read; never creates or migrates.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    to_read(path).map_err(|error| disk::named(error, path))
}

fn to_write(path: &Path) -> Result<Connection, StoreError> {
    check_library(path)?;
    let found = probe(path)?;
    if found == Found::Nothing {
        create(path)?;
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if conn.is_readonly("main").map_err(StoreError::from)? {
        return Err(StoreError::refused(path, Refusal::ReadOnly));
    }
    if found == Found::Ours {
        check_version(&conn, path)?;
    }
    set_up(&conn, found).map_err(|e| e.at(path))?;
    migrate::to_newest(&conn, path)?;
    close_to_others(path);
    Ok(conn)
}

fn to_read(path: &Path) -> Result<Connection, StoreError> {
    check_library(path)?;
    if probe(path)? == Found::Nothing {
        return Err(StoreError::refused(path, Refusal::Missing));
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = check_version(&conn, path)?;
    if found < migrate::NEWEST {
        return Err(StoreError::refused(path, Refusal::Older { found }));
    }
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cache_size", READER_CACHE)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    Ok(conn)
}

fn check_library(path: &Path) -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_LIBRARY {
        let version = rusqlite::version().to_owned();
        return Err(StoreError::refused(path, Refusal::OldLibrary(version)));
    }
    Ok(())
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|e| StoreError::refused(path, Refusal::Unreadable(e.to_string())))?;
    conn.busy_timeout(PATIENCE)?;
    Ok(conn)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// No file, or an empty one.
    Nothing,
    /// A file with our application id.
    Ours,
}

/// Looks at the file's first bytes, without SQLite, so that a foreign file is not even locked.
fn probe(path: &Path) -> Result<Found, StoreError> {
    let refuse = |why| Err(StoreError::refused(path, why));
    let mut head = Vec::with_capacity(100);
    let len = match read_head(path, &mut head) {
        Ok(_) if path.is_dir() => return refuse(Refusal::Folder),
        Ok(len) => len,
        Err(e) if e.kind() == ErrorKind::IsADirectory => return refuse(Refusal::Folder),
        Err(e) if e.kind() == ErrorKind::NotFound && folder_of(path).is_dir() => {
            return Ok(Found::Nothing);
        }
        Err(e) if e.kind() == ErrorKind::NotFound => return refuse(Refusal::FolderMissing),
        Err(e) => return refuse(Refusal::Unreadable(e.to_string())),
    };
    if head.is_empty() {
        return Ok(Found::Nothing);
    }
    let Some(header) = Header::parse(&head) else { return refuse(Refusal::NotADatabase) };
    if header.application_id != APPLICATION_ID {
        return refuse(Refusal::Foreign);
    }
    if header.user_version > migrate::NEWEST {
        let known = migrate::NEWEST;
        return refuse(Refusal::Newer { found: header.user_version, known });
    }
    // While a write-ahead log waits, the file itself may lawfully be behind.
    if len < header.bytes && !has_log(path) {
        return refuse(Refusal::Damaged("file is cut short".to_owned()));
    }
    Ok(Found::Ours)
}

fn read_head(path: &Path, head: &mut Vec<u8>) -> std::io::Result<u64> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    file.take(100).read_to_end(head)?;
    Ok(len)
}

/// What the first 100 bytes say (sqlite.org/fileformat2.html, section 1.3). Our application id is
/// written before the file turns to WAL, so the file itself always has it.
struct Header {
    application_id: i32,
    user_version: i64,
    bytes: u64,
}

impl Header {
    fn parse(head: &[u8]) -> Option<Self> {
        if !head.starts_with(b"SQLite format 3\0") {
            return None;
        }
        let four = |at: usize| Some(u32::from_be_bytes(*head.get(at..)?.first_chunk()?));
        let page = match u16::from_be_bytes(*head.get(16..)?.first_chunk()?) {
            1 => 65_536,
            size => u64::from(size),
        };
        Some(Self {
            application_id: four(68)?.cast_signed(),
            user_version: i64::from(four(60)?.cast_signed()),
            bytes: page * u64::from(four(28)?),
        })
    }
}

/// The path of a file that SQLite keeps beside the database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn has_log(path: &Path) -> bool {
    beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}

/// Makes an empty file that only its owner can read; SQLite gives its log and index the same mode
/// and owner.
fn create(path: &Path) -> Result<(), StoreError> {
    match open_or_make(OpenOptions::new().write(true), path) {
        Ok(_) => Ok(()),
        Err(e)
            if matches!(e.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
        {
            Err(StoreError::refused(path, Refusal::ReadOnly))
        }
        Err(e) => Err(StoreError::refused(path, Refusal::Unreadable(e.to_string()))),
    }
}

/// Takes a database that was made wider back to 0600. Another owner's file is left as it is.
fn close_to_others(path: &Path) {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        let open = file.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
        if open && let Err(error) = std::fs::set_permissions(&file, Permissions::from_mode(0o600)) {
            tracing::warn!(%error, "database can be read by others, and its mode not be changed");
        }
    }
}

fn check_version(conn: &Connection, path: &Path) -> Result<i64, StoreError> {
    let found = migrate::version(conn).map_err(|e| e.at(path))?;
    if found > migrate::NEWEST {
        let known = migrate::NEWEST;
        return Err(StoreError::refused(path, Refusal::Newer { found, known }));
    }
    // Reading the schema finds a file whose first pages are not what the header promises.
    let read = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let tables = read.map_err(|e| StoreError::from(e).at(path))?;
    if found > 0 && tables == 0 {
        let detail = "its tables are missing".to_owned();
        return Err(StoreError::refused(path, Refusal::Damaged(detail)));
    }
    Ok(found)
}

fn set_up(conn: &Connection, found: Found) -> Result<(), StoreError> {
    if found == Found::Nothing {
        conn.pragma_update(None, "page_size", 16_384)?;
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "cache_size", WRITER_CACHE)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_prepared_statement_cache_capacity(64);
    // Both are read back: SQLite answers a mode it cannot have with another, not with an error.
    let level: i64 = conn.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    if mode != "wal" || level != 2 {
        let got = format!("journal mode {mode}, synchronous {level} instead of wal and 2");
        return Err(StoreError::Sql(got));
    }
    Ok(())
}
