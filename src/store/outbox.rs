//! Messages on their way: posted with what made them, claimed by one process at a time, settled by
//! what the channel answered.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::{Tick, ticks_of};
use crate::report::Content;

use super::error::StoreError;
use super::lease::Stretch;
use super::owner::Owner;

/// How long a process may take over an attempt before another may try.
const ATTEMPT: Duration = Duration::from_mins(2);

/// A message to a sink, or to one recipient of a sink of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The message's own id: the same whenever the same message is posted.
    pub message: String,
    /// The sink's name.
    pub sink: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
}

/// Which messages of a sink go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// About the program itself.
    Notice = 1,
    /// A digest.
    Digest = 2,
}

/// What is posted together.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// What is told.
    pub content: &'a Content,
    /// To whom.
    pub letters: &'a [Letter],
    /// Before what.
    pub priority: Priority,
}

/// A message to be delivered now.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// Its number in the outbox.
    pub seq: i64,
    /// The message's own id.
    pub message: String,
    /// Of mail; empty elsewhere.
    pub recipient: String,
    /// When it was written.
    pub written: Tick,
    /// How many attempts were begun, this one included.
    pub attempts: u32,
    /// The most rows to show, if a channel refused more.
    pub rows: Option<u32>,
    /// What is told.
    pub content: Content,
}

/// What a sink has to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Deliver this.
    Deliver(Box<Claimed>),
    /// Nothing before this time; `None` if nothing waits.
    Idle {
        /// When to ask again.
        until: Option<Tick>,
    },
    /// Nothing until a sample got through.
    Paused {
        /// Why.
        why: String,
    },
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The channel took it; the sink's next message goes after this pace.
    Accepted {
        /// So long after.
        pace: Duration,
    },
    /// To be tried again.
    Later {
        /// After so long.
        wait: Duration,
        /// Who waits.
        scope: Scope,
    },
    /// Too big: to be tried again at once with at most so many rows.
    Smaller {
        /// So many.
        rows: u32,
    },
    /// Never to be tried again, unless somebody says so.
    Dead,
    /// The sink itself does not work: it keeps this and every other message.
    Pause,
}

/// Who waits after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This message.
    Message,
    /// Every message of the sink.
    Sink,
}

const WAITING: i64 = 0;
const SENDING: i64 = 1;
const ACCEPTED: i64 = 2;
const DEAD: i64 = 3;

