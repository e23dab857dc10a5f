//! Which texts are used: one bit for each id.

use rusqlite::{CachedStatement, Connection};

use crate::clock::{Hour, Span, Tick};
use crate::store::model::segment::Slice;
use crate::store::{StoreError, TenantKey};

use super::part::TextPart;
use crate::store::model::splice::broken;

/// How many clicks are looked at before a snapshot is let go, so that the write-ahead log can shrink.
const CLICKS_PER_SNAPSHOT: u64 = 200_000;

const COLUMNS: &str =
    "ts, url, chain, person, action, workload, ip, threat, methods, app, app_version";
/// Places of words among them.
const WORDS: std::ops::Range<usize> = 4..11;

/// The ids of a table that are in use, below the one that was the last at the beginning. Later ones are
/// never looked at, nor is that one.
#[derive(Debug)]
pub(super) struct UsedIds {
    end: i64,
    bits: Vec<u64>,
}

impl UsedIds {
    fn of(conn: &Connection, table: &str) -> Result<Self, StoreError> {
        let sql = format!(
            "-- used::of\n\
             SELECT ifnull(max(id), 0) FROM {table}"
        );
        let end = conn.query_row(&sql, [], |row| row.get(0))?;
        Ok(Self { end, bits: Vec::new() })
    }

    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    fn add(&mut self, id: i64) {
        let Some(place) = usize::try_from(id).ok().filter(|_| id < self.end) else { return };
        if self.bits.len() <= place / 64 {
            self.bits.resize(place / 64 + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(place / 64) {
            *bits |= 1 << (place % 64);
        }
    }

    pub(super) fn has(&self, id: i64) -> bool {
        let Ok(place) = usize::try_from(id) else { return true };
        id >= self.end
            || self.bits.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }
}

/// The texts that are in use.
#[derive(Debug)]
pub(super) struct Used {
    urls: UsedIds,
    chains: UsedIds,
    words: UsedIds,
    people: UsedIds,
    /// What had been removed when it was begun.
    pub(super) edge: i64,
}

impl Used {
    pub(super) fn new(conn: &Connection) -> Result<Self, StoreError> {
        Ok(Self {
            urls: UsedIds::of(conn, "url")?,
            chains: UsedIds::of(conn, "chain")?,
            words: UsedIds::of(conn, "word")?,
            people: UsedIds::of(conn, "person")?,
            edge: edge(conn)?,
        })
    }

    pub(super) const fn of(&self, part: TextPart) -> &UsedIds {
        match part {
            TextPart::Urls => &self.urls,
            TextPart::Chains => &self.chains,
            TextPart::Words => &self.words,
            TextPart::Spellings | TextPart::Names => &self.people,
        }
    }

    /// Corrections name the URLs that digests told of.
    pub(super) fn mark_told(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let mut statement = conn.prepare_cached(
            "-- used::mark_told\n\
             SELECT url FROM reported_url",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.urls.add(row.get(0)?);
        }
        Ok(())
    }

    /// Who is used in any spelling is used in lower case.
    pub(super) fn mark_lower_case(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let mut statement = conn.prepare_cached(
            "-- used::mark_lower_case\n\
             SELECT id, folded FROM person",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if self.people.has(row.get(0)?) {
                self.people.add(row.get(1)?);
            }
        }
        Ok(())
    }

    fn mark_click(&mut self, row: &rusqlite::Row<'_>) -> Result<(), StoreError> {
        self.urls.add(row.get(1)?);
        // A chain that is the URL alone has no text.
        self.chains.add(row.get::<_, Option<i64>>(2)?.unwrap_or(0));
        self.people.add(row.get(3)?);
        for place in WORDS {
            self.words.add(row.get(place)?);
        }
        Ok(())
    }

    /// A segment may still name kinds that no click of it has.
    fn mark_segment(&mut self, slice: &Slice<'_>) {
        for kind in slice.kinds() {
            for word in [kind.action, kind.workload, kind.threat] {
                self.words.add(i64::from(word));
            }
        }
        for row in slice.rows() {
            self.urls.add(i64::from(row.url));
            self.people.add(i64::from(row.person));
            self.words.add(i64::from(row.ip));
        }
    }

    fn mark_segments(
        &mut self,
        conn: &Connection,
        tenant: TenantKey,
        from: Hour,
        end: Hour,
    ) -> Result<(), StoreError> {
        let sql = "-- used::mark_segments\n\
                   SELECT hour, clicks FROM segment WHERE tenant = ?1 AND hour >= ?2 AND hour < ?3";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([tenant.0, from.0, end.0])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let slice = Slice::decode(Hour(row.get(0)?), bytes).ok_or_else(broken)?;
            self.mark_segment(&slice);
        }
        Ok(())
    }
}

/// How much was ever removed for its age: moves whenever something is.
pub(super) fn edge(conn: &Connection) -> Result<i64, StoreError> {
    // In hours: a sum of ticks would not fit for some hundred tenants.
    let sql = "-- used::edge\n\
               SELECT ifnull(sum(kept_from / 36000000000), 0) FROM tenant";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Marks what some whole hours of a tenant use, beginning with `from`; the hour to go on with, until there
/// is none.
pub(super) fn mark(
    conn: &Connection,
    used: &mut Used,
    tenant: TenantKey,
    from: Hour,
) -> Result<Option<Hour>, StoreError> {
    let mut statement = clicks(conn)?;
    let mut rows = statement.query([tenant.0, from.start().0, i64::MAX])?;
    let (mut count, mut hour, mut next) = (0, from, None);
    while let Some(row) = rows.next()? {
        let at = Tick(row.get(0)?).hour();
        if count >= CLICKS_PER_SNAPSHOT && at > hour {
            next = Some(at);
            break;
        }
        (count, hour) = (count + 1, at);
        used.mark_click(row)?;
    }
    used.mark_segments(conn, tenant, from, next.unwrap_or(Hour(i64::MAX)))?;
    Ok(next)
}

/// Marks what the clicks of `span` use, and the segments that show them.
pub(super) fn mark_between(
    conn: &Connection,
    used: &mut Used,
    tenant: TenantKey,
    span: Span,
) -> Result<(), StoreError> {
    let mut statement = clicks(conn)?;
    let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
    while let Some(row) = rows.next()? {
        used.mark_click(row)?;
    }
    let end = Hour(span.until.hour().0.saturating_add(1));
    used.mark_segments(conn, tenant, span.from.hour(), end)
}

fn clicks(conn: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    let sql = format!(
        "-- used::clicks\n\
         SELECT {COLUMNS} FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 ORDER BY ts"
    );
    Ok(conn.prepare_cached(&sql)?)
}
