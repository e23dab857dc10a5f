//! Silences: of alerts that match all that is given nothing is told, until an end.

use rusqlite::{Row, params};

use crate::click::pattern::same_url;
use crate::clock::Tick;
use crate::indicator::links_within;
use crate::store::model::error::StoreError;
use crate::store::{Snapshot, Store};

use super::Alert;

/// A silence to be. What is not given matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSilence {
    /// A tenant's name.
    pub tenant: Option<String>,
    /// A rule's name.
    pub rule: Option<String>,
    /// A URL.
    pub url: Option<String>,
    /// A host.
    pub host: Option<String>,
    /// A user, in lower case.
    pub user: Option<String>,
    /// When it ends.
    pub until: Tick,
    /// Why.
    pub reason: String,
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub from: Tick,
    /// What it is of, and until when.
    pub of: NewSilence,
}

impl Silence {
    /// Whether it lasts at `now`.
    pub fn lasts(&self, now: Tick) -> bool {
        now < self.of.until
    }

    /// Whether it is of an alert of the tenant with this name, whose URL leads to `host`.
    pub fn matches(&self, tenant: &str, alert: &Alert, host: Option<&str>) -> bool {
        let fits = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
        };
        let NewSilence { tenant: of, rule, url, host: at, user, .. } = &self.of;
        fits(of, Some(tenant))
            && fits(rule, Some(&alert.rule))
            && url.as_deref().is_none_or(|url| is_meant(url, alert.group.url.as_deref()))
            && fits(at, alert.group.host.as_deref().or(host))
            && fits(user, alert.group.user.as_deref())
    }
}

/// Whether a URL, or one that a mail gateway wrapped into it, equals that of an alert.
fn is_meant(url: &str, of: Option<&str>) -> bool {
    let Some(of) = of else { return false };
    same_url(url, of) || links_within(url).iter().any(|inner| same_url(inner, of))
}

impl Store {
    /// Begins a silence; returns its number.
    pub fn add_silence(&self, new: &NewSilence, now: Tick) -> Result<i64, StoreError> {
        self.write(|conn, _| {
            let sql = "INSERT INTO silence(tenant, rule, url, host, user, from_at, until_at, reason, \
                       expired) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)";
            let NewSilence { tenant, rule, url, host, user, until, reason } = new;
            let row = params![tenant, rule, url, host, user, now.0, until.0, reason];
            Ok(conn.prepare_cached(sql)?.insert(row)?)
        })
    }

    /// Ends a silence now; `false` if there is none of this number that lasts.
    pub fn end_silence(&self, id: i64, now: Tick) -> Result<bool, StoreError> {
        self.write(|conn, _| {
            let sql = "UPDATE silence SET until_at = ?2 WHERE id = ?1 AND until_at > ?2 \
                       AND expired = 0";
            Ok(conn.prepare_cached(sql)?.execute([id, now.0])? > 0)
        })
    }

    /// Notes that the silence `id` ended, and of what is still pending what it kept back, `kept`: numbers
    /// of alerts, and sinks.
    pub fn expire_silence(&self, id: i64, kept: &[(i64, &str)]) -> Result<(), StoreError> {
        self.write(|conn, _| {
            let ended = "UPDATE silence SET expired = 1 WHERE id = ?1 AND expired = 0";
            if conn.prepare_cached(ended)?.execute([id])? > 0 {
                let sql = "UPDATE alert_sink SET pending = 3 \
                           WHERE alert = ?1 AND sink = ?2 AND pending = 2";
                let mut let_go = conn.prepare_cached(sql)?;
                for (alert, sink) in kept {
                    let_go.execute(params![alert, sink])?;
                }
            }
            Ok(())
        })
    }
}

const SILENCE: &str = "id, from_at, tenant, rule, url, host, user, until_at, reason";

fn silence(row: &Row<'_>) -> rusqlite::Result<Silence> {
    let of = NewSilence {
        tenant: row.get(2)?,
        rule: row.get(3)?,
        url: row.get(4)?,
        host: row.get(5)?,
        user: row.get(6)?,
        until: Tick(row.get(7)?),
        reason: row.get(8)?,
    };
    Ok(Silence { id: row.get(0)?, from: Tick(row.get(1)?), of })
}

impl Snapshot<'_> {
    /// The silences that last, or whose end was not told yet.
    pub fn silences(&self) -> Result<Vec<Silence>, StoreError> {
        let sql = format!("SELECT {SILENCE} FROM silence WHERE expired = 0 ORDER BY id");
        let mut statement = self.tx.prepare_cached(&sql)?;
        Ok(statement.query_map([], silence)?.collect::<Result<_, _>>()?)
    }
}
