//! The answers that changed something: when each was written, for which window, and the requests
//! that brought it.

use rusqlite::{Connection, params};

use crate::clock::{Span, Tick};
use crate::store::model::answer::AnswerToMerge;
use crate::store::{AnswerReach, Snapshot, StoreError, StoredAnswer, TenantKey};
use crate::sync_state::hour::Acceptance;

impl Snapshot<'_> {
    /// The answers that changed something, stamped within `stamped`, whose windows have a tick in
    /// `span`; in the order of their stamps.
    pub fn answers(
        &self,
        tenant: TenantKey,
        stamped: Span,
        span: Span,
    ) -> Result<Vec<StoredAnswer>, StoreError> {
        find(&self.tx, tenant, stamped, span)
    }

    /// Earlier than the stamp of every answer yet to come, later than those of all that are here.
    pub fn next_stamp(&self) -> Result<Tick, StoreError> {
        Ok(last(&self.tx)?.plus(1))
    }
}

/// Notes an answer, in the transaction that writes its rows.
pub(crate) fn note(
    conn: &Connection,
    answer: AnswerToMerge<'_>,
    reach: AnswerReach,
) -> Result<(), StoreError> {
    let AnswerToMerge { tenant, batch, window, acceptance, now, .. } = answer;
    let stamp = now.max(last(conn)?.plus(1));
    conn.prepare_cached(
        "-- answers::note\n\
         INSERT INTO answer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        stamp.0,
        tenant.0,
        window.from.0,
        window.until.0,
        now.0,
        i64::from(acceptance == Acceptance::Accept),
        i64::from(reach == AnswerReach::Whole),
        batch.requests.join(" "),
    ])?;
    conn.prepare_cached(
        "-- answers::note\n\
         UPDATE meta SET value = ?1 WHERE name = 'stamp'",
    )?
    .execute([stamp.0])?;
    Ok(())
}

/// The newest stamp. It outlives its answer, which goes with its rows.
pub(crate) fn last(conn: &Connection) -> Result<Tick, StoreError> {
    let sql = "-- answers::last\n\
               SELECT value FROM meta WHERE name = 'stamp'";
    Ok(Tick(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
}

/// The tenants and windows of the answers that were stamped later than `stamp`.
pub(crate) fn since(conn: &Connection, stamp: Tick) -> Result<Vec<(TenantKey, Span)>, StoreError> {
    let sql = "-- answers::since\n\
               SELECT tenant, from_ts, until_ts FROM answer WHERE stamp > ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([stamp.0], |row| {
        let window = Span::new(Tick(row.get(1)?), Tick(row.get(2)?));
        Ok((TenantKey(row.get(0)?), window))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets the answers whose windows ended by then.
pub(crate) fn forget(conn: &Connection, tenant: TenantKey, end: Tick) -> Result<(), StoreError> {
    let sql = "-- answers::forget\n\
               DELETE FROM answer WHERE tenant = ?1 AND until_ts <= ?2";
    conn.prepare_cached(sql)?.execute([tenant.0, end.0])?;
    Ok(())
}

/// The answers of a tenant that were stamped within `stamped` and whose windows have a tick in
/// `span`, in the order of their stamps.
pub(crate) fn find(
    conn: &Connection,
    tenant: TenantKey,
    stamped: Span,
    span: Span,
) -> Result<Vec<StoredAnswer>, StoreError> {
    let mut statement = conn.prepare_cached(
        "-- answers::find\n\
         SELECT stamp, from_ts, until_ts, at, accepted, whole, requests FROM answer \
         WHERE tenant = ?1 AND stamp >= ?2 AND stamp < ?3 AND until_ts > ?4 AND from_ts < ?5 \
         ORDER BY stamp",
    )?;
    let (from, until) = (stamped.from.0, stamped.until.0);
    let rows = statement.query_map([tenant.0, from, until, span.from.0, span.until.0], |row| {
        let requests: String = row.get(6)?;
        Ok(StoredAnswer {
            stamp: Tick(row.get(0)?),
            window: Span::new(Tick(row.get(1)?), Tick(row.get(2)?)),
            at: Tick(row.get(3)?),
            acceptance: if row.get(4)? { Acceptance::Accept } else { Acceptance::Keep },
            reach: if row.get(5)? { AnswerReach::Whole } else { AnswerReach::Marked },
            requests: requests.split_whitespace().map(str::to_owned).collect(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
