//! Cases: what rules found, what each sink was told of it, and silences.
//!
//! A case, the news that opened it, and what sinks are owed are written together
//! ([`Store::commit_cases`]); what a sink is told and that it was told likewise
//! ([`Store::commit_told`]). Both write nothing if somebody else was faster.

mod cases;
mod close;
mod owed;
mod purge;
mod silences;

use rusqlite::Connection;

use crate::clock::{Span, Tick};
use crate::severity::Severity;

use super::error::StoreError;
use super::touched::{self, News};
use super::{Post, Store, TenantKey, outbox};

pub use close::{CaseRefused, Closing, Judgement};
pub use owed::{Debt, Owed};
pub use silences::{NewSilence, Silence};

/// What a group of clicks is by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    /// The URL, byte for byte.
    pub url: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The user, in lower case.
    pub user: Option<String>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub id: i64,
    /// Whose clicks.
    pub tenant: TenantKey,
    /// The rule's name.
    pub rule: String,
    /// The group.
    pub group: GroupName,
    /// How bad it is.
    pub severity: Severity,
    /// How sure.
    pub doubt: Doubt,
    /// When its clicks were found.
    pub found: Found,
    /// When it was opened, by our clock.
    pub opened: Tick,
    /// The window of clicks that the rule held in last.
    pub window: Span,
    /// Whether it is open.
    pub state: CaseState,
    /// Who has it in hand; empty: nobody.
    pub owner: String,
    /// Of a closed one.
    pub ticket: String,
    /// Of a closed one.
    pub note: String,
    /// The closed case of the same group before it.
    pub previous: Option<i64>,
}

impl Case {
    /// With which others its messages take turns: those of its rule; what was found late goes together.
    pub fn flow(&self) -> &str {
        match self.found {
            Found::InTime => &self.rule,
            Found::Late => "",
        }
    }
}

/// How sure a case is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doubt {
    /// As sure as its rule.
    #[default]
    None,
    /// It may well be a false alarm.
    PossibleFalsePositive,
}

/// When the clicks of a case were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Found {
    /// As usual.
    #[default]
    InTime,
    /// A day after they were made, or later.
    Late,
}

/// Whether a case is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseState {
    /// Somebody must look at it.
    Open,
    /// Nobody need look at it any more.
    Closed {
        /// Since when, by our clock.
        at: Tick,
        /// What it was.
        closing: Closing,
    },
}

/// A case to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCase {
    /// The rule's name.
    pub rule: String,
    /// The group.
    pub group: GroupName,
    /// How bad it is.
    pub severity: Severity,
    /// How sure.
    pub doubt: Doubt,
    /// When its clicks were found.
    pub found: Found,
    /// The window that the rule held in.
    pub window: Span,
    /// The latest case of the same group, which is closed.
    pub previous: Option<i64>,
    /// The sinks that must hear of it.
    pub sinks: Vec<String>,
}

/// What news does to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseChange {
    /// It opens.
    Opens(Box<NewCase>),
    /// The rule held again, at new clicks: whoever was told of it is to be told again in time.
    GoesOn {
        /// The case's number.
        id: i64,
        /// The window that the rule held in.
        window: Span,
    },
}

/// What a sink is told now of cases of one tenant.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The sink's name.
    pub sink: &'a str,
    /// Whose cases.
    pub tenant: TenantKey,
    /// What was owed.
    pub owed: &'a [&'a Owed],
    /// The message.
    pub post: Post<'a>,
}

impl Store {
    /// Takes a tenant's news away with what it does to cases. `false`, and nothing is written, if
    /// somebody else looked at the news, or closed or opened a case in the meantime.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room.
    pub fn commit_cases(
        &self,
        tenant: TenantKey,
        news: &News,
        changes: &[CaseChange],
        now: Tick,
    ) -> Result<bool, StoreError> {
        if !changes.is_empty() {
            self.make_room()?;
        }
        self.write(|conn, _| {
            if !cases::still_stand(conn, tenant, changes)? || !touched::consume(conn, tenant, news)?
            {
                return Ok(false);
            }
            for change in changes {
                cases::apply(conn, tenant, change, now)?;
            }
            Ok(true)
        })
    }

    /// Posts a message of cases and notes that they were told. `false`, and nothing is written, if
    /// something of it is owed no more.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room.
    pub fn commit_told(&self, telling: &Telling<'_>, now: Tick) -> Result<bool, StoreError> {
        self.make_room()?;
        self.posting(|conn| {
            let told = owed::tell(conn, telling, now)?;
            if told {
                outbox::post(conn, &telling.post, now)?;
            }
            Ok(told)
        })
    }
}

/// Whether a row is there that `sql` asks for.
fn exists(conn: &Connection, sql: &str, row: impl rusqlite::Params) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached(sql)?.exists(row)?)
}
