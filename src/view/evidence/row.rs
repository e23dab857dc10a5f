//! A row of a case as it was first received: read whole, one at a time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::value::RawValue;

use super::case::{CaseRow, EvidenceCase, STATE_CHANGE};
use crate::click::{Click, Text};
use crate::clock::{Span, Tick};
use crate::store::{Change, Snapshot, StoreError, StoredClick};

/// A row with its texts.
pub(crate) struct Row {
    pub changes: Vec<(Tick, Change)>,
    timestamp: Tick,
    texts: [String; Text::COUNT],
    is_clicked_through: Option<bool>,
    extra: String,
}

/// Shows `visit` every row of a case, in its order.
pub(crate) fn each<E: From<StoreError>>(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    mut visit: impl FnMut(&CaseRow, &Row) -> Result<(), E>,
) -> Result<(), E> {
    let neighbours = |a: &CaseRow, b: &CaseRow| (a.tenant, a.timestamp) == (b.tenant, b.timestamp);
    for here in case.rows.chunk_by(neighbours) {
        at_one_time(snapshot, case, here, &mut visit)?;
    }
    Ok(())
}

fn at_one_time<E: From<StoreError>>(
    snapshot: &Snapshot<'_>,
    case: &EvidenceCase,
    here: &[CaseRow],
    visit: &mut impl FnMut(&CaseRow, &Row) -> Result<(), E>,
) -> Result<(), E> {
    let Some(first) = here.first() else { return Ok(()) };
    let Some(tenant) = case.tenants.get(first.tenant).and_then(|tenant| tenant.key) else {
        return Ok(());
    };
    let span = Span::new(first.timestamp, first.timestamp.plus(1));
    let (mut wanted, mut done) = (here.iter().peekable(), Ok(()));
    snapshot.rows(tenant, span, |stored| {
        // The store shows them in the same order.
        let Some(known) = wanted.next_if(|known| known.id == stored.key) else {
            return ControlFlow::Continue(());
        };
        done = Row::read(snapshot, &stored).map_err(E::from).and_then(|row| visit(known, &row));
        if done.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    done
}

impl Row {
    fn read(snapshot: &Snapshot<'_>, stored: &StoredClick<'_>) -> Result<Self, StoreError> {
        let Click { timestamp, texts, is_clicked_through, extra } = stored.click;
        let mut row = Self {
            changes: snapshot.changes(stored.tenant, timestamp, stored.key)?,
            timestamp,
            texts: texts.map(str::to_owned),
            is_clicked_through,
            extra: extra.to_owned(),
        };
        row.undo();
        Ok(row)
    }

    pub(crate) fn click(&self) -> Click<'_> {
        Click {
            timestamp: self.timestamp,
            texts: self.texts.each_ref().map(String::as_str),
            is_clicked_through: self.is_clicked_through,
            extra: &self.extra,
        }
    }

    /// Takes back what changed, the newest first.
    fn undo(&mut self) {
        let mut extra: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&self.extra).unwrap_or_default();
        for (_, Change { column, old, .. }) in self.changes.iter().rev() {
            let known = Text::ALL.into_iter().zip(&mut self.texts);
            if let Some((_, text)) = known.into_iter().find(|(text, _)| text.name() == column) {
                text.clone_from(old);
            } else if column != STATE_CHANGE {
                match RawValue::from_string(old.clone()) {
                    Ok(value) => extra.insert(column.clone(), value),
                    // It was not there.
                    Err(_) => extra.remove(column),
                };
            }
        }
        if !extra.is_empty() || !self.extra.is_empty() {
            let all = serde_json::to_string(&extra).unwrap_or_default();
            self.extra = if extra.is_empty() { String::new() } else { all };
        }
    }
}
