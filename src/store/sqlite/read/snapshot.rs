//! Reading: everything that one answer needs, from one state of the database.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use rusqlite::{OptionalExtension, Transaction, params};

use crate::click::fold;
use crate::click::pattern::MessageIdSet;
use crate::click::selection::Selection;
use crate::clock::{DAY, Hour, Span, Tick};
use crate::store::model::error::StoreError;
use crate::store::model::identity::Secret;
use crate::store::model::owner::Owner;
use crate::store::model::segment::Slice;
use crate::store::sqlite::clicks::answers::{self, StoredAnswer};
use crate::store::sqlite::clicks::stored::unpacked;
use crate::store::sqlite::collection::{gate, hours, lease};
use crate::store::sqlite::file::open;
use crate::store::sqlite::upkeep::retain;
use crate::store::{Change, ClickKey, TenantKey};
use crate::sync_state::gate::Closed;
use crate::sync_state::hour::HourState;
use crate::sync_state::progress::Progress;

use super::row_filter::RowFilter;

/// One state of the database, unmoved by what is written meanwhile.
pub struct Snapshot<'c> {
    pub(crate) tx: Transaction<'c>,
    pub(crate) secret: &'c Secret,
    pub(crate) path: &'c std::path::Path,
    words: RefCell<HashMap<u32, Rc<str>>>,
}

/// How large the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StoreSize {
    /// Bytes of the database file.
    pub bytes: u64,
    /// Bytes of its write-ahead log.
    pub wal_bytes: u64,
    /// Live clicks.
    pub clicks: u64,
    /// The time of the oldest click, withdrawn ones included.
    pub oldest: Option<Tick>,
    /// The time of the newest click, withdrawn ones included.
    pub newest: Option<Tick>,
}

impl StoreSize {
    /// About how many bytes a day of clicks takes; `None` of a store with less than a day.
    pub fn bytes_a_day(&self) -> Option<u64> {
        let ticks = self.newest?.since(self.oldest?);
        (ticks >= DAY).then(|| (self.bytes as f64 * DAY as f64 / ticks as f64) as u64)
    }
}

/// The largest ids in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LastIds {
    /// Of a URL.
    pub url: u32,
    /// Of a user.
    pub person: u32,
}

impl<'c> Snapshot<'c> {
    pub(crate) fn new(
        tx: Transaction<'c>,
        secret: &'c Secret,
        path: &'c std::path::Path,
    ) -> Result<Self, StoreError> {
        // A transaction sees the state of its first read, so that is now.
        tx.query_row("SELECT count(*) FROM meta", [], |_| Ok(()))?;
        Ok(Self { tx, secret, path, words: RefCell::default() })
    }

