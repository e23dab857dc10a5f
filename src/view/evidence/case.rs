//! A case: which rows are meant, what became of them, and which requests brought them. Their texts,
//! which may be long, stay in the store until they are written: see [`super::row`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::click::selection::Selection;
use crate::click::{Click, Text};
use crate::clock::{Span, Tick};
use crate::coverage::{self, Coverage};
use crate::store::{
    Change, ClickFilter, ClickKey, NamedTenant, RowState, Snapshot, StoreError, StoredAnswer,
    StoredClick, TenantKey, Withdrawn,
};
use crate::view::alerts::ListedAlert;
use crate::view::scope::tenant_names;

/// How the store calls the change of a row's state.
pub(super) const STATE_CHANGE: &str = "State";

/// What is known of all rows together.
pub(crate) struct EvidenceCase {
    /// Keys and names.
    pub tenants: Vec<NamedTenant>,
    pub span: Span,
    pub selection: Selection,
    pub coverage: Coverage,
    /// The alert that it is about, as it stands.
    pub alert: Option<ListedAlert>,
    /// By tenant, then oldest first.
    pub rows: Vec<CaseRow>,
    /// The answers that brought or changed a row, by tenant, then in the order of their writing.
    pub answers: Vec<(usize, StoredAnswer)>,
}

/// What is known of a row but for its texts.
pub(crate) struct CaseRow {
    /// Its place in [`EvidenceCase::tenants`].
    pub tenant: usize,
    pub id: ClickKey,
    pub timestamp: Tick,
    pub first_stored: Tick,
    pub state: RowState,
    /// When it was withdrawn, if it is.
    pub withdrawn_at: Option<Tick>,
    /// When it changed.
    pub changed: Vec<CaseChange>,
    /// Withdrawn rows in whose place this one stands.
    pub replaces: Vec<ClickKey>,
    /// Of a withdrawn row: what stands in its place.
    pub replaced_by: Vec<ClickKey>,
    /// Places in [`EvidenceCase::answers`] of those that brought or changed it.
    pub answers: Vec<usize>,
    /// Of its texts, then and now.
    pub bytes: u64,
    place: TextHash,
    identity: TextHash,
}

/// A change, but for its texts.
pub(crate) struct CaseChange {
    at: Tick,
    of_state: bool,
}

/// Stands for texts that are compared.
type TextHash = blake3::Hash;

impl EvidenceCase {
    pub(crate) fn read(
        snapshot: &Snapshot<'_>,
        tenants: Vec<NamedTenant>,
        span: Span,
        selection: Selection,
    ) -> Result<Self, StoreError> {
        let coverage = coverage::of(snapshot, &tenants, span)?;
        let (rows, answers) = (Vec::new(), Vec::new());
        let alert =
            selection.alert.as_ref().map(|of| alert(snapshot, of.id)).transpose()?.flatten();
        let mut case = Self { tenants, span, selection, coverage, alert, rows, answers };
        for (tenant, NamedTenant { key, .. }) in case.tenants.iter().enumerate() {
            let Some(key) = key else { continue };
            let filter = ClickFilter {
                tenants: vec![*key],
                span,
                selection: case.selection.clone(),
                withdrawn: Withdrawn::Show,
            };
            let mut found = find(snapshot, tenant, &filter)?;
            link(&mut found);
            let all = Span::new(Tick(i64::MIN), Tick(i64::MAX));
            for answer in snapshot.answers(*key, all, span)? {
                if credit(&answer, case.answers.len(), &mut found) {
                    case.answers.push((tenant, answer));
                }
            }
            case.rows.extend(found);
        }
        Ok(case)
    }

    /// A tenant's name.
    pub(crate) fn tenant(&self, place: usize) -> &str {
        self.tenants.get(place).map_or("", |tenant| &tenant.name)
    }

    /// How many rows are withdrawn.
    pub(crate) fn withdrawn(&self) -> usize {
        self.rows.iter().filter(|row| row.state == RowState::Withdrawn).count()
    }

    /// The requests that brought or changed a row.
    pub(crate) fn requests(&self, row: &CaseRow) -> Vec<&str> {
        let answers = row.answers.iter().filter_map(|place| self.answers.get(*place));
        answers.flat_map(|(_, answer)| answer.requests.iter().map(String::as_str)).collect()
    }
}

fn alert(snapshot: &Snapshot<'_>, id: i64) -> Result<Option<ListedAlert>, StoreError> {
    let names = tenant_names(snapshot)?;
    snapshot.alert(id)?.map(|alert| ListedAlert::of(snapshot, &names, alert)).transpose()
}