/// Puts a message into the outbox, but for letters that are there already. Returns how many are new.
pub(super) fn post(conn: &Connection, post: &Post<'_>, now: Tick) -> Result<u64, StoreError> {
    let known = "SELECT 1 FROM outbox WHERE message = ?1 AND recipient = ?2";
    let mut known = conn.prepare_cached(known)?;
    let mut new = Vec::new();
    for letter in post.letters {
        if !known.exists(params![letter.message, letter.recipient])? {
            new.push(letter);
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let body = serde_json::to_vec(post.content)
        .map_err(|error| StoreError::Sql(format!("a message cannot be written: {error}")))?;
    let content = conn.prepare_cached("INSERT INTO content(body) VALUES (?1)")?.insert([body])?;
    let sql = "INSERT INTO outbox(message, recipient, sink, content, title, priority, written, \
               state, changed, attempts, wait_start, wait_length, owner, told) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7, 0, ?7, 0, '', '')";
    let mut insert = conn.prepare_cached(sql)?;
    for Letter { message, sink, recipient } in &new {
        let (title, priority) = (&post.content.title, post.priority as i64);
        insert.execute(params![message, recipient, sink, content, title, priority, now.0])?;
    }
    Ok(new.len() as u64)
}

/// Takes the next message of a sink for `owner`, unless one is under way or it is to wait.
pub(super) fn claim(
    conn: &Connection,
    sink: &str,
    owner: &Owner,
    now: Tick,
) -> Result<Turn, StoreError> {
    if let Some((until, why)) = sink_waits(conn, sink, now)? {
        return Ok(until.map_or(Turn::Paused { why }, |until| Turn::Idle { until: Some(until) }));
    }
    if let Some(until) = free_the_stranded(conn, sink, now)? {
        return Ok(Turn::Idle { until: Some(until) });
    }
    let due = "SELECT seq FROM outbox WHERE sink = ?1 AND state = 0 \
               AND min(wait_start, ?2) + wait_length <= ?2 ORDER BY priority, seq LIMIT 1";
    let next: Option<i64> =
        conn.prepare_cached(due)?.query_row(params![sink, now.0], |row| row.get(0)).optional()?;
    let Some(seq) = next else {
        let sql = "SELECT min(min(wait_start, ?2) + wait_length) FROM outbox \
                   WHERE sink = ?1 AND state = 0";
        let until: Option<i64> =
            conn.prepare_cached(sql)?.query_row(params![sink, now.0], |row| row.get(0))?;
        return Ok(Turn::Idle { until: until.map(Tick) });
    };
    let sql = "UPDATE outbox SET state = 1, changed = ?2, attempts = attempts + 1, \
               wait_start = ?2, wait_length = ?3, owner = ?4 WHERE seq = ?1";
    conn.prepare_cached(sql)?.execute(params![seq, now.0, ticks_of(ATTEMPT), owner.to_json()])?;
    Ok(Turn::Deliver(Box::new(claimed(conn, seq)?)))
}

/// Whether a sink is paused (`None`) or waits until some time, and why.
fn sink_waits(
    conn: &Connection,
    sink: &str,
    now: Tick,
) -> Result<Option<(Option<Tick>, String)>, StoreError> {
    let sql = "SELECT paused, wait_start, wait_length, why FROM sink WHERE name = ?1";
    let read = |row: &Row<'_>| {
        let paused: Option<i64> = row.get(0)?;
        let wait = Stretch { start: Tick(row.get(1)?), length: row.get(2)? };
        let why: String = row.get(3)?;
        Ok(match (paused, wait.end_after(now)) {
            (Some(_), _) => Some((None, why)),
            (None, Some(until)) => Some((Some(until), why)),
            (None, None) => None,
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row([sink], read).optional()?.flatten())
}

/// Gives back to the queue what a process left behind. When one is still under way elsewhere, says
/// until when.
fn free_the_stranded(conn: &Connection, sink: &str, now: Tick) -> Result<Option<Tick>, StoreError> {
    let sql = "SELECT seq, wait_start, wait_length, owner FROM outbox \
               WHERE sink = ?1 AND state = 1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([sink])?;
    let mut busy = None;
    while let Some(row) = rows.next()? {
        let time = Stretch { start: Tick(row.get(1)?), length: row.get(2)? };
        let owner = Owner::from_json(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?);
        let alive = owner.is_some_and(|owner| !owner.is_dead_here());
        if let (Some(until), true) = (time.end_after(now), alive) {
            busy = busy.max(Some(until));
        } else {
            let sql = "UPDATE outbox SET state = 0, changed = ?2, wait_start = ?2, \
                       wait_length = 0, told = 'the attempt was cut off' WHERE seq = ?1";
            conn.prepare_cached(sql)?.execute([row.get(0)?, now.0])?;
        }
    }
    Ok(busy)
}

fn claimed(conn: &Connection, seq: i64) -> Result<Claimed, StoreError> {
    let sql = "SELECT message, recipient, written, attempts, rows, body FROM outbox \
               JOIN content ON content.id = outbox.content WHERE seq = ?1";
    let (claimed, body): (_, Vec<u8>) = conn.prepare_cached(sql)?.query_row([seq], |row| {
        let claimed = |content| {
            Ok::<_, rusqlite::Error>(Claimed {
                seq,
                message: row.get(0)?,
                recipient: row.get(1)?,
                written: Tick(row.get(2)?),
                attempts: row.get(3)?,
                rows: row.get(4)?,
                content,
            })
        };
        let body: Vec<u8> = row.get(5)?;
        let content = serde_json::from_slice(&body).ok();
        Ok((content.map(claimed).transpose()?, body))
    })?;
    claimed.ok_or_else(|| {
        StoreError::Damaged(format!("message {seq} of {} bytes is unreadable", body.len()))
    })
}

/// Writes down what became of an attempt; one that was overtaken by a later attempt counts nothing.
/// `told` is what the channel said, without any secret.
pub(super) fn settle(
    conn: &Connection,
    claimed: &Claimed,
    settled: &Settled,
    told: &str,
    now: Tick,
) -> Result<(), StoreError> {
    let (state, wait, rows) = match settled {
        Settled::Accepted { .. } => (ACCEPTED, 0, None),
        Settled::Later { wait, scope: Scope::Message } => (WAITING, ticks_of(*wait), None),
        Settled::Later { scope: Scope::Sink, .. } | Settled::Pause => (WAITING, 0, None),
        Settled::Smaller { rows } => (WAITING, 0, Some(*rows)),
        Settled::Dead => (DEAD, 0, None),
    };
    let sql = "UPDATE outbox SET state = ?3, changed = ?4, wait_start = ?4, wait_length = ?5, \
               rows = ifnull(?6, rows), owner = '', told = ?7 \
               WHERE seq = ?1 AND attempts = ?2 AND state = ?8";
    let row = params![claimed.seq, claimed.attempts, state, now.0, wait, rows, told, SENDING];
    if conn.prepare_cached(sql)?.execute(row)? == 0 {
        return Ok(());
    }
    let sink = "SELECT sink FROM outbox WHERE seq = ?1";
    let sink: String = conn.prepare_cached(sink)?.query_row([claimed.seq], |row| row.get(0))?;
    match settled {
        Settled::Later { wait, scope: Scope::Sink } => {
            hold(conn, &sink, None, ticks_of(*wait), told, now)
        }
        Settled::Pause => hold(conn, &sink, Some(now), 0, told, now),
        Settled::Accepted { pace } if !pace.is_zero() => {
            hold(conn, &sink, None, ticks_of(*pace), "its pace", now)
        }
        _ => Ok(()),
    }
}

/// Makes a sink wait, or pauses it.
fn hold(
    conn: &Connection,
    sink: &str,
    paused: Option<Tick>,
    wait: i64,
    why: &str,
    now: Tick,
) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO sink VALUES (?1, ?2, ?3, ?4, ?5)";
    let paused = paused.map(|since| since.0);
    conn.prepare_cached(sql)?.execute(params![sink, paused, now.0, wait, why])?;
    Ok(())
}
