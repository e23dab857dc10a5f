//! One click's row in the database: writing it, and reading it back as the source showed it.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row, params};

use crate::click::{Click, Text};
use crate::clock::{SECOND, Span, Tick};

use super::TenantKey;
use super::diff::Held;
use super::error::StoreError;
use super::guid::{self, Packed};
use super::identity::{ClickKey, Hasher, is_url_alone};
use super::intern::{Interner, Person};
use super::segment::Kind;

/// The ids of a click's texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) url: u32,
    pub(super) person: Person,
    pub(super) ip: u32,
    pub(super) kind: Kind,
    detail: DetailIds,
}

/// The ids of a click's details, but for the threat.
#[derive(Clone, Copy, Debug)]
struct DetailIds {
    methods: u32,
    /// `None` = the URL alone.
    chain: Option<u32>,
    app: u32,
    app_version: u32,
}

/// Interns a click's texts; `url` is the keyed hash of its URL.
pub(super) fn intern(
    click: &Click<'_>,
    url: u128,
    interner: &mut Interner<'_>,
    hasher: &mut Hasher<'_>,
) -> Result<Ids, StoreError> {
    Ok(Ids {
        url: interner.url(url, click.text(Text::Url))?,
        person: interner.person(click.text(Text::AccountUpn))?,
        ip: interner.word(click.text(Text::IPAddress))?,
        kind: Kind {
            action: interner.word(click.text(Text::ActionType))?,
            workload: interner.word(click.text(Text::Workload))?,
            threat: interner.word(click.text(Text::ThreatTypes))?,
            clicked_through: click.is_clicked_through,
        },
        detail: intern_detail(click, interner, hasher)?,
    })
}

fn intern_detail(
    click: &Click<'_>,
    interner: &mut Interner<'_>,
    hasher: &mut Hasher<'_>,
) -> Result<DetailIds, StoreError> {
    let chain = match click.text(Text::UrlChain) {
        "" => Some(0),
        chain if is_url_alone(chain, click.text(Text::Url)) => None,
        chain => Some(interner.chain(hasher.text(chain), chain)?),
    };
    Ok(DetailIds {
        methods: interner.word(click.text(Text::DetectionMethods))?,
        chain,
        app: interner.word(click.text(Text::AppName))?,
        app_version: interner.word(click.text(Text::AppVersion))?,
    })
}

/// The source id as it is stored: null where it is the message id.
fn source_id<'a>(click: &Click<'a>) -> Option<Packed<'a>> {
    let source = click.text(Text::SourceId);
    (source != click.text(Text::NetworkMessageId)).then(|| Packed::new(source))
}

fn extra<'a>(click: &Click<'a>) -> Option<&'a str> {
    (!click.extra.is_empty()).then_some(click.extra)
}

/// Statements that write rows of one tenant.
pub(super) struct RowWriter<'c> {
    tenant: i64,
    insert: CachedStatement<'c>,
    update: CachedStatement<'c>,
    set_state: CachedStatement<'c>,
}

/// Whether a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The source shows it.
    Live,
    /// An accepted answer no longer showed it: kept as evidence.
    Withdrawn,
}

impl State {
    /// The name, as in `clicks --format json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl<'c> RowWriter<'c> {
    pub(super) fn new(conn: &'c Connection, tenant: TenantKey) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: tenant.0,
            insert: conn.prepare_cached(
                "INSERT INTO click VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
                 ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?,
            update: conn.prepare_cached(
                "UPDATE click SET detail = ?4, source_id = ?5, threat = ?6, methods = ?7, \
                 chain = ?8, app = ?9, app_version = ?10, extra = ?11 \
                 WHERE tenant = ?1 AND ts = ?2 AND key = ?3",
            )?,
            set_state: conn.prepare_cached(
                "UPDATE click SET state = ?4 WHERE tenant = ?1 AND ts = ?2 AND key = ?3",
            )?,
        })
    }

    /// Adds a live row. `first_stored` is in seconds.
    pub(super) fn insert(
        &mut self,
        key: ClickKey,
        detail: i64,
        first_stored: i64,
        click: &Click<'_>,
        ids: &Ids,
    ) -> Result<(), StoreError> {
        let (key, len) = key.to_bytes();
        self.insert.execute(params![
            self.tenant,
            click.timestamp.0,
            key.get(..len),
            detail,
            first_stored,
            ids.url,
            ids.kind.action,
            ids.kind.clicked_through,
            ids.person.id,
            ids.kind.workload,
            ids.ip,
            Packed::new(click.text(Text::NetworkMessageId)),
            Packed::new(click.text(Text::ReportId)),
            source_id(click),
            ids.kind.threat,
            ids.detail.methods,
            ids.detail.chain,
            ids.detail.app,
            ids.detail.app_version,
            extra(click),
        ])?;
        Ok(())
    }

    /// Writes the details of a row that is held.
    pub(super) fn update(
        &mut self,
        held: &Held,
        detail: i64,
        click: &Click<'_>,
        ids: &Ids,
    ) -> Result<(), StoreError> {
        let (key, len) = held.key.to_bytes();
        self.update.execute(params![
            self.tenant,
            held.ts,
            key.get(..len),
            detail,
            source_id(click),
            ids.kind.threat,
            ids.detail.methods,
            ids.detail.chain,
            ids.detail.app,
            ids.detail.app_version,
            extra(click),
        ])?;
        Ok(())
    }

    /// Withdraws a row, or brings it back.
    pub(super) fn set_state(&mut self, held: &Held, state: State) -> Result<(), StoreError> {
        let (key, len) = held.key.to_bytes();
        let state = i64::from(state == State::Withdrawn);
        self.set_state.execute(params![self.tenant, held.ts, key.get(..len), state])?;
        Ok(())
    }
}

