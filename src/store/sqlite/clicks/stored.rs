//! A click read back as the source showed it.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row, params};

use crate::click::{Click, Text};
use crate::clock::{SECOND, Tick};
use crate::store::model::diff::HeldRow;
use crate::store::model::guid;
use crate::store::{ClickKey, RowState, StoreError, StoredClick, TenantKey};

use super::row::key;

/// The columns that [`TextReader::read`] expects.
pub(crate) const COLUMNS: &str = "ts, key, state, first_stored, url, action, clicked_through, \
     person, workload, ip, message_id, report_id, source_id, threat, methods, chain, app, \
     app_version, extra";

/// Reads one row that is held.
pub(crate) fn read_held(
    conn: &Connection,
    tenant: TenantKey,
    held: &HeldRow,
    texts: &mut TextReader<'_>,
    to: &mut Stored,
) -> Result<(), StoreError> {
    let (key, len) = held.key.to_bytes();
    let sql = format!(
        "-- stored::read_held\n\
         SELECT {COLUMNS} FROM click WHERE tenant = ?1 AND ts = ?2 AND key = ?3"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![tenant.0, held.ts, key.get(..len)])?;
    match rows.next()? {
        Some(row) => texts.read(row, to),
        None => Err(StoreError::Damaged("a click vanished while it was read".to_owned())),
    }
}

/// When a row that is held was first stored, in seconds.
pub(crate) fn first_stored(
    conn: &Connection,
    tenant: TenantKey,
    held: &HeldRow,
) -> Result<i64, StoreError> {
    let (key, len) = held.key.to_bytes();
    let sql = "-- stored::first_stored\n\
               SELECT first_stored FROM click WHERE tenant = ?1 AND ts = ?2 AND key = ?3";
    let row = params![tenant.0, held.ts, key.get(..len)];
    Ok(conn.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
}

/// A row of the store as text. Reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    buffer: String,
    ends: [usize; Text::COUNT + 1],
    ts: i64,
    clicked_through: Option<bool>,
    since: i64,
    withdrawn: bool,
    pub(crate) key: Option<ClickKey>,
    url: u32,
}

impl Stored {
    pub(crate) fn click(&self) -> Click<'_> {
        let mut from = 0;
        let texts = self.ends.map(|end| {
            let text = self.buffer.get(from..end).unwrap_or_default();
            from = end;
            text
        });
        let [texts @ .., extra] = texts;
        let is_clicked_through = self.clicked_through;
        Click { timestamp: Tick(self.ts), texts, is_clicked_through, extra }
    }

    /// The row with what the store knows of it; `None` before one was read.
    pub(crate) fn shown(&self, tenant: TenantKey) -> Option<StoredClick<'_>> {
        Some(StoredClick {
            tenant,
            click: self.click(),
            key: self.key?,
            first_stored: self.first_stored(),
            state: self.state(),
        })
    }

    /// When the row was first stored, to the second.
    const fn first_stored(&self) -> Tick {
        Tick(self.since * SECOND)
    }

    const fn state(&self) -> RowState {
        if self.withdrawn { RowState::Withdrawn } else { RowState::Live }
    }
}

/// Turns ids back into texts.
pub(crate) struct TextReader<'c> {
    urls: CachedStatement<'c>,
    chains: CachedStatement<'c>,
    words: TextCache<'c>,
    people: TextCache<'c>,
}

/// Texts that repeat, remembered for as long as this lives.
struct TextCache<'c> {
    find: CachedStatement<'c>,
    known: HashMap<u32, Rc<str>>,
}

impl TextCache<'_> {
    fn get(&mut self, id: u32) -> Result<Rc<str>, StoreError> {
        if let Some(text) = self.known.get(&id) {
            return Ok(text.clone());
        }
        let text: Rc<str> = self.find.query_row([id], |row| row.get(0))?;
        self.known.insert(id, text.clone());
        Ok(text)
    }
}

