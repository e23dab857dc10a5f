//! What holds a sink back, and how its queue stands.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::Tick;
use crate::store::model::lease::Period;
use crate::store::{MessageState, Paused, Queue, Snapshot, StoreError};

/// Why a sink waits that works.
pub(super) const PACE: &str = "its pace";

/// What holds a sink back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SinkHold {
    Paused(Paused),
    Waits { until: Tick, why: String },
}

/// What holds the sink back now, if anything.
pub(super) fn hold(
    conn: &Connection,
    sink: &str,
    now: Tick,
) -> Result<Option<SinkHold>, StoreError> {
    let sql = "-- sinks::hold\n\
               SELECT paused, wait_start, wait_length, why FROM sink WHERE name = ?1";
    let read = |row: &Row<'_>| hold_in(row, 0, now);
    Ok(conn.prepare_cached(sql)?.query_row([sink], read).optional()?.flatten())
}

fn hold_in(row: &Row<'_>, first: usize, now: Tick) -> rusqlite::Result<Option<SinkHold>> {
    let paused: Option<i64> = row.get(first)?;
    let wait = Period { start: Tick(row.get(first + 1)?), length: row.get(first + 2)? };
    let why: String = row.get(first + 3)?;
    Ok(match (paused, wait.end_after(now)) {
        (Some(since), _) => Some(SinkHold::Paused(Paused { since: Tick(since), why })),
        (None, Some(until)) => Some(SinkHold::Waits { until, why }),
        (None, None) => None,
    })
}

/// Makes a sink wait. A pause lasts all the same.
pub(super) fn wait(
    conn: &Connection,
    sink: &str,
    length: i64,
    why: &str,
    now: Tick,
) -> Result<(), StoreError> {
    let sql = "-- sinks::wait\n\
               INSERT INTO sink VALUES (?1, NULL, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET \
               wait_start = excluded.wait_start, wait_length = excluded.wait_length, \
               why = iif(paused IS NULL, excluded.why, why)";
    conn.prepare_cached(sql)?.execute(params![sink, now.0, length, why])?;
    Ok(())
}

/// Pauses a sink.
pub(super) fn pause(conn: &Connection, sink: &str, why: &str, now: Tick) -> Result<(), StoreError> {
    let sql = "-- sinks::pause\n\
               INSERT OR REPLACE INTO sink VALUES (?1, ?2, ?2, 0, ?3)";
    conn.prepare_cached(sql)?.execute(params![sink, now.0, why])?;
    Ok(())
}

/// Ends a pause. What waited through it has as much time as if it were new.
pub(super) fn unpause(
    conn: &Connection,
    sink: &str,
    now: Tick,
) -> Result<Option<Paused>, StoreError> {
    let Some(SinkHold::Paused(paused)) = hold(conn, sink, now)? else { return Ok(None) };
    conn.prepare_cached(
        "-- sinks::unpause\n\
         DELETE FROM sink WHERE name = ?1",
    )?
    .execute([sink])?;
    let sql = "-- sinks::unpause\n\
               UPDATE outbox SET begun = NULL WHERE sink = ?1 AND state = 0";
    conn.prepare_cached(sql)?.execute([sink])?;
    Ok(Some(paused))
}

impl Snapshot<'_> {
    /// How every sink stands that has messages, is paused or waits, by name.
    pub fn queues(&self, now: Tick) -> Result<BTreeMap<String, Queue>, StoreError> {
        let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
        let sql = "-- sinks::queues\n\
                   SELECT sink, state, count(*), min(written) FROM outbox GROUP BY sink, state";
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let queue = queues.entry(row.get(0)?).or_default();
            let count = row.get::<_, i64>(2)?.cast_unsigned();
            let oldest = Some(Tick(row.get(3)?));
            match MessageState::of(row.get(1)?) {
                MessageState::Waiting => queue.waiting = count,
                MessageState::Sending => queue.sending = count,
                MessageState::Dead => queue.dead = count,
                MessageState::Accepted => continue,
            }
            if MessageState::of(row.get(1)?) != MessageState::Dead {
                queue.oldest = [queue.oldest, oldest].into_iter().flatten().min();
            }
        }
        let sql = "-- sinks::queues\n\
                   SELECT name, paused, wait_start, wait_length, why FROM sink";
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            match hold_in(row, 1, now)? {
                Some(SinkHold::Paused(paused)) => {
                    queues.entry(row.get(0)?).or_default().paused = Some(paused);
                }
                Some(SinkHold::Waits { until, why }) if why != PACE => {
                    queues.entry(row.get(0)?).or_default().wait = Some((until, why));
                }
                _ => {}
            }
        }
        Ok(queues)
    }
}
