//! The columns of an alert, and reading them.

use rusqlite::Row;

use crate::clock::{Span, Tick};
use crate::message::severity::Severity;
use crate::store::{Alert, AlertState, Arrival, Confidence, GroupName, TenantKey, Verdict};

pub(super) const COLUMNS: &str = "id, tenant, rule, url, host, user, severity, low_confidence, \
                                  late, opened, from_ts, until_ts, state, owner, closed, verdict, \
                                  ticket, note, previous";

/// Reads the columns of [`COLUMNS`], the first of which stands at `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Alert> {
    let severity: u8 = row.get(at + 6)?;
    Ok(Alert {
        id: row.get(at)?,
        tenant: TenantKey(row.get(at + 1)?),
        rule: row.get(at + 2)?,
        group: GroupName { url: row.get(at + 3)?, host: row.get(at + 4)?, user: row.get(at + 5)? },
        severity: Severity::ALL.get(usize::from(severity)).copied().unwrap_or_default(),
        confidence: if row.get(at + 7)? {
            Confidence::PossibleFalsePositive
        } else {
            Confidence::Normal
        },
        arrival: if row.get(at + 8)? { Arrival::Late } else { Arrival::InTime },
        opened: Tick(row.get(at + 9)?),
        window: Span::new(Tick(row.get(at + 10)?), Tick(row.get(at + 11)?)),
        state: state(row, at)?,
        owner: row.get(at + 13)?,
        ticket: row.get(at + 16)?,
        note: row.get(at + 17)?,
        previous: row.get(at + 18)?,
    })
}

fn state(row: &Row<'_>, at: usize) -> rusqlite::Result<AlertState> {
    let (open, closed): (i64, Option<i64>) = (row.get(at + 12)?, row.get(at + 14)?);
    let verdict: Option<u8> = row.get(at + 15)?;
    Ok(match (open, closed) {
        (0, _) | (_, None) => AlertState::Open,
        (_, Some(closed)) => AlertState::Closed {
            at: Tick(closed),
            verdict: verdict
                .and_then(|number| Verdict::ALL.get(usize::from(number)).copied())
                .unwrap_or(Verdict::Expired),
        },
    })
}
