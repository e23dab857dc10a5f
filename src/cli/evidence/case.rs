//! A case: the rows as they were first received, what became of them, and which requests brought it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde_json::value::RawValue;

use crate::click::{Click, Text};
use crate::clock::{Span, Tick};
use crate::coverage::{self, Coverage};
use crate::selection::Selection;
use crate::store::{
    Change, ClickFilter, ClickKey, Snapshot, State, StoreError, StoredAnswer, StoredClick,
    TenantKey, Withdrawn,
};

/// All that is known.
pub(super) struct Case {
    pub tenants: Vec<String>,
    pub span: Span,
    pub selection: Selection,
    pub coverage: Coverage,
    /// By tenant, then oldest first.
    pub rows: Vec<Row>,
    /// The answers that brought or changed a row, by tenant, then in the order of their writing.
    pub answers: Vec<(String, StoredAnswer)>,
}

/// A row as it was first received.
pub(super) struct Row {
    pub tenant: String,
    pub id: ClickKey,
    pub timestamp: Tick,
    pub texts: [String; Text::COUNT],
    pub is_clicked_through: Option<bool>,
    pub extra: String,
    pub first_stored: Tick,
    pub state: State,
    pub changes: Vec<(Tick, Change)>,
    /// Withdrawn rows in whose place this one stands.
    pub replaces: Vec<ClickKey>,
    /// Of a withdrawn row: what stands in its place.
    pub replaced_by: Vec<ClickKey>,
    /// Of the answers that brought or changed it.
    pub requests: Vec<String>,
}

impl Case {
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        tenants: Vec<(TenantKey, String)>,
        span: Span,
        selection: Selection,
    ) -> Result<Self, StoreError> {
        let coverage = coverage::of(snapshot, &tenants, span)?;
        let (mut rows, mut answers) = (Vec::new(), Vec::new());
        for (key, name) in &tenants {
            let mut found = find(snapshot, *key, name, span, &selection)?;
            link(&mut found);
            let all = Span::new(Tick(i64::MIN), Tick(i64::MAX));
            for answer in snapshot.answers(*key, all, span)? {
                if credit(&answer, &mut found) {
                    answers.push((name.clone(), answer));
                }
            }
            rows.extend(found);
        }
        let tenants = tenants.into_iter().map(|(_, name)| name).collect();
        Ok(Self { tenants, span, selection, coverage, rows, answers })
    }
}

/// The rows that are meant, and those that stand or stood in their places.
fn find(
    snapshot: &Snapshot<'_>,
    tenant: TenantKey,
    name: &str,
    span: Span,
    selection: &Selection,
) -> Result<Vec<Row>, StoreError> {
    let (selection, withdrawn) = (selection.clone(), Withdrawn::Show);
    let filter = ClickFilter { tenants: vec![tenant], span, selection, withdrawn };
    let mut places: BTreeMap<Tick, BTreeSet<[String; 2]>> = BTreeMap::new();
    snapshot.clicks(&filter, |stored| {
        places.entry(stored.click.timestamp).or_default().insert(place(&stored.click));
        ControlFlow::Continue(())
    })?;
    let mut rows = Vec::new();
    for (at, here) in places {
        snapshot.rows(tenant, Span::new(at, at.plus(1)), |stored| {
            if here.contains(&place(&stored.click)) {
                rows.push(Row::of(&stored, name));
            }
            ControlFlow::Continue(())
        })?;
    }
    for row in &mut rows {
        row.changes = snapshot.changes(tenant, row.timestamp, row.id)?;
        row.undo();
    }
    Ok(rows)
}

/// With the time, what a row and its replacement have in common.
fn place(click: &Click<'_>) -> [String; 2] {
    [Text::Url, Text::ReportId].map(|column| click.text(column).to_owned())
}

impl Row {
    fn of(stored: &StoredClick<'_>, tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            id: stored.key,
            timestamp: stored.click.timestamp,
            texts: stored.click.texts.map(str::to_owned),
            is_clicked_through: stored.click.is_clicked_through,
            extra: stored.click.extra.to_owned(),
            first_stored: stored.first_stored,
            state: stored.state,
            changes: Vec::new(),
            replaces: Vec::new(),
            replaced_by: Vec::new(),
            requests: Vec::new(),
        }
    }

    pub(super) fn click(&self) -> Click<'_> {
        Click {
            timestamp: self.timestamp,
            texts: self.texts.each_ref().map(String::as_str),
            is_clicked_through: self.is_clicked_through,
            extra: &self.extra,
        }
    }

    fn identity(&self) -> Identity {
        (self.texts.iter().take(Text::IDENTITY).cloned().collect(), self.is_clicked_through)
    }

    /// When it was withdrawn, if it is.
    pub(super) fn withdrawn_at(&self) -> Option<Tick> {
        let gone = |change: &Change| change.column == STATE && change.new == WITHDRAWN;
        let last = self.changes.iter().rev().find(|(_, change)| gone(change));
        last.filter(|_| self.state == State::Withdrawn).map(|(at, _)| *at)
    }

    /// Takes back what changed, the newest first.
    fn undo(&mut self) {
        let mut extra: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&self.extra).unwrap_or_default();
        for (_, Change { column, old, .. }) in self.changes.iter().rev() {
            let known = Text::ALL.into_iter().zip(&mut self.texts);
            if let Some((_, text)) = known.into_iter().find(|(text, _)| text.name() == column) {
                text.clone_from(old);
            } else if column != STATE {
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

/// How the store calls that change.
const STATE: &str = "State";
const WITHDRAWN: &str = State::Withdrawn.name();

/// Finds what stands in the place of what: a replacement keeps the time when its predecessor was
/// first stored. Rows of equal identity replace nothing of each other: one was shown once less.
fn link(rows: &mut [Row]) {
    let place = |row: &Row| (row.timestamp, place(&row.click()), row.first_stored);
    let mut groups: BTreeMap<_, Vec<(State, Identity, ClickKey)>> = BTreeMap::new();
    for row in rows.iter() {
        groups.entry(place(row)).or_default().push((row.state, row.identity(), row.id));
    }
    for row in rows {
        let (group, own) = (groups.get(&place(row)), row.identity());
        let others = group.into_iter().flatten();
        let others = others.filter(|(state, other, _)| *state != row.state && *other != own);
        let ids = others.map(|(.., id)| *id).collect();
        match row.state {
            State::Live => row.replaces = ids,
            State::Withdrawn => row.replaced_by = ids,
        }
    }
}

/// With the time, all that identifies a row; none of it ever changes.
type Identity = (Vec<String>, Option<bool>);

/// Names the answer's requests in the rows that it brought or changed; tells whether there are any.
fn credit(answer: &StoredAnswer, rows: &mut [Row]) -> bool {
    let gone: BTreeSet<ClickKey> = rows
        .iter()
        .filter(|row| row.changes.iter().any(|(at, c)| *at == answer.at && c.column == STATE))
        .map(|row| row.id)
        .collect();
    let mut any = false;
    for row in rows.iter_mut().filter(|row| answer.window.contains(row.timestamp)) {
        let brought = row.first_stored.unix_seconds() == answer.at.unix_seconds();
        let changed = row.changes.iter().any(|(at, _)| *at == answer.at);
        let replaced = row.replaces.iter().any(|id| gone.contains(id));
        if brought || changed || replaced {
            row.requests.extend(answer.requests.iter().cloned());
            any = true;
        }
    }
    any
}
