//! What is at a path before it is opened for good. SQLite is asked, and nobody else: a process that
//! closes any descriptor of a file loses all its locks on that file, those of every connection with
//! them (fcntl(2); sqlite.org/howtocorrupt.html, section 2.2). Only SQLite keeps descriptors of its
//! own open until no connection of the process has a lock any more.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::process::private_file::{folder_of, led_to};
use crate::store::{OpenRefusal, StoreError};

use super::beside::beside;
use super::migrate;

/// Marks a file as ours (`PRAGMA application_id`): "CLKW".
pub(crate) const APPLICATION_ID: i32 = 0x434C_4B57;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileState {
    /// No file, or an empty one.
    Nothing,
    /// A file with our application id.
    Ours,
}

/// Where the file of `path` is, behind all links, and what is there. A foreign file is not even
/// locked, and nothing is made beside it.
pub(crate) fn probe(path: &Path) -> Result<(FileState, PathBuf), StoreError> {
    let refuse = |why| Err(StoreError::refused(path, why));
    let file = match led_to(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound && !folder_of(path).is_dir() => {
            return refuse(OpenRefusal::FolderMissing);
        }
        Err(error) => return refuse(OpenRefusal::Unreadable(error.to_string())),
    };
    match file.metadata() {
        Ok(found) if found.is_dir() => refuse(OpenRefusal::Folder),
        Ok(found) if !found.is_file() => refuse(OpenRefusal::NotADatabase),
        Ok(found) if found.len() == 0 => Ok((FileState::Nothing, file)),
        Ok(found) => Ok((ours(path, &file, found.len())?, file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((FileState::Nothing, file)),
        Err(error) => refuse(OpenRefusal::Unreadable(error.to_string())),
    }
}

/// Whether a file that is there is ours.
fn ours(path: &Path, file: &Path, len: u64) -> Result<FileState, StoreError> {
    let refuse = |why| Err(StoreError::refused(path, why));
    // While a write-ahead log waits, the file itself may lawfully be behind; it is looked at again
    // together with its log.
    let has_log = beside(file, "-wal").metadata().is_ok_and(|log| log.len() > 0);
    let header = match Header::of(file) {
        Ok(header) => header,
        Err(error) => {
            return match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => refuse(OpenRefusal::NotADatabase),
                Some(ErrorCode::DatabaseCorrupt) if has_log => Ok(FileState::Ours),
                // That the file has fewer pages than its header says is all that is found so far.
                Some(ErrorCode::DatabaseCorrupt) => refuse(cut_short()),
                _ => refuse(OpenRefusal::Unreadable(error.to_string())),
            };
        }
    };
    if header.application_id != APPLICATION_ID {
        return refuse(OpenRefusal::Foreign);
    }
    if header.user_version > migrate::NEWEST {
        let known = migrate::NEWEST;
        return refuse(OpenRefusal::Newer { found: header.user_version, known });
    }
    if len < header.bytes && !has_log {
        return refuse(cut_short());
    }
    Ok(FileState::Ours)
}

fn cut_short() -> OpenRefusal {
    OpenRefusal::Damaged("file is cut short".to_owned())
}

/// What the file's header says. Our application id is written before the file turns to WAL, so the
/// file itself always has it.
struct Header {
    application_id: i32,
    user_version: i64,
    bytes: u64,
}

impl Header {
    /// Of the file alone: `immutable` has SQLite neither lock it nor look for a log
    /// (sqlite.org/uri.html).
    fn of(file: &Path) -> rusqlite::Result<Self> {
        let mut name = String::new();
        for byte in file.as_os_str().as_bytes() {
            match byte {
                b'/' => name.push('/'),
                byte => write!(name, "%{byte:02X}").unwrap_or_default(),
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?;
        let number = |pragma| conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let pages = number("page_count")?.cast_unsigned();
        Ok(Self {
            application_id: conn.pragma_query_value(None, "application_id", |row| row.get(0))?,
            user_version: number("user_version")?,
            bytes: pages.saturating_mul(number("page_size")?.cast_unsigned()),
        })
    }
}