/// The rows that are meant, and those that stand or stood in their places.
fn find(
    snapshot: &Snapshot<'_>,
    tenant: usize,
    filter: &ClickFilter,
) -> Result<Vec<CaseRow>, StoreError> {
    let mut places: BTreeMap<(TenantKey, Tick), BTreeSet<[u8; 32]>> = BTreeMap::new();
    snapshot.clicks(filter, |stored| {
        let at = (stored.tenant, stored.click.timestamp);
        places.entry(at).or_default().insert(*place(&stored.click).as_bytes());
        ControlFlow::Continue(())
    })?;
    let mut rows = Vec::new();
    for ((key, at), here) in places {
        snapshot.rows(key, Span::new(at, at.plus(1)), |stored| {
            if here.contains(place(&stored.click).as_bytes()) {
                rows.push((key, CaseRow::of(&stored, tenant)));
            }
            ControlFlow::Continue(())
        })?;
    }
    let mut known = Vec::with_capacity(rows.len());
    for (key, mut row) in rows {
        row.add_changes(&snapshot.changes(key, row.timestamp, row.id)?);
        known.push(row);
    }
    Ok(known)
}

/// With the time, what a row and its replacement have in common.
fn place(click: &Click<'_>) -> TextHash {
    sum([Text::Url, Text::ReportId].map(|column| click.text(column)), None)
}

/// Of texts, each with its length.
fn sum<'a>(texts: impl IntoIterator<Item = &'a str>, flag: Option<bool>) -> TextHash {
    let mut sum = blake3::Hasher::new();
    for text in texts {
        sum.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    sum.update(&[flag.map_or(2, u8::from)]);
    sum.finalize()
}

impl CaseRow {
    fn of(stored: &StoredClick<'_>, tenant: usize) -> Self {
        let click = &stored.click;
        let texts = click.texts.iter().copied().chain([click.extra]);
        // All that identifies a row, with the time; none of it ever changes.
        let identity = click.texts.iter().copied().take(Text::IDENTITY);
        Self {
            tenant,
            id: stored.key,
            timestamp: click.timestamp,
            first_stored: stored.first_stored,
            state: stored.state,
            withdrawn_at: None,
            changed: Vec::new(),
            replaces: Vec::new(),
            replaced_by: Vec::new(),
            answers: Vec::new(),
            bytes: texts.map(|text| text.len() as u64).sum(),
            place: place(click),
            identity: sum(identity, click.is_clicked_through),
        }
    }

    fn add_changes(&mut self, changes: &[(Tick, Change)]) {
        let of_state = |change: &Change| change.column == STATE_CHANGE;
        self.changed = changes
            .iter()
            .map(|(at, change)| CaseChange { at: *at, of_state: of_state(change) })
            .collect();
        self.bytes +=
            changes.iter().map(|(_, it)| (it.old.len() + it.new.len()) as u64).sum::<u64>();
        let gone = |change: &Change| of_state(change) && change.new == RowState::Withdrawn.name();
        let last = changes.iter().rev().find(|(_, change)| gone(change));
        self.withdrawn_at = last.filter(|_| self.state == RowState::Withdrawn).map(|(at, _)| *at);
    }
}

/// Finds what stands in the place of what: a replacement keeps the time when its predecessor was
/// first stored. Rows of equal identity replace nothing of each other: one was shown once less.
fn link(rows: &mut [CaseRow]) {
    let place = |row: &CaseRow| (row.timestamp, *row.place.as_bytes(), row.first_stored);
    let mut groups: BTreeMap<_, Vec<(RowState, TextHash, ClickKey)>> = BTreeMap::new();
    for row in rows.iter() {
        groups.entry(place(row)).or_default().push((row.state, row.identity, row.id));
    }
    for row in rows {
        let others = groups.get(&place(row)).into_iter().flatten();
        let others =
            others.filter(|(state, other, _)| *state != row.state && *other != row.identity);
        let ids = others.map(|(.., id)| *id).collect();
        match row.state {
            RowState::Live => row.replaces = ids,
            RowState::Withdrawn => row.replaced_by = ids,
        }
    }
}

/// Names the answer, by its place, in the rows that it brought or changed; tells whether there are
/// any.
fn credit(answer: &StoredAnswer, place: usize, rows: &mut [CaseRow]) -> bool {
    let gone: BTreeSet<ClickKey> = rows
        .iter()
        .filter(|row| row.changed.iter().any(|it| it.at == answer.at && it.of_state))
        .map(|row| row.id)
        .collect();
    let mut any = false;
    for row in rows.iter_mut().filter(|row| answer.window.contains(row.timestamp)) {
        let brought = row.first_stored.unix_seconds() == answer.at.unix_seconds();
        let changed = row.changed.iter().any(|it| it.at == answer.at);
        let replaced = row.replaces.iter().any(|id| gone.contains(id));
        if brought || changed || replaced {
            row.answers.push(place);
            any = true;
        }
    }
    any
}
