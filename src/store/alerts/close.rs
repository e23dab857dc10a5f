//! Closing cases, and taking them in hand.

use rusqlite::{Connection, OptionalExtension, params};

use super::cases::{COLUMNS, read};
use super::{Case, CaseState};
use crate::clock::Tick;
use crate::store::Store;
use crate::store::error::StoreError;

/// What a case was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// What the rule looks for.
    TruePositive,
    /// A false alarm: the rule was wrong.
    FalsePositive,
    /// The rule was right, and no harm was done or meant.
    Benign,
    /// Nobody said, and nothing came for a month.
    Expired,
}

impl Closing {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::TruePositive, Self::FalsePositive, Self::Benign, Self::Expired];

    /// Its short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TruePositive => "tp",
            Self::FalsePositive => "fp",
            Self::Benign => "benign",
            Self::Expired => "expired",
        }
    }
}

/// What somebody says of a case when closing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What it was.
    pub closing: Closing,
    /// Where else it is kept; may be empty.
    pub ticket: String,
    /// Anything to remember; may be empty.
    pub note: String,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CaseRefused {
    /// There is no case of this number.
    #[error("no alert has the number {0}")]
    Unknown(i64),
    /// It is closed.
    #[error("alert {0} is closed already")]
    Closed(i64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Closes all of the cases `ids`, or none if one of them cannot be.
    pub fn close_cases(
        &self,
        ids: &[i64],
        judgement: &Judgement,
        now: Tick,
    ) -> Result<Vec<Case>, CaseRefused> {
        self.write(|conn, _| Ok(close(conn, ids, judgement, now)))?
    }

    /// Names who has the cases `ids` in hand, all or none; nothing more is told of them.
    pub fn take_cases(&self, ids: &[i64], owner: &str) -> Result<Vec<Case>, CaseRefused> {
        self.write(|conn, _| Ok(take(conn, ids, owner)))?
    }

    /// Closes the open cases without clicks since `last`. Returns how many.
    pub fn expire_cases(&self, last: Tick, now: Tick) -> Result<u64, StoreError> {
        self.write(|conn, _| {
            let sql = "SELECT id FROM alert WHERE state = 0 AND until_ts <= ?1";
            let mut old = conn.prepare_cached(sql)?;
            let ids =
                old.query_map([last.0], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
            for id in &ids {
                end(conn, *id, Closing::Expired, "", "", now)?;
            }
            Ok(ids.len() as u64)
        })
    }
}

/// The cases, if all of them are open.
fn open(conn: &Connection, ids: &[i64]) -> Result<Vec<Case>, CaseRefused> {
    let sql = format!("SELECT {COLUMNS} FROM alert WHERE id = ?1");
    let mut find = conn.prepare_cached(&sql).map_err(StoreError::from)?;
    let mut cases = Vec::new();
    for id in ids {
        let case = find.query_row([id], |row| read(row, 0)).optional();
        let case = case.map_err(StoreError::from)?.ok_or(CaseRefused::Unknown(*id))?;
        if case.state != CaseState::Open {
            return Err(CaseRefused::Closed(*id));
        }
        cases.push(case);
    }
    Ok(cases)
}

fn close(
    conn: &Connection,
    ids: &[i64],
    judgement: &Judgement,
    now: Tick,
) -> Result<Vec<Case>, CaseRefused> {
    let cases = open(conn, ids)?;
    let Judgement { closing, ticket, note } = judgement;
    for case in &cases {
        end(conn, case.id, *closing, ticket, note, now)?;
    }
    Ok(cases)
}

fn end(
    conn: &Connection,
    id: i64,
    closing: Closing,
    ticket: &str,
    note: &str,
    now: Tick,
) -> Result<(), StoreError> {
    let sql = "UPDATE alert SET state = 1, closed = ?2, verdict = ?3, ticket = ?4, note = ?5 \
               WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, now.0, closing as i64, ticket, note])?;
    forgive(conn, id)
}

/// Nobody is owed anything of the case any more.
fn forgive(conn: &Connection, id: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE alert_sink SET owed = 0 WHERE alert = ?1")?.execute([id])?;
    Ok(())
}

fn take(conn: &Connection, ids: &[i64], owner: &str) -> Result<Vec<Case>, CaseRefused> {
    let cases = open(conn, ids)?;
    let sql = "UPDATE alert SET owner = ?2 WHERE id = ?1";
    let mut own = conn.prepare_cached(sql).map_err(StoreError::from)?;
    for case in &cases {
        own.execute(params![case.id, owner]).map_err(StoreError::from)?;
        forgive(conn, case.id)?;
    }
    Ok(cases)
}
