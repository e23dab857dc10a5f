//! The rows of an export, oldest click first, read a bounded number at a time, so that whoever
//! reads slowly holds up no writer.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::click_row::ClickRow;
use super::rows_error::RowsError;
use crate::click::Clicks;
use crate::clock::{Hour, Span, Tick};
use crate::store::{
    AnswerReach, ClickKey, NamedTenant, RowState, Snapshot, Store, StoreError, StoredAnswer,
    StoredClick, TenantKey,
};

/// Rows that are read at a time, to the end of the last one's tick.
const MANY: usize = 10_000;
/// The same of bytes of text, however few rows have them.
const MUCH: usize = 4 << 20;

/// What to read.
pub struct ExportReader<'s> {
    /// Where they are.
    pub store: &'s Store,
    /// Of these.
    pub tenants: Vec<NamedTenant>,
    /// Only rows that answers with these stamps touched; `None` for all.
    pub stamped: Option<Span>,
}

/// Rows out of the store.
#[derive(Default)]
struct ExportBatch {
    clicks: Clicks,
    rest: Vec<(ClickKey, Tick, RowState)>,
    /// Where to go on; `None` at the end of the span.
    next: Option<Tick>,
}

impl ExportReader<'_> {
    /// Shows `visit` the rows. What is written meanwhile shows as it is then, or next time.
    pub fn each<E: From<RowsError>>(
        &self,
        mut visit: impl FnMut(&ClickRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for NamedTenant { key, name } in &self.tenants {
            let Some(tenant) = key else { continue };
            for mut span in self.spans(*tenant)? {
                while !span.is_empty() {
                    let batch = self.read(*tenant, span)?;
                    for (click, (id, first_stored, state)) in batch.clicks.iter().zip(&batch.rest) {
                        let (first_stored, state, id) = (*first_stored, *state, Some(*id));
                        visit(&ClickRow { click, tenant: name, first_stored, state, id })?;
                    }
                    span.from = batch.next.unwrap_or(span.until);
                }
            }
        }
        Ok(())
    }

    /// Where to look: everywhere at once, or the hours of the answers that count.
    fn spans(&self, tenant: TenantKey) -> Result<Vec<Span>, RowsError> {
        Ok(self.store.read(|snapshot| {
            let (Some(oldest), Some(newest)) = snapshot.edges(tenant)? else {
                return Ok(Vec::new());
            };
            let all = Span::new(oldest, newest.plus(1));
            let Some(stamped) = self.stamped else { return Ok(vec![all]) };
            let mut hours: BTreeSet<Hour> = BTreeSet::new();
            for answer in snapshot.answers(tenant, stamped, all)? {
                hours.extend(answer.window.intersect(all).hours());
            }
            Ok(hours.into_iter().map(Hour::span).collect())
        })?)
    }

    fn read(&self, tenant: TenantKey, span: Span) -> Result<ExportBatch, RowsError> {
        let (mut batch, mut last, mut fits) = (ExportBatch::default(), Tick(i64::MIN), true);
        self.store.read(|snapshot| {
            let touched = self.touched(snapshot, tenant, span)?;
            snapshot.rows(tenant, span, |stored| {
                let at = stored.click.timestamp;
                let is_full = batch.rest.len() >= MANY || batch.clicks.text_bytes() >= MUCH;
                if is_full && at != last {
                    batch.next = Some(at);
                    return ControlFlow::Break(());
                }
                if touched.as_ref().is_some_and(|touched| !touched.has(&stored)) {
                    return ControlFlow::Continue(());
                }
                last = at;
                fits = batch.clicks.push(&stored.click);
                batch.rest.push((stored.key, stored.first_stored, stored.state));
                if fits { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })?;
        if fits { Ok(batch) } else { Err(RowsError::TooMuchText) }
    }

    fn touched(
        &self,
        snapshot: &Snapshot<'_>,
        tenant: TenantKey,
        span: Span,
    ) -> Result<Option<TouchedRows>, StoreError> {
        let Some(stamped) = self.stamped else { return Ok(None) };
        let mut changed = BTreeSet::new();
        let answers = snapshot.answers(tenant, stamped, span)?;
        for answer in &answers {
            let span = answer.window.intersect(span);
            changed.extend(snapshot.changed_at(tenant, span, answer.at)?);
        }
        Ok(Some(TouchedRows { answers, changed }))
    }
}

/// What tells the rows that some answers touched, and perhaps a few more.
struct TouchedRows {
    answers: Vec<StoredAnswer>,
    /// When rows stand of which a change is noted. One that replaced another stands where that did.
    changed: BTreeSet<Tick>,
}

impl TouchedRows {
    fn has(&self, row: &StoredClick<'_>) -> bool {
        let at = row.click.timestamp;
        let brought = |answer: &StoredAnswer| {
            answer.window.contains(at)
                && (answer.reach == AnswerReach::Whole
                    || answer.at.unix_seconds() == row.first_stored.unix_seconds())
        };
        self.changed.contains(&at) || self.answers.iter().any(brought)
    }
}
