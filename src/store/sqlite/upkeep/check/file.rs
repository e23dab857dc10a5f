//! SQLite's own checks.

use rusqlite::Connection;

use super::damage::or_say;
use crate::store::{CheckFinding, CheckPart, CheckReport, StoreError};

/// How many troubles SQLite is asked for.
const MOST_FINDINGS: u32 = 100;

pub(super) fn check(conn: &Connection) -> Result<CheckReport, StoreError> {
    let mut report = CheckReport::default();
    let found = or_say(lines(conn, &format!("PRAGMA integrity_check({MOST_FINDINGS})"), "ok"))?;
    report.found.extend(findings(CheckPart::File, found));
    let broken = or_say(references(conn))?;
    report.found.extend(findings(CheckPart::References, broken));
    Ok(report)
}

fn findings(
    part: CheckPart,
    lines: Result<Vec<String>, String>,
) -> impl Iterator<Item = CheckFinding> {
    let lines = lines.unwrap_or_else(|why| vec![format!("cannot be read to its end: {why}")]);
    lines.into_iter().map(move |line| CheckFinding::new(part, line))
}

fn lines(conn: &Connection, sql: &str, well: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    // A check that cannot go on says so by an error; what it found until then counts, too.
    loop {
        match rows.next() {
            Ok(Some(row)) => lines.extend(row.get::<_, String>(0).ok().filter(|it| it != well)),
            Err(error) if lines.is_empty() => return Err(error.into()),
            Ok(None) | Err(_) => return Ok(lines),
        }
    }
}

fn references(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare(
        "-- file::references\n\
         SELECT \"table\", parent FROM pragma_foreign_key_check",
    )?;
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    while let (Some(row), true) = (rows.next()?, lines.len() < MOST_FINDINGS as usize) {
        let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
        lines.push(format!("a row of {table} names a {parent} that is not there"));
    }
    Ok(lines)
}