impl<'c> TextReader<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Result<Self, StoreError> {
        let named = |sql| {
            Ok::<_, StoreError>(TextCache {
                find: conn.prepare_cached(sql)?,
                known: HashMap::new(),
            })
        };
        Ok(Self {
            urls: conn.prepare_cached(
                "-- stored::new\n\
                 SELECT text FROM url WHERE id = ?1",
            )?,
            chains: conn.prepare_cached(
                "-- stored::new\n\
                 SELECT text FROM chain WHERE id = ?1",
            )?,
            words: named(
                "-- stored::new\n\
                 SELECT text FROM word WHERE id = ?1",
            )?,
            people: named(
                "-- stored::new\n\
                 SELECT text FROM person WHERE id = ?1",
            )?,
        })
    }

    /// Reads one row of [`COLUMNS`].
    pub(crate) fn read(&mut self, row: &Row<'_>, to: &mut Stored) -> Result<(), StoreError> {
        to.ts = row.get(0)?;
        to.key = Some(key(row, 1)?);
        to.withdrawn = row.get(2)?;
        to.since = row.get(3)?;
        to.url = row.get(4)?;
        to.clicked_through = row.get(6)?;
        to.buffer.clear();
        for (place, text) in Text::ALL.into_iter().enumerate() {
            self.append(row, text, to)?;
            if let Some(end) = to.ends.get_mut(place) {
                *end = to.buffer.len();
            }
        }
        append_packed(row.get_ref(18)?, &mut to.buffer)?;
        let [.., end] = &mut to.ends;
        *end = to.buffer.len();
        Ok(())
    }

    fn append(&mut self, row: &Row<'_>, text: Text, to: &mut Stored) -> Result<(), StoreError> {
        let column = match text {
            Text::Url => return append_text(&mut self.urls, to.url, &mut to.buffer),
            Text::UrlChain => return self.append_chain(row, to),
            Text::NetworkMessageId => return append_packed(row.get_ref(10)?, &mut to.buffer),
            Text::ReportId => return append_packed(row.get_ref(11)?, &mut to.buffer),
            Text::SourceId => {
                let own = row.get_ref(12)?;
                let same = own == ValueRef::Null;
                let value = if same { row.get_ref(10)? } else { own };
                return append_packed(value, &mut to.buffer);
            }
            Text::AccountUpn => {
                to.buffer.push_str(&self.people.get(row.get(7)?)?);
                return Ok(());
            }
            Text::ActionType => 5,
            Text::Workload => 8,
            Text::IPAddress => 9,
            Text::ThreatTypes => 13,
            Text::DetectionMethods => 14,
            Text::AppName => 16,
            Text::AppVersion => 17,
        };
        to.buffer.push_str(&self.words.get(row.get(column)?)?);
        Ok(())
    }

    fn append_chain(&mut self, row: &Row<'_>, to: &mut Stored) -> Result<(), StoreError> {
        match row.get::<_, Option<u32>>(15)? {
            Some(0) => Ok(()),
            Some(id) => append_text(&mut self.chains, id, &mut to.buffer),
            None => {
                to.buffer.push_str("[\"");
                append_text(&mut self.urls, to.url, &mut to.buffer)?;
                to.buffer.push_str("\"]");
                Ok(())
            }
        }
    }
}

fn append_text(find: &mut CachedStatement<'_>, id: u32, to: &mut String) -> Result<(), StoreError> {
    find.query_row([id], |row| {
        to.push_str(row.get_ref(0)?.as_str()?);
        Ok(())
    })?;
    Ok(())
}

/// A text that may be packed, out of a row of [`COLUMNS`].
pub(crate) fn unpacked(row: &Row<'_>, column: usize) -> Result<String, StoreError> {
    let mut text = String::new();
    append_packed(row.get_ref(column)?, &mut text)?;
    Ok(text)
}

fn append_packed(value: ValueRef<'_>, to: &mut String) -> Result<(), StoreError> {
    let damaged = || StoreError::Damaged("a click's text is neither text nor GUID".to_owned());
    match value {
        ValueRef::Null => {}
        ValueRef::Text(bytes) => to.push_str(std::str::from_utf8(bytes).map_err(|_| damaged())?),
        ValueRef::Blob(bytes) => guid::unpack(bytes.try_into().map_err(|_| damaged())?, to),
        ValueRef::Integer(_) | ValueRef::Real(_) => return Err(damaged()),
    }
    Ok(())
}
