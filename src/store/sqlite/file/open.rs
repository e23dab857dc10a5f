//! Opening the database file: what is refused, and the settings every connection has.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::process::private_file::{for_owner_only, make_empty};
use crate::store::{OpenRefusal, StoreError};

use super::beside::beside;
use super::probe::{APPLICATION_ID, FileState, probe};
use super::{disk, migrate};

/// The first SQLite without the WAL-reset bug.
const OLDEST_LIBRARY: i32 = 3_051_003;

/// Page caches, in SQLite's unit: minus KiB.
const WRITER_CACHE: i64 = -16 * 1024;
const READER_CACHE: i64 = -8 * 1024;

/// How long a statement waits for another process before it is `Busy`.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the database for writing; makes or migrates it where that is needed.
pub(crate) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    to_write(path).map_err(|error| disk::named(error, path))
}

/// Opens a connection that can only read; never creates or migrates.
pub(crate) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    to_read(path).map_err(|error| disk::named(error, path))
}

fn to_write(path: &Path) -> Result<Connection, StoreError> {
    check_library(path)?;
    let (found, file) = probe(path)?;
    if found == FileState::Nothing {
        create(path, &file)?;
    }
    let conn = connect(path, &file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if conn.is_readonly("main").map_err(StoreError::from)? {
        return Err(StoreError::refused(path, OpenRefusal::ReadOnly));
    }
    if found == FileState::Ours {
        check_version(&conn, path)?;
    }
    set_up(&conn, found).map_err(|e| e.at(path))?;
    migrate::to_newest(&conn, path)?;
    close_to_others(&file);
    Ok(conn)
}

fn to_read(path: &Path) -> Result<Connection, StoreError> {
    check_library(path)?;
    let (found, file) = probe(path)?;
    if found == FileState::Nothing {
        return Err(StoreError::refused(path, OpenRefusal::Missing));
    }
    let conn = connect(path, &file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = check_version(&conn, path)?;
    if found < migrate::NEWEST {
        return Err(StoreError::refused(path, OpenRefusal::Older { found }));
    }
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cache_size", READER_CACHE)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    Ok(conn)
}

fn check_library(path: &Path) -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_LIBRARY {
        let version = rusqlite::version().to_owned();
        return Err(StoreError::refused(path, OpenRefusal::OldLibrary(version)));
    }
    Ok(())
}

/// Opens `file`, which is what `path` leads to: no link is followed any more.
fn connect(path: &Path, file: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(file, flags)
        .map_err(|e| StoreError::refused(path, OpenRefusal::Unreadable(e.to_string())))?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    Ok(conn)
}

/// Makes an empty file that only its owner can read; SQLite gives its log and index the same mode
/// and owner.
fn create(path: &Path, file: &Path) -> Result<(), StoreError> {
    make_empty(file).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::refused(path, OpenRefusal::ReadOnly)
        }
        _ => StoreError::refused(path, OpenRefusal::Unreadable(error.to_string())),
    })
}

/// Takes a database that was made wider back to 0600. Another owner's file is left as it is.
fn close_to_others(file: &Path) {
    for file in [file.to_owned(), beside(file, "-wal"), beside(file, "-shm")] {
        if let Err(error) = for_owner_only(&file) {
            tracing::warn!(%error, "database can be read by others, and its mode not be changed");
        }
    }
}

fn check_version(conn: &Connection, path: &Path) -> Result<i64, StoreError> {
    let found = migrate::version(conn).map_err(|e| e.at(path))?;
    let whose = conn.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0));
    if whose.map_err(|e| StoreError::from(e).at(path))? != APPLICATION_ID {
        return Err(StoreError::refused(path, OpenRefusal::Foreign));
    }
    if found > migrate::NEWEST {
        let known = migrate::NEWEST;
        return Err(StoreError::refused(path, OpenRefusal::Newer { found, known }));
    }
    // Reading the schema finds a file whose first pages are not what the header promises.
    let read = conn.query_row(
        "-- open::check_version\n\
         SELECT count(*) FROM sqlite_schema",
        [],
        |row| row.get::<_, i64>(0),
    );
    let tables = read.map_err(|e| StoreError::from(e).at(path))?;
    if found > 0 && tables == 0 {
        let detail = "its tables are missing".to_owned();
        return Err(StoreError::refused(path, OpenRefusal::Damaged(detail)));
    }
    Ok(found)
}

fn set_up(conn: &Connection, found: FileState) -> Result<(), StoreError> {
    if found == FileState::Nothing {
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
