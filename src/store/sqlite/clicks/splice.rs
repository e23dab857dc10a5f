//! Splicing a segment: exactly the part of an hour that lies in a window is written anew.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::{Hour, Span, Tick};
use crate::store::TenantKey;
use crate::store::model::error::StoreError;
use crate::store::model::segment::{Builder, Row, Slice};

use super::row::ClickIds;

/// A segment being rewritten: rows kept are copied in runs.
pub(crate) struct Splice<'s> {
    old: Slice<'s>,
    new: Builder,
    /// Rows of `old` up to here are copied.
    copied: usize,
    /// The row of `old` that the next step is about.
    next: usize,
    /// The first row of `old` behind the window.
    until: usize,
}

impl<'s> Splice<'s> {
    /// Begins with the segment of `hour` as it is stored.
    pub(crate) fn new(
        hour: Hour,
        stored: Option<&'s [u8]>,
        window: Span,
    ) -> Result<Self, StoreError> {
        let old = match stored {
            Some(bytes) => Slice::decode(hour, bytes).ok_or_else(broken)?,
            None => Slice::empty(hour),
        };
        let (next, until) = (old.first_at(window.from), old.first_at(window.until));
        Ok(Self { old, new: Builder::beside(&old), copied: 0, next, until })
    }

    /// The next row stays.
    pub(crate) const fn keep(&mut self) {
        self.next += 1;
    }

    /// The next row goes.
    pub(crate) fn skip(&mut self) {
        self.copy();
        self.next += 1;
        self.copied = self.next;
    }

    /// A row comes in between.
    pub(crate) fn push(&mut self, ts: i64, ids: &ClickIds) {
        self.copy();
        let kind = self.new.kind(ids.kind);
        let (url, person, ip) = (ids.url, ids.person.folded, ids.ip);
        self.new.push(Row { tick: Tick(ts), url, person, ip, kind });
    }

    fn copy(&mut self) {
        self.new.copy(&self.old, self.copied, self.next);
        self.copied = self.next;
    }

    /// The whole segment, unless its rows of the window were not those that were kept or skipped.
    pub(crate) fn finish(mut self) -> Result<Builder, StoreError> {
        if self.next != self.until {
            return Err(broken());
        }
        self.new.copy(&self.old, self.copied, self.old.len());
        Ok(self.new)
    }
}

/// The stored segment of an hour.
pub(crate) fn load(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT clicks FROM segment WHERE tenant = ?1 AND hour = ?2";
    let found =
        conn.prepare_cached(sql)?.query_row([tenant.0, hour.0], |row| row.get(0)).optional();
    Ok(found?)
}

/// Stores the segment of an hour; none if it is empty.
pub(crate) fn save(
    conn: &Connection,
    tenant: TenantKey,
    hour: Hour,
    segment: Builder,
) -> Result<(), StoreError> {
    let rows = segment.len() as i64;
    if rows == 0 {
        let sql = "DELETE FROM segment WHERE tenant = ?1 AND hour = ?2";
        conn.prepare_cached(sql)?.execute([tenant.0, hour.0])?;
        return Ok(());
    }
    let sql = "INSERT INTO segment VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET rows = excluded.rows, clicks = excluded.clicks";
    conn.prepare_cached(sql)?.execute(params![tenant.0, hour.0, rows, segment.encode()])?;
    Ok(())
}

pub(crate) fn broken() -> StoreError {
    StoreError::Damaged("a segment does not fit the clicks of its hour".to_owned())
}
