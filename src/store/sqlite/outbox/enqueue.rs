//! Putting messages into the outbox.

use rusqlite::{Connection, params};

use crate::clock::Tick;
use crate::store::{Delivery, NewMessage, Store, StoreError};

impl Store {
    /// Puts a message into the outbox: a delivery that is there already is not put there twice.
    /// Returns how many are new.
    pub fn enqueue(&self, message: &NewMessage<'_>, now: Tick) -> Result<u64, StoreError> {
        self.enqueuing(|conn| enqueue(conn, message, now))
    }

    /// Runs a transaction that may put messages into the outbox, and wakes whoever delivers.
    pub(crate) fn enqueuing<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = self.write(|conn, _| work(conn))?;
        self.inner.enqueued.send_replace(());
        Ok(done)
    }

    /// Hears of every message that this process enqueues. A hint only: other processes do, too.
    pub fn enqueued(&self) -> tokio::sync::watch::Receiver<()> {
        self.inner.enqueued.subscribe()
    }
}

/// Puts a message into the outbox, but for deliveries that are there already. Returns how many are new.
pub(crate) fn enqueue(
    conn: &Connection,
    message: &NewMessage<'_>,
    now: Tick,
) -> Result<u64, StoreError> {
    let known = "-- enqueue::enqueue\n\
                 SELECT 1 FROM outbox WHERE message = ?1 AND recipient = ?2";
    let mut known = conn.prepare_cached(known)?;
    let mut new = Vec::new();
    for delivery in message.deliveries {
        if !known.exists(params![delivery.message, delivery.recipient])? {
            new.push(delivery);
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let body = serde_json::to_vec(message.content)
        .map_err(|error| StoreError::Sql(format!("a message cannot be written: {error}")))?;
    let content = conn
        .prepare_cached(
            "-- enqueue::enqueue\n\
             INSERT INTO content(body) VALUES (?1)",
        )?
        .insert([body])?;
    let sql = "-- enqueue::enqueue\n\
               INSERT INTO outbox(message, recipient, sink, content, title, priority, written, \
               state, changed, attempts, wait_start, wait_length, owner, detail) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7, 0, ?7, 0, '', '')";
    let mut insert = conn.prepare_cached(sql)?;
    let (title, priority) = (&message.content.title, message.priority as i64);
    for Delivery { message, sink, recipient } in &new {
        insert.execute(params![message, recipient, sink, content, title, priority, now.0])?;
    }
    Ok(new.len() as u64)
}