/// The rows of a span in the order of time and key: as little of each as a merge needs.
pub(super) fn held(
    conn: &Connection,
    tenant: TenantKey,
    span: Span,
) -> Result<Vec<Held>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT ts, key, detail, state FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 \
         ORDER BY ts, key",
    )?;
    let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let (ts, key) = (row.get(0)?, key(row, 1)?);
        held.push(Held { ts, key, detail: row.get(2)?, live: row.get::<_, i64>(3)? == 0 });
    }
    Ok(held)
}

fn key(row: &Row<'_>, column: usize) -> Result<ClickKey, StoreError> {
    let bytes = row.get_ref(column)?.as_blob_or_null().ok().flatten();
    bytes
        .and_then(ClickKey::from_bytes)
        .ok_or_else(|| StoreError::Damaged("a click's key is not 16 or 20 bytes".to_owned()))
}

/// The columns that [`Texts::read`] expects.
pub(super) const COLUMNS: &str = "ts, key, state, first_stored, url, action, clicked_through, \
     person, workload, ip, message_id, report_id, source_id, threat, methods, chain, app, \
     app_version, extra";

/// Reads one row that is held.
pub(super) fn read_held(
    conn: &Connection,
    tenant: TenantKey,
    held: &Held,
    texts: &mut Texts<'_>,
    to: &mut Stored,
) -> Result<(), StoreError> {
    let (key, len) = held.key.to_bytes();
    let sql = format!("SELECT {COLUMNS} FROM click WHERE tenant = ?1 AND ts = ?2 AND key = ?3");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![tenant.0, held.ts, key.get(..len)])?;
    match rows.next()? {
        Some(row) => texts.read(row, to),
        None => Err(StoreError::Damaged("a click vanished while it was read".to_owned())),
    }
}

/// When a row that is held was first stored, in seconds.
pub(super) fn first_stored(
    conn: &Connection,
    tenant: TenantKey,
    held: &Held,
) -> Result<i64, StoreError> {
    let (key, len) = held.key.to_bytes();
    let sql = "SELECT first_stored FROM click WHERE tenant = ?1 AND ts = ?2 AND key = ?3";
    let row = params![tenant.0, held.ts, key.get(..len)];
    Ok(conn.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
}

/// A row of the store as text. Reused from row to row.
#[derive(Debug, Default)]
pub(super) struct Stored {
    buffer: String,
    ends: [usize; Text::COUNT + 1],
    ts: i64,
    clicked_through: Option<bool>,
    since: i64,
    withdrawn: bool,
    pub(super) key: Option<ClickKey>,
    pub(super) url: u32,
}

impl Stored {
    pub(super) fn click(&self) -> Click<'_> {
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

    /// When the row was first stored, to the second.
    pub(super) const fn first_stored(&self) -> Tick {
        Tick(self.since * SECOND)
    }

    pub(super) const fn state(&self) -> State {
        if self.withdrawn { State::Withdrawn } else { State::Live }
    }
}

/// Turns ids back into texts.
pub(super) struct Texts<'c> {
    urls: CachedStatement<'c>,
    chains: CachedStatement<'c>,
    words: Named<'c>,
    people: Named<'c>,
}

/// Texts that repeat, remembered for as long as this lives.
struct Named<'c> {
    find: CachedStatement<'c>,
    known: HashMap<u32, Rc<str>>,
}

impl Named<'_> {
    fn get(&mut self, id: u32) -> Result<Rc<str>, StoreError> {
        if let Some(text) = self.known.get(&id) {
            return Ok(text.clone());
        }
        let text: Rc<str> = self.find.query_row([id], |row| row.get(0))?;
        self.known.insert(id, text.clone());
        Ok(text)
    }
}

impl<'c> Texts<'c> {
    pub(super) fn new(conn: &'c Connection) -> Result<Self, StoreError> {
        let named = |sql| {
            Ok::<_, StoreError>(Named { find: conn.prepare_cached(sql)?, known: HashMap::new() })
        };
        Ok(Self {
            urls: conn.prepare_cached("SELECT text FROM url WHERE id = ?1")?,
            chains: conn.prepare_cached("SELECT text FROM chain WHERE id = ?1")?,
            words: named("SELECT text FROM word WHERE id = ?1")?,
            people: named("SELECT text FROM person WHERE id = ?1")?,
        })
    }

    /// Reads one row of [`COLUMNS`].
    pub(super) fn read(&mut self, row: &Row<'_>, to: &mut Stored) -> Result<(), StoreError> {
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
