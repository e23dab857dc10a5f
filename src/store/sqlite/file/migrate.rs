//! Bringing a database up to the schema of this program, one numbered step at a time.

use std::path::Path;

use rusqlite::Connection;

use crate::store::StoreError;

use super::beside::beside;
use super::copy;

/// The steps; a database that has taken the first n has `user_version` n.
const STEPS: &[&str] = &[
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
    include_str!("../migrations/0003.sql"),
    include_str!("../migrations/0004.sql"),
    include_str!("../migrations/0005.sql"),
    include_str!("../migrations/0006.sql"),
    include_str!("../migrations/0007.sql"),
];

/// The newest schema.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// The schema that the database has; 0 before the first step.
pub(crate) fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Takes every step that is missing. An older database is copied to `<file>.v<schema>.bak` first.
pub(crate) fn to_newest(conn: &Connection, path: &Path) -> Result<(), StoreError> {
    take(conn, path, STEPS)
}

fn take(conn: &Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let found = version(conn)?;
    if found > 0 && found < steps.len() as i64 {
        copy::copy(conn, &beside(path, &format!(".v{found}.bak")))?;
    }
    for (number, step) in (1i64..).zip(steps) {
        take_one(conn, number, step)?;
    }
    Ok(())
}

/// One step in one transaction; another process may have taken it in the meantime.
fn take_one(conn: &Connection, number: i64, step: &str) -> Result<(), StoreError> {
    if version(conn)? >= number {
        return Ok(());
    }
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let taken = (|| -> Result<(), StoreError> {
        if version(conn)? < number {
            conn.execute_batch(step)?;
            conn.pragma_update(None, "user_version", number)?;
        }
        Ok(conn.execute_batch("COMMIT")?)
    })();
    if taken.is_err() && !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const TWO: &[&str] = &[
        "CREATE TABLE a(x INTEGER) STRICT; INSERT INTO a VALUES (1);",
        "CREATE TABLE b(x INTEGER) STRICT; INSERT INTO b SELECT x FROM a;",
    ];

    fn fresh() -> (tempfile::TempDir, std::path::PathBuf, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let conn = Connection::open(&path).unwrap();
        (dir, path, conn)
    }

    #[test]
    fn running_twice_changes_nothing() {
        let (_dir, path, conn) = fresh();
        take(&conn, &path, TWO).unwrap();
        take(&conn, &path, TWO).unwrap();
        assert_eq!(version(&conn).unwrap(), 2);
        let rows: i64 = conn.query_row("SELECT count(*) FROM b", [], |r| r.get(0)).unwrap();
        assert_eq!(rows, 1);
        assert!(!beside(&path, ".v1.bak").exists(), "nothing older was there to keep");
    }

    #[test]
    fn an_older_database_is_copied_first() {
        let (_dir, path, conn) = fresh();
        take(&conn, &path, &TWO[..1]).unwrap();
        take(&conn, &path, TWO).unwrap();
        let bak = beside(&path, ".v1.bak");
        assert_eq!(bak.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let copy = Connection::open(&bak).unwrap();
        assert_eq!(version(&copy).unwrap(), 1);
        assert!(!beside(&path, ".v1.bak.part").exists());
    }

    #[test]
    fn a_step_that_fails_leaves_nothing() {
        let (_dir, path, conn) = fresh();
        let broken = [TWO[0], "CREATE TABLE c(x INTEGER) STRICT; SELECT no_such_function();"];
        assert!(take(&conn, &path, &broken).is_err());
        assert_eq!(version(&conn).unwrap(), 1);
        let tables: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).unwrap();
        assert_eq!(tables, 1);
        take(&conn, &path, TWO).unwrap();
    }
}
