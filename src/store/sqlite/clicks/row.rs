//! One click's row in the database: interning its texts, writing it, and reading what a merge needs.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql, params};

use crate::click::{Click, Text};
use crate::clock::Span;
use crate::store::model::click_ids::{ClickIds, DetailIds};
use crate::store::model::diff::HeldRow;
use crate::store::model::guid::Packed;
use crate::store::model::identity::{Hasher, is_url_alone};
use crate::store::model::segment::Kind;
use crate::store::{ClickKey, RowState, StoreError, TenantKey};

use super::intern::Interner;

/// Interns a click's texts; `url` is the keyed hash of its URL.
pub(crate) fn intern(
    click: &Click<'_>,
    url: u128,
    interner: &mut Interner<'_>,
    hasher: &mut Hasher<'_>,
) -> Result<ClickIds, StoreError> {
    Ok(ClickIds {
        url: interner.url(url, click.text(Text::Url))?,
        person: interner.person(click.text(Text::AccountUpn))?,
        ip: interner.word(Text::IPAddress, click)?,
        kind: Kind {
            action: interner.word(Text::ActionType, click)?,
            workload: interner.word(Text::Workload, click)?,
            threat: interner.word(Text::ThreatTypes, click)?,
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
        methods: interner.word(Text::DetectionMethods, click)?,
        chain,
        app: interner.word(Text::AppName, click)?,
        app_version: interner.word(Text::AppVersion, click)?,
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

/// A row to be added; live.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewRow {
    pub(crate) key: ClickKey,
    pub(crate) detail: i64,
    /// In seconds.
    pub(crate) first_stored: i64,
    pub(crate) ids: ClickIds,
}

/// How many rows one statement adds: an eighth faster than one by one.
pub(crate) const ROWS_PER_INSERT: usize = 16;
/// The parameters of one row behind the tenant, which all rows of a statement share; the state is 0.
const VALUES: &str = "(?1, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/// How many there are.
const ROW_PARAMETERS: usize = 19;

/// Binds a new row behind the tenant and `skip` more parameters.
fn bind(
    to: &mut CachedStatement<'_>,
    skip: usize,
    row: &NewRow,
    click: &Click<'_>,
) -> Result<(), StoreError> {
    let NewRow { key, detail, first_stored, ids } = row;
    let (key, len) = key.to_bytes();
    let values: [&dyn ToSql; ROW_PARAMETERS] = [
        &click.timestamp.0,
        &key.get(..len),
        detail,
        first_stored,
        &ids.url,
        &ids.kind.action,
        &ids.kind.clicked_through,
        &ids.person.id,
        &ids.kind.workload,
        &ids.ip,
        &Packed::new(click.text(Text::NetworkMessageId)),
        &Packed::new(click.text(Text::ReportId)),
        &source_id(click),
        &ids.kind.threat,
        &ids.detail.methods,
        &ids.detail.chain,
        &ids.detail.app,
        &ids.detail.app_version,
        &extra(click),
    ];
    for (place, value) in (skip + 2..).zip(values) {
        to.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

/// Statements that write rows of one tenant.
pub(crate) struct RowWriter<'c> {
    tenant: i64,
    insert_one: CachedStatement<'c>,
    insert_many: CachedStatement<'c>,
    update: CachedStatement<'c>,
    set_state: CachedStatement<'c>,
}

impl<'c> RowWriter<'c> {
    pub(crate) fn new(conn: &'c Connection, tenant: TenantKey) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: tenant.0,
            insert_one: conn.prepare_cached(&format!(
                "-- row::new\n\
                 INSERT INTO click VALUES {VALUES}"
            ))?,
            // A failure undoes the whole transaction anyway: FAIL spares the journal that would undo
            // this statement alone.
            insert_many: conn.prepare_cached(&format!(
                "-- row::new\n\
                 INSERT OR FAIL INTO click VALUES {}",
                [VALUES; ROWS_PER_INSERT].join(", ")
            ))?,
            update: conn.prepare_cached(
                "-- row::new\n\
                 UPDATE click SET detail = ?4, source_id = ?5, threat = ?6, methods = ?7, \
                 chain = ?8, app = ?9, app_version = ?10, extra = ?11 \
                 WHERE tenant = ?1 AND ts = ?2 AND key = ?3",
            )?,
            set_state: conn.prepare_cached(
                "-- row::new\n\
                 UPDATE click SET state = ?4 WHERE tenant = ?1 AND ts = ?2 AND key = ?3",
            )?,
        })
    }

    /// Adds live rows, [`ROWS_PER_INSERT`] in a statement as far as they go.
    pub(crate) fn insert(&mut self, rows: &[(NewRow, Click<'_>)]) -> Result<(), StoreError> {
        let (many, rest) = rows.as_chunks::<ROWS_PER_INSERT>();
        self.insert_many.raw_bind_parameter(1, self.tenant)?;
        self.insert_one.raw_bind_parameter(1, self.tenant)?;
        for rows in many {
            for (place, (row, click)) in rows.iter().enumerate() {
                bind(&mut self.insert_many, place * ROW_PARAMETERS, row, click)?;
            }
            self.insert_many.raw_execute()?;
        }
        for (row, click) in rest {
            bind(&mut self.insert_one, 0, row, click)?;
            self.insert_one.raw_execute()?;
        }
        Ok(())
    }

    /// Writes the details of a row that is held.
    pub(crate) fn update(
        &mut self,
        held: &HeldRow,
        detail: i64,
        click: &Click<'_>,
        ids: &ClickIds,
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
    pub(crate) fn set_state(&mut self, held: &HeldRow, state: RowState) -> Result<(), StoreError> {
        let (key, len) = held.key.to_bytes();
        let state = i64::from(state == RowState::Withdrawn);
        self.set_state.execute(params![self.tenant, held.ts, key.get(..len), state])?;
        Ok(())
    }
}

/// The rows of a span in the order of time and key: as little of each as a merge needs.
pub(crate) fn held(
    conn: &Connection,
    tenant: TenantKey,
    span: Span,
) -> Result<Vec<HeldRow>, StoreError> {
    let mut statement = conn.prepare_cached(
        "-- row::held\n\
         SELECT ts, key, detail, state FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 \
         ORDER BY ts, key",
    )?;
    let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let (ts, key) = (row.get(0)?, key(row, 1)?);
        held.push(HeldRow { ts, key, detail: row.get(2)?, live: row.get::<_, i64>(3)? == 0 });
    }
    Ok(held)
}

pub(crate) fn key(row: &Row<'_>, column: usize) -> Result<ClickKey, StoreError> {
    let bytes = row.get_ref(column)?.as_blob_or_null().ok().flatten();
    bytes
        .and_then(ClickKey::from_bytes)
        .ok_or_else(|| StoreError::Damaged("a click's key is not 16 or 20 bytes".to_owned()))
}

impl ToSql for Packed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Guid(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