    /// All tenants ever collected, by name.
    pub fn tenants(&self) -> Result<Vec<(TenantKey, String)>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT id, name FROM tenant ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((TenantKey(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How far the collection of a tenant has come; nowhere, for one that is not in the store.
    pub fn progress(&self, tenant: TenantKey) -> Result<Progress, StoreError> {
        hours::progress(&self.tx, tenant)
    }

    /// What is known of the hours that have a tick in `span`.
    pub fn hours(
        &self,
        tenant: TenantKey,
        span: Span,
    ) -> Result<BTreeMap<Hour, HourState>, StoreError> {
        hours::within(&self.tx, tenant, span)
    }

    /// The first hour of a tenant of which anything is known.
    pub fn first_hour(&self, tenant: TenantKey) -> Result<Option<Hour>, StoreError> {
        let sql = "SELECT min(hour) FROM hour WHERE tenant = ?1";
        let first: Option<i64> =
            self.tx.prepare_cached(sql)?.query_row([tenant.0], |row| row.get(0))?;
        Ok(first.map(Hour))
    }

    /// From when on a tenant's clicks are all there; `None` if none was ever removed for its age.
    pub fn kept_from(&self, tenant: TenantKey) -> Result<Option<Tick>, StoreError> {
        retain::edge(&self.tx, tenant)
    }

    /// When a closed gate opens, and why it is closed.
    pub fn gate(&self, tenant: TenantKey, now: Tick) -> Result<Option<(Tick, String)>, StoreError> {
        gate::gate(&self.tx, tenant, now)
    }

    /// Whether one of the endpoints that a sign-in calls is closed.
    pub fn sign_in_gate(
        &self,
        endpoints: &[String],
        now: Tick,
    ) -> Result<Option<Closed>, StoreError> {
        gate::sign_in_gate(&self.tx, endpoints, now)
    }

    /// Calls in the last minute.
    pub fn calls_last_minute(&self, tenant: TenantKey, now: Tick) -> Result<u32, StoreError> {
        gate::calls(&self.tx, tenant, now)
    }

    /// Who collects the tenant now, and until when unless renewed.
    pub fn lease_holder(
        &self,
        tenant: TenantKey,
        now: Tick,
    ) -> Result<Option<(Owner, Tick)>, StoreError> {
        lease::held_by(&self.tx, tenant, now)
    }

    /// Shows `visit` the live clicks of `span`, hour by hour, oldest first, cut to the tick.
    pub fn fold(
        &self,
        tenant: TenantKey,
        span: Span,
        mut visit: impl FnMut(&Slice<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT hour, clicks FROM segment WHERE tenant = ?1 AND hour BETWEEN ?2 AND ?3 \
             ORDER BY hour",
        )?;
        let (Some(first), Some(last)) = (span.hours().next(), span.hours().next_back()) else {
            return Ok(());
        };
        let mut rows = statement.query([tenant.0, first.0, last.0])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let slice = Slice::decode(Hour(row.get(0)?), bytes)
                .ok_or_else(|| StoreError::Damaged("a segment is unreadable".to_owned()))?
                .cut(span);
            if !slice.is_empty() {
                visit(&slice)?;
            }
        }
        Ok(())
    }

    /// The largest ids in use.
    pub fn last_ids(&self) -> Result<LastIds, StoreError> {
        let last = |sql| -> Result<u32, StoreError> {
            Ok(self.tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        };
        Ok(LastIds {
            url: last("SELECT ifnull(max(id), 0) FROM url")?,
            person: last("SELECT ifnull(max(id), 0) FROM person")?,
        })
    }

    /// Tells by the segments which clicks `selection` may mean.
    pub fn row_filter<'s>(&self, selection: &'s Selection) -> Result<RowFilter<'s>, StoreError> {
        RowFilter::new(self, selection)
    }

    /// For each live click of `span`, in the order of segments, whether its `NetworkMessageId` is
    /// among `messages`, which segments do not carry.
    pub fn with_messages(
        &self,
        tenant: TenantKey,
        span: Span,
        messages: &MessageIdSet,
    ) -> Result<Vec<bool>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "SELECT message_id FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 \
             AND state = 0 ORDER BY ts, key",
        )?;
        let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(messages.has(&unpacked(row, 0)?));
        }
        Ok(found)
    }

    /// The URL with this id.
    pub fn url(&self, id: u32) -> Result<String, StoreError> {
        let sql = "SELECT text FROM url WHERE id = ?1";
        Ok(self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// Shows `visit` every URL with its id, in the order of ids.
    pub fn urls(&self, mut visit: impl FnMut(u32, &str)) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT id, text FROM url ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        }
        Ok(())
    }

    /// The action, workload, threat or address with this id.
    pub fn word(&self, id: u32) -> Result<Rc<str>, StoreError> {
        if let Some(word) = self.words.borrow().get(&id) {
            return Ok(word.clone());
        }
        let sql = "SELECT text FROM word WHERE id = ?1";
        let word: Rc<str> = self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        self.words.borrow_mut().insert(id, word.clone());
        Ok(word)
    }

    /// The user with this id, as first seen or, for ids out of segments, in lower case.
    pub fn person(&self, id: u32) -> Result<String, StoreError> {
        let sql = "SELECT text FROM person WHERE id = ?1";
        Ok(self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// Shows `visit` every user, as first seen and in lower case.
    pub fn people(&self, visit: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT text FROM person ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        }
        Ok(())
    }

    /// The id of a URL, compared byte for byte.
    pub fn find_url(&self, url: &str) -> Result<Option<u32>, StoreError> {
        let hash = (self.secret.hasher().text(url) as u64).cast_signed();
        let sql = "SELECT id FROM url WHERE hash = ?1 AND text = ?2";
        let mut find = self.tx.prepare_cached(sql)?;
        Ok(find.query_row(params![hash, url], |row| row.get(0)).optional()?)
    }

    /// The id that segments have for a user, compared without case.
    pub fn find_person(&self, user: &str) -> Result<Option<u32>, StoreError> {
        let sql = "SELECT id FROM person WHERE text = ?1";
        let mut find = self.tx.prepare_cached(sql)?;
        Ok(find.query_row([fold(user)], |row| row.get(0)).optional()?)
    }

    /// What changed in a row since it was first stored, with the time, oldest first.
    pub fn changes(
        &self,
        tenant: TenantKey,
        timestamp: Tick,
        key: ClickKey,
    ) -> Result<Vec<(Tick, Change)>, StoreError> {
        let (key, len) = key.to_bytes();
        let mut statement = self.tx.prepare_cached(
            "SELECT at, column, old, new FROM change \
             WHERE tenant = ?1 AND ts = ?2 AND key = ?3 ORDER BY id",
        )?;
        let rows = statement.query_map(params![tenant.0, timestamp.0, key.get(..len)], |row| {
            let change = Change { column: row.get(1)?, old: row.get(2)?, new: row.get(3)? };
            Ok((Tick(row.get(0)?), change))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The times of the rows of `span` that changed at `at`.
    pub fn changed_at(
        &self,
        tenant: TenantKey,
        span: Span,
        at: Tick,
    ) -> Result<BTreeSet<Tick>, StoreError> {
        let sql = "SELECT ts FROM change WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 AND at = ?4";
        let mut statement = self.tx.prepare_cached(sql)?;
        let place = [tenant.0, span.from.0, span.until.0, at.0];
        let rows = statement.query_map(place, |row| Ok(Tick(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The answers that changed something, stamped within `stamped`, whose windows have a tick in
    /// `span`; in the order of their stamps.
    pub fn answers(
        &self,
        tenant: TenantKey,
        stamped: Span,
        span: Span,
    ) -> Result<Vec<StoredAnswer>, StoreError> {
        answers::find(&self.tx, tenant, stamped, span)
    }

    /// Earlier than the stamp of every answer yet to come, later than those of all that are here.
    pub fn next_stamp(&self) -> Result<Tick, StoreError> {
        Ok(answers::last(&self.tx)?.plus(1))
    }

    /// How often each column of a tenant's rows changed after the fact.
    pub fn change_counts(&self, tenant: TenantKey) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "SELECT column, count FROM change_count WHERE tenant = ?1";
        let mut statement = self.tx.prepare_cached(sql)?;
        let rows = statement.query_map([tenant.0], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How large the store is.
    pub fn size(&self) -> Result<StoreSize, StoreError> {
        let len = |path: &std::path::Path| path.metadata().map_or(0, |file| file.len());
        let clicks = "SELECT coalesce(sum(rows), 0) FROM segment";
        let mut size = StoreSize {
            bytes: len(self.path),
            wal_bytes: len(&open::beside(self.path, "-wal")),
            clicks: self.tx.query_row(clicks, [], |row| row.get::<_, i64>(0))?.cast_unsigned(),
            ..StoreSize::default()
        };
        for (tenant, _) in self.tenants()? {
            let (oldest, newest) = self.edges(tenant)?;
            size.oldest = [size.oldest, oldest].into_iter().flatten().min();
            size.newest = size.newest.max(newest);
        }
        Ok(size)
    }

    /// The first and the last click of a tenant. Two queries: only alone is each a seek.
    pub fn edges(&self, tenant: TenantKey) -> Result<(Option<Tick>, Option<Tick>), StoreError> {
        let edge = |sql| -> Result<Option<Tick>, StoreError> {
            let mut statement = self.tx.prepare_cached(sql)?;
            let ts: Option<i64> = statement.query_row([tenant.0], |row| row.get(0))?;
            Ok(ts.map(Tick))
        };
        Ok((
            edge("SELECT min(ts) FROM click WHERE tenant = ?1")?,
            edge("SELECT max(ts) FROM click WHERE tenant = ?1")?,
        ))
    }
}
