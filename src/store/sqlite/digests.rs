//! Digests: how far each report has told, and what its digests told, in one transaction with the
//! messages that carry it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::click::tally::{Class, Tally};
use crate::clock::{DAY, Span, Tick};
use crate::store::{
    Corrected, NewDigest, NewMessage, ReportCursor, ReportedUrl, StoreError, StoredDigest,
    TenantKey,
};

use super::outbox::enqueue::enqueue;
use super::snapshot::Snapshot;
use super::store::Store;

/// How long digests are remembered: longer than what they told is held against what is known.
const REMEMBERED: i64 = 62 * DAY;

impl Store {
    /// Writes down how far a report has told, and which schedule it follows.
    pub fn set_report_cursor(&self, report: &str, cursor: &ReportCursor) -> Result<(), StoreError> {
        self.write(|conn, _| write_cursor(conn, report, cursor))
    }

    /// Writes a digest down with its messages, in one transaction; nothing but how far the report has
    /// told, if one of that report and time is there already. Tells whether it is new.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room for it.
    pub fn commit_digest(
        &self,
        digest: &NewDigest<'_>,
        message: &NewMessage<'_>,
        now: Tick,
    ) -> Result<bool, StoreError> {
        self.file().ensure_space()?;
        self.enqueuing(|conn| commit(conn, digest, message, now))
    }

    /// Forgets digests of more than two months ago, and as long after the last one how far a report
    /// has told that is none of `reports`.
    pub fn forget_digests(&self, reports: &[String], now: Tick) -> Result<(), StoreError> {
        self.write(|conn, _| forget(conn, reports, now))
    }
}

