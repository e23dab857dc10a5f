//! Alerts: what rules found, what each sink was told of it, and silences.
//!
//! An alert, the news that opened it, and the notifications that are pending for its sinks are written together
//! ([`Store::commit_alerts`]); what a sink is told and that it was told likewise
//! ([`Store::commit_notification`]). Both write nothing if somebody else was faster.

mod alert;
mod close;
mod pending;
mod purge;
mod silences;

use rusqlite::Connection;

use crate::clock::{Span, Tick};
use crate::message::severity::Severity;
use crate::store::model::error::StoreError;
use crate::store::{NewMessage, Store, TenantKey};

use super::clicks::touched::{self, TouchBatch};
use super::outbox;

pub use close::{AlertRefused, Closure, Verdict};
pub use pending::{NotifyReason, PendingNotification};
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
pub struct Alert {
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
    pub confidence: Confidence,
    /// When its clicks were found.
    pub arrival: Arrival,
    /// When it was opened, by our clock.
    pub opened: Tick,
    /// The window of clicks that the rule held in last.
    pub window: Span,
    /// Whether it is open.
    pub state: AlertState,
    /// Who has it in hand; empty: nobody.
    pub owner: String,
    /// Of a closed one.
    pub ticket: String,
    /// Of a closed one.
    pub note: String,
    /// The closed alert of the same group before it.
    pub previous: Option<i64>,
}

impl Alert {
    /// With which others its messages take turns: those of its rule; what was found late goes together.
    pub fn flow(&self) -> &str {
        match self.arrival {
            Arrival::InTime => &self.rule,
            Arrival::Late => "",
        }
    }
}

/// How sure an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confidence {
    /// As sure as its rule.
    #[default]
    Normal,
    /// It may well be a false alarm.
    PossibleFalsePositive,
}

/// When the clicks of an alert were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// As usual.
    #[default]
    InTime,
    /// A day after they were made, or later.
    Late,
}

/// Whether an alert is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Somebody must look at it.
    Open,
    /// Nobody need look at it any more.
    Closed {
        /// Since when, by our clock.
        at: Tick,
        /// What it was.
        verdict: Verdict,
    },
}

/// An alert to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// The rule's name.
    pub rule: String,
    /// The group.
    pub group: GroupName,
    /// How bad it is.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// When its clicks were found.
    pub arrival: Arrival,
    /// The window that the rule held in.
    pub window: Span,
    /// The latest alert of the same group, which is closed.
    pub previous: Option<i64>,
    /// The sinks that must hear of it.
    pub sinks: Vec<String>,
}

/// What news does to an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertChange {
    /// It opens.
    Opens(Box<NewAlert>),
    /// The rule held again, at new clicks: whoever was told of it is to be told again in time.
    GoesOn {
        /// The alert's number.
        id: i64,
        /// The window that the rule held in.
        window: Span,
    },
}

/// A message of alerts of one tenant to a sink, which takes pending notifications away.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    /// The sink's name.
    pub sink: &'a str,
    /// Whose alerts.
    pub tenant: TenantKey,
    /// The notifications that were pending.
    pub pending: &'a [&'a PendingNotification],
    /// The message.
    pub message: NewMessage<'a>,
}

impl Store {
    /// Takes a tenant's news away with what it does to alerts. `false`, and nothing is written, if
    /// somebody else looked at the news, or closed or opened an alert in the meantime.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room.
    pub fn commit_alerts(
        &self,
        tenant: TenantKey,
        touches: &TouchBatch,
        changes: &[AlertChange],
        now: Tick,
    ) -> Result<bool, StoreError> {
        if !changes.is_empty() {
            self.ensure_space()?;
        }
        self.write(|conn, _| {
            if !alert::still_stand(conn, tenant, changes)?
                || !touched::consume(conn, tenant, touches)?
            {
                return Ok(false);
            }
            for change in changes {
                alert::apply(conn, tenant, change, now)?;
            }
            Ok(true)
        })
    }

    /// Enqueues a message of alerts and notes that they were told. `false`, and nothing is written, if
    /// one of them is pending no more.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room.
    pub fn commit_notification(
        &self,
        notification: &Notification<'_>,
        now: Tick,
    ) -> Result<bool, StoreError> {
        self.ensure_space()?;
        self.enqueuing(|conn| {
            let noted = pending::record(conn, notification, now)?;
            if noted {
                outbox::enqueue(conn, &notification.message, now)?;
            }
            Ok(noted)
        })
    }
}

/// Whether a row is there that `sql` asks for.
fn exists(conn: &Connection, sql: &str, row: impl rusqlite::Params) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached(sql)?.exists(row)?)
}
