//! What became of an attempt, for the message, its sink, and whoever must hear of it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::{Tick, ticks_of};
use crate::store::{
    AttemptResult, Claimed, Delivery, NewMessage, Notice, Priority, RetryScope, StoreError,
};

use super::enqueue::enqueue;
use super::sinks::{self, SinkHold};
use super::state::{ACCEPTED, DEAD, SENDING, WAITING};

/// Writes down what became of an attempt. One that was overtaken by a later attempt counts nothing:
/// then it returns `false`.
pub(super) fn record(
    conn: &Connection,
    claimed: &Claimed,
    result: &AttemptResult,
    detail: &str,
    now: Tick,
) -> Result<bool, StoreError> {
    let (state, wait, rows) = match result {
        AttemptResult::Accepted { .. } => (ACCEPTED, 0, None),
        AttemptResult::Later { wait, scope: RetryScope::Message } => {
            (WAITING, ticks_of(*wait), None)
        }
        AttemptResult::Later { scope: RetryScope::Sink, .. } | AttemptResult::Pause => {
            (WAITING, 0, None)
        }
        AttemptResult::Smaller { rows } => (WAITING, 0, Some(*rows)),
        AttemptResult::Dead => (DEAD, 0, None),
    };
    let sql = "-- attempt::record\n\
               UPDATE outbox SET state = ?3, changed = ?4, wait_start = ?4, wait_length = ?5, \
               rows = ifnull(?6, rows), owner = '', detail = ?7 \
               WHERE seq = ?1 AND attempts = ?2 AND state = ?8 RETURNING sink";
    let row = params![claimed.seq, claimed.attempts, state, now.0, wait, rows, detail, SENDING];
    let sink = conn.prepare_cached(sql)?.query_row(row, |row| row.get(0)).optional()?;
    let Some(sink): Option<String> = sink else { return Ok(false) };
    match result {
        AttemptResult::Later { wait, scope: RetryScope::Sink } => {
            sinks::wait(conn, &sink, ticks_of(*wait), detail, now)?;
        }
        AttemptResult::Accepted { pace } if !pace.is_zero() => {
            sinks::wait(conn, &sink, ticks_of(*pace), sinks::PACE, now)?;
        }
        AttemptResult::Pause => sinks::pause(conn, &sink, detail, now)?,
        _ => {}
    }
    Ok(true)
}

/// Enqueues a notice through the first sink that works; else through the first that may yet work.
/// Returns that sink's name.
pub(super) fn enqueue_notice(
    conn: &Connection,
    notice: &Notice,
    now: Tick,
) -> Result<Option<String>, StoreError> {
    let mut second = None;
    for deliveries in &notice.through {
        let Some(sink) = deliveries.first().map(|delivery| &delivery.sink) else { continue };
        match sinks::hold(conn, sink, now)? {
            None => return carry(conn, notice, deliveries, sink, now),
            Some(SinkHold::Waits { why, .. }) if why == sinks::PACE => {
                return carry(conn, notice, deliveries, sink, now);
            }
            Some(SinkHold::Waits { .. }) => second = second.or(Some((deliveries, sink))),
            Some(SinkHold::Paused(_)) => {}
        }
    }
    second.map_or(Ok(None), |(deliveries, sink)| carry(conn, notice, deliveries, sink, now))
}

fn carry(
    conn: &Connection,
    notice: &Notice,
    deliveries: &[Delivery],
    sink: &str,
    now: Tick,
) -> Result<Option<String>, StoreError> {
    let message = NewMessage { content: &notice.content, deliveries, priority: Priority::Notice };
    enqueue(conn, &message, now)?;
    Ok(Some(sink.to_owned()))
}