impl Snapshot<'_> {
    /// How far a report has told; `None` if it was never followed.
    pub fn report_cursor(&self, report: &str) -> Result<Option<ReportCursor>, StoreError> {
        let sql = "-- digests::report_cursor\n\
                   SELECT schedule, since, reported_until FROM report WHERE name = ?1";
        let mut statement = self.tx.prepare_cached(sql)?;
        let cursor = statement.query_row([report], |row| {
            let (since, reported_until) = (Tick(row.get(1)?), Tick(row.get(2)?));
            Ok(ReportCursor { schedule: row.get(0)?, since, reported_until })
        });
        Ok(cursor.optional()?)
    }

    /// A report's digests that were due at `since` or later, the newest first.
    pub fn digests(&self, report: &str, since: Tick) -> Result<Vec<StoredDigest>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- digests::digests\n\
             SELECT id, scheduled, made, from_ts, until_ts, stamp, exclusions FROM digest \
             WHERE report = ?1 AND scheduled >= ?2 ORDER BY scheduled DESC",
        )?;
        let rows = statement.query_map(params![report, since.0], |row| {
            Ok(StoredDigest {
                id: row.get(0)?,
                scheduled: Tick(row.get(1)?),
                made: Tick(row.get(2)?),
                span: Span::new(Tick(row.get(3)?), Tick(row.get(4)?)),
                stamp: Tick(row.get(5)?),
                exclusions: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What a digest told.
    pub fn reported_urls(&self, digest: i64) -> Result<Vec<ReportedUrl>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- digests::reported_urls\n\
             SELECT tenant, url, class, blocked, allowed, pending_verdict, error, clicked_through \
             FROM reported_url WHERE digest = ?1 ORDER BY tenant, url",
        )?;
        let rows = statement.query_map([digest], reported_url)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn reported_url(row: &Row<'_>) -> rusqlite::Result<ReportedUrl> {
    let count = |place| Ok::<_, rusqlite::Error>(row.get::<_, i64>(place)?.cast_unsigned());
    Ok(ReportedUrl {
        tenant: TenantKey(row.get(0)?),
        url: row.get(1)?,
        class: Class::of_number(row.get(2)?),
        tally: Tally {
            blocked: count(3)?,
            allowed: count(4)?,
            pending_verdict: count(5)?,
            error: count(6)?,
            clicked_through: count(7)?,
            ..Tally::default()
        },
    })
}

/// Writes down how far a report has told.
fn write_cursor(conn: &Connection, report: &str, cursor: &ReportCursor) -> Result<(), StoreError> {
    let ReportCursor { schedule, since, reported_until } = cursor;
    let sql = "-- digests::write_cursor\n\
               INSERT OR REPLACE INTO report VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![report, schedule, since.0, reported_until.0])?;
    Ok(())
}

/// Writes a digest with its messages, unless there is one of that report and time. What it is about
/// counts as told either way.
fn commit(
    conn: &Connection,
    digest: &NewDigest<'_>,
    message: &NewMessage<'_>,
    now: Tick,
) -> Result<bool, StoreError> {
    let sql = "-- digests::commit\n\
               UPDATE report SET reported_until = max(reported_until, ?2) WHERE name = ?1";
    conn.prepare_cached(sql)?.execute(params![digest.report, digest.scheduled.0])?;
    let sql = "-- digests::commit\n\
               INSERT OR IGNORE INTO digest(report, scheduled, from_ts, until_ts, made, stamp, \
               exclusions) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let Span { from, until } = digest.span;
    let (scheduled, stamp) = (digest.scheduled.0, digest.stamp.0);
    let row = params![digest.report, scheduled, from.0, until.0, now.0, stamp, digest.exclusions];
    if conn.prepare_cached(sql)?.execute(row)? == 0 {
        return Ok(false);
    }
    let id = conn.last_insert_rowid();
    digest.reported_urls.iter().try_for_each(|url| write(conn, id, url))?;
    for Corrected { digest: earlier, reported_urls } in digest.corrected {
        reported_urls.iter().try_for_each(|url| write(conn, *earlier, url))?;
        let sql = "-- digests::commit\n\
                   UPDATE digest SET stamp = ?2, exclusions = ?3 WHERE id = ?1";
        conn.prepare_cached(sql)?.execute([*earlier, stamp, digest.exclusions])?;
    }
    enqueue(conn, message, now)?;
    Ok(true)
}

fn write(conn: &Connection, digest: i64, reported: &ReportedUrl) -> Result<(), StoreError> {
    // Of a URL that was swept away since it was counted, no click is left that could be corrected.
    let sql = "-- digests::write\n\
               INSERT OR REPLACE INTO reported_url SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 \
               WHERE EXISTS (SELECT 1 FROM url WHERE id = ?3)";
    let ReportedUrl { tenant, url, class, tally } = reported;
    let count = |count: u64| count.cast_signed();
    conn.prepare_cached(sql)?.execute(params![
        digest,
        tenant.0,
        url,
        class.number(),
        count(tally.blocked),
        count(tally.allowed),
        count(tally.pending_verdict),
        count(tally.error),
        count(tally.clicked_through),
    ])?;
    Ok(())
}

fn forget(conn: &Connection, reports: &[String], now: Tick) -> Result<(), StoreError> {
    let edge = now.plus(-REMEMBERED).0;
    let reported = "-- digests::forget\n\
         DELETE FROM reported_url WHERE digest IN (SELECT id FROM digest WHERE scheduled < ?1)";
    for sql in [
        reported,
        "-- digests::forget\n\
                           DELETE FROM digest WHERE scheduled < ?1",
    ] {
        conn.prepare_cached(sql)?.execute([edge])?;
    }
    let old = "-- digests::forget\n\
               SELECT name FROM report WHERE max(reported_until, since) < ?1";
    let mut old = conn.prepare_cached(old)?;
    let names = old.query_map([edge], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for name in names.iter().filter(|name| !reports.contains(name)) {
        conn.prepare_cached(
            "-- digests::forget\n\
                             DELETE FROM report WHERE name = ?1",
        )?
        .execute([name])?;
    }
    Ok(())
}
