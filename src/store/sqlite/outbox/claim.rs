//! Claiming: a sink's next message, for one process at a time.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::{Tick, ticks_of};
use crate::message::Content;
use crate::store::model::lease::Period;
use crate::store::{CLAIM_TIMEOUT, ClaimResult, Claimed, Owner, StoreError};

use super::sinks::{self, SinkHold};
use super::state::{DEAD, SENDING, WAITING};

/// Takes the next message of a sink for `owner`, unless one is under way or it is to wait.
pub(super) fn claim(
    conn: &Connection,
    sink: &str,
    owner: &Owner,
    now: Tick,
) -> Result<ClaimResult, StoreError> {
    follow_clock(conn, sink, now)?;
    match sinks::hold(conn, sink, now)? {
        Some(SinkHold::Paused(paused)) => return Ok(ClaimResult::Paused { why: paused.why }),
        Some(SinkHold::Waits { until, .. }) => return Ok(ClaimResult::Idle { until: Some(until) }),
        None => {}
    }
    if let Some(until) = reclaim_expired(conn, sink, now)? {
        return Ok(ClaimResult::Idle { until: Some(until) });
    }
    while let Some(seq) = next(conn, sink, now)? {
        match content(conn, seq)? {
            Ok(content) => {
                return Ok(ClaimResult::Deliver(Box::new(take(conn, seq, owner, content, now)?)));
            }
            Err(why) => dead_letter(conn, seq, &why, now)?,
        }
    }
    let sql = "-- claim::claim\n\
               SELECT min(wait_start + wait_length) FROM outbox WHERE sink = ?1 AND state = 0";
    let until: Option<i64> = conn.prepare_cached(sql)?.query_row([sink], |row| row.get(0))?;
    Ok(ClaimResult::Idle { until: until.map(Tick) })
}

/// What waits since a time ahead of us waits from now on: the clock was set back.
fn follow_clock(conn: &Connection, sink: &str, now: Tick) -> Result<(), StoreError> {
    for sql in [
        "-- claim::follow_clock\n\
         UPDATE outbox SET wait_start = ?2 WHERE sink = ?1 AND state IN (0, 1) AND wait_start > ?2",
        "-- claim::follow_clock\n\
         UPDATE sink SET wait_start = ?2 WHERE name = ?1 AND wait_start > ?2",
    ] {
        conn.prepare_cached(sql)?.execute(params![sink, now.0])?;
    }
    Ok(())
}

/// Gives back to the queue what a process left behind. When one is still under way elsewhere, says
/// until when.
fn reclaim_expired(conn: &Connection, sink: &str, now: Tick) -> Result<Option<Tick>, StoreError> {
    let sql = "-- claim::reclaim_expired\n\
               SELECT seq, wait_start, wait_length, owner FROM outbox \
               WHERE sink = ?1 AND state = 1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([sink])?;
    let mut busy = None;
    while let Some(row) = rows.next()? {
        let time = Period { start: Tick(row.get(1)?), length: row.get(2)? };
        let owner = Owner::from_json(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?);
        let alive = owner.is_some_and(|owner| !owner.is_dead_here());
        if let (Some(until), true) = (time.end_after(now), alive) {
            busy = busy.max(Some(until));
        } else {
            let sql = "-- claim::reclaim_expired\n\
                       UPDATE outbox SET state = ?3, changed = ?2, wait_start = ?2, wait_length = 0, \
                       owner = '', detail = 'the attempt was cut off' WHERE seq = ?1";
            conn.prepare_cached(sql)?.execute(params![row.get::<_, i64>(0)?, now.0, WAITING])?;
        }
    }
    Ok(busy)
}

fn next(conn: &Connection, sink: &str, now: Tick) -> Result<Option<i64>, StoreError> {
    let due = "-- claim::next\n\
               SELECT seq FROM outbox WHERE sink = ?1 AND state = 0 \
               AND wait_start + wait_length <= ?2 ORDER BY priority, seq LIMIT 1";
    let mut due = conn.prepare_cached(due)?;
    Ok(due.query_row(params![sink, now.0], |row| row.get(0)).optional()?)
}

/// What a message tells, or why that cannot be read.
fn content(conn: &Connection, seq: i64) -> Result<Result<Content, String>, StoreError> {
    let sql = "-- claim::content\n\
               SELECT body FROM content WHERE id = (SELECT content FROM outbox WHERE seq = ?1)";
    let body: Vec<u8> = conn.prepare_cached(sql)?.query_row([seq], |row| row.get(0))?;
    let read = serde_json::from_slice(&body);
    Ok(read.map_err(|error| {
        // The error may quote the text, so only its place is named.
        let (line, column) = (error.line(), error.column());
        format!("cannot be read back (line {line}, column {column}): drop it")
    }))
}

/// One message that cannot be read holds up no other.
fn dead_letter(conn: &Connection, seq: i64, why: &str, now: Tick) -> Result<(), StoreError> {
    let sql = "-- claim::dead_letter\n\
               UPDATE outbox SET state = ?2, changed = ?3, detail = ?4 WHERE seq = ?1";
    conn.prepare_cached(sql)?.execute(params![seq, DEAD, now.0, why])?;
    Ok(())
}

fn take(
    conn: &Connection,
    seq: i64,
    owner: &Owner,
    content: Content,
    now: Tick,
) -> Result<Claimed, StoreError> {
    let sql = "-- claim::take\n\
               UPDATE outbox SET state = ?5, changed = ?2, attempts = attempts + 1, \
               begun = ifnull(begun, ?2), wait_start = ?2, wait_length = ?3, owner = ?4 \
               WHERE seq = ?1 RETURNING message, recipient, written, attempts, begun, rows";
    let row = params![seq, now.0, ticks_of(CLAIM_TIMEOUT), owner.to_json(), SENDING];
    Ok(conn.prepare_cached(sql)?.query_row(row, |row| {
        Ok(Claimed {
            seq,
            message: row.get(0)?,
            recipient: row.get(1)?,
            written: Tick(row.get(2)?),
            attempts: row.get(3)?,
            begun: Tick(row.get(4)?),
            rows: row.get(5)?,
            content,
        })
    })?)
}
