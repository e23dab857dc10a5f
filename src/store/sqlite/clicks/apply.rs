//! Writing an answer: rows, segments and what rules must look at, within one transaction.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::click::{Click, Clicks, Present, Text};
use crate::clock::{Hour, Span, Tick};
use crate::store::TenantKey;
use crate::store::model::diff::{DiffStep, HeldRow, diff};
use crate::store::model::error::StoreError;
use crate::store::model::identity::{ClickKey, Hasher, Secret};
use crate::store::model::prepare::{PreparedClicks, PreparedRow};
use crate::sync_state::hour::Acceptance;

use super::answers::{self, AnswerReach};
use super::change::{History, KnownColumns, Merged};
use super::intern::{Caches, Interner};
use super::row::{self, ClickIds, NewRow, ROWS_PER_INSERT, RowState, RowWriter};
use super::splice::{self, Splice};
use super::stored::{self, Stored, TextReader};
use super::touched::{Cause, TouchRecorder};

/// What an answer did to the rows of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Applied {
    /// Rows never held before, but for replacements.
    pub new: u64,
    /// Rows whose details changed.
    pub changed: u64,
    /// Rows that were held like that already.
    pub same: u64,
    /// Rows that the source no longer shows, but for those that were replaced.
    pub withdrawn: u64,
    /// New rows in the place of a withdrawn one with the same report id, time and URL.
    pub replaced: u64,
    /// Withdrawn rows that were seen again.
    pub returned: u64,
}

impl Applied {
    /// Rows that are not as they were.
    const fn touched(&self) -> u64 {
        self.new + self.changed + self.withdrawn + self.replaced + self.returned
    }
}

/// An answer, and the window it is for.
#[derive(Clone, Copy, Debug)]
pub struct FetchedAnswer<'a> {
    /// Its clicks.
    pub batch: &'a PreparedClicks,
    /// What was asked for. Clicks outside are left out.
    pub window: Span,
    /// What becomes of what is held.
    pub acceptance: Acceptance,
}

/// An answer, and what it is merged with.
#[derive(Clone, Copy)]
pub(crate) struct AnswerToMerge<'a> {
    pub(crate) tenant: TenantKey,
    pub(crate) batch: &'a PreparedClicks,
    pub(crate) window: Span,
    pub(crate) acceptance: Acceptance,
    /// When the tenant's first pass began, if this very transaction writes it down.
    pub(crate) first_pass: Option<Tick>,
    pub(crate) now: Tick,
}

/// Merges `answer` with what is held of its window.
pub(crate) fn apply(
    conn: &Connection,
    caches: &mut Caches,
    secret: &Secret,
    answer: AnswerToMerge<'_>,
) -> Result<Applied, StoreError> {
    let known = KnownColumns::load(conn, answer.tenant)?;
    let present = answer.batch.present;
    let (held, hashed) = if known.outgrow(present) {
        (held_without(conn, secret, answer, present)?, present)
    } else {
        (row::held(conn, answer.tenant, answer.window)?, Present::ALL)
    };
    let seen = answer.batch.within(answer.window);
    let steps = diff(&held, seen, answer.acceptance);
    let mut merge = Merge {
        conn,
        answer,
        held: &held,
        seen,
        known: &known,
        hashed,
        replacing: BTreeMap::new(),
        replaced: BTreeSet::new(),
        hasher: secret.hasher(),
        interner: Interner::new(conn, caches)?,
        writer: RowWriter::new(conn, answer.tenant)?,
        texts: TextReader::new(conn)?,
        pending: Vec::with_capacity(ROWS_PER_INSERT),
        history: History::new(conn, answer.tenant, answer.now),
        touched: TouchRecorder::new(conn, answer.tenant, answer.first_pass, answer.now)?,
        applied: Applied::default(),
        reach: AnswerReach::Marked,
    };
    merge.find_replacements(&steps)?;
    merge.steps(&steps)?;
    let Merge { history, touched, applied, reach, .. } = merge;
    history.finish()?;
    touched.finish(conn, answer.tenant)?;
    if reach == AnswerReach::Whole || applied.touched() > 0 {
        answers::note(conn, answer, reach)?;
    }
    known.learn(conn, answer.tenant, present, &answer.batch.extra_names)?;
    Ok(applied)
}

/// The held rows, their details hashed as if they, too, lacked the columns that the answer lacks.
/// Damaged ones keep what stands there, which no answer has.
fn held_without(
    conn: &Connection,
    secret: &Secret,
    answer: AnswerToMerge<'_>,
    present: Present,
) -> Result<Vec<HeldRow>, StoreError> {
    let mut held = row::held(conn, answer.tenant, answer.window)?;
    let (mut hasher, mut texts, mut stored) =
        (secret.hasher(), TextReader::new(conn)?, Stored::default());
    for row in &mut held {
        stored::read_held(conn, answer.tenant, row, &mut texts, &mut stored)?;
        if row.detail == hasher.detail(&stored.click(), Present::ALL) {
            row.detail = hasher.detail(&stored.click(), present);
        }
    }
    Ok(held)
}

/// A merge in progress.
struct Merge<'a, 'c> {
    conn: &'c Connection,
    answer: AnswerToMerge<'a>,
    held: &'a [HeldRow],
    seen: &'a [PreparedRow],
    known: &'a KnownColumns,
    /// The columns that the details of held rows are hashed with.
    hashed: Present,
    /// New rows, by place in `seen`, with the held row that each replaces.
    replacing: BTreeMap<usize, usize>,
    /// Those held rows.
    replaced: BTreeSet<usize>,
    hasher: Hasher<'a>,
    interner: Interner<'c>,
    writer: RowWriter<'c>,
    texts: TextReader<'c>,
    /// New rows that are not written yet.
    pending: Vec<(NewRow, Click<'a>)>,
    history: History<'c>,
    touched: TouchRecorder,
    applied: Applied,
    /// Whether a row changed of which no change is noted.
    reach: AnswerReach,
}

impl<'a> Merge<'a, '_> {
    fn held(&self, at: usize) -> Result<HeldRow, StoreError> {
        self.held.get(at).copied().ok_or_else(out_of_step)
    }

    fn seen(&self, at: usize) -> Result<(PreparedRow, Click<'a>), StoreError> {
        let row = self.seen.get(at).copied().ok_or_else(out_of_step)?;
        let clicks: &'a Clicks = self.answer.batch;
        Ok((row, clicks.get(row.index as usize).ok_or_else(out_of_step)?))
    }

    fn ts(&self, step: DiffStep) -> i64 {
        match step {
            DiffStep::New { seen, .. } => self.seen.get(seen).map_or(0, |row| row.ts),
            DiffStep::Same { held }
            | DiffStep::Gone { held }
            | DiffStep::Kept { held }
            | DiffStep::Withdrawn { held }
            | DiffStep::Changed { held, .. }
            | DiffStep::Returned { held, .. } => self.held.get(held).map_or(0, |row| row.ts),
        }
    }

    /// Finds new rows that stand where a gone one stood: same time, report id and URL.
    fn find_replacements(&mut self, steps: &[DiffStep]) -> Result<(), StoreError> {
        if !steps.iter().any(|step| matches!(step, DiffStep::Gone { .. })) {
            return Ok(());
        }
        let mut replacing = BTreeMap::new();
        let (mut texts, mut stored) = (TextReader::new(self.conn)?, Stored::default());
        for moment in steps.chunk_by(|a, b| self.ts(*a) == self.ts(*b)) {
            let news = moment.iter().filter_map(|step| match step {
                DiffStep::New { seen, .. } => Some(*seen),
                _ => None,
            });
            let mut news: Vec<usize> = news.collect();
            for step in moment {
                let DiffStep::Gone { held } = *step else { continue };
                if news.is_empty() {
                    break;
                }
                let row = self.held(held)?;
                stored::read_held(self.conn, self.answer.tenant, &row, &mut texts, &mut stored)?;
                let old = stored.click();
                let found = news.iter().position(|seen| {
                    self.seen(*seen).is_ok_and(|(_, new)| {
                        [Text::ReportId, Text::Url].iter().all(|c| new.text(*c) == old.text(*c))
                    })
                });
                replacing.extend(found.map(|at| (news.remove(at), held)));
            }
        }
        self.replaced = replacing.values().copied().collect();
        self.replacing = replacing;
        Ok(())
    }

    /// Takes the steps hour by hour: an hour where nothing changes is not written.
    fn steps(&mut self, steps: &[DiffStep]) -> Result<(), StoreError> {
        let mut rest = steps;
        while let Some(first) = rest.first() {
            let hour = Tick(self.ts(*first)).hour();
            let len = rest.partition_point(|step| Tick(self.ts(*step)) < hour.end());
            let (these, later) = rest.split_at_checked(len.max(1)).unwrap_or((rest, &[]));
            rest = later;
            let same = these.iter().filter(|step| matches!(step, DiffStep::Same { .. })).count();
            self.applied.same += same as u64;
            if !these.iter().all(DiffStep::is_quiet) {
                self.hour(hour, these)?;
            }
        }
        self.flush()
    }

    /// Takes the steps of one hour and splices its segment.
    fn hour(&mut self, hour: Hour, steps: &[DiffStep]) -> Result<(), StoreError> {
        let bytes = splice::load(self.conn, self.answer.tenant, hour)?;
        let mut splice = Splice::new(hour, bytes.as_deref(), self.answer.window)?;
        for step in steps {
            self.step(*step, &mut splice)?;
        }
        splice::save(self.conn, self.answer.tenant, hour, splice.finish()?)
    }

    fn step(&mut self, step: DiffStep, splice: &mut Splice<'_>) -> Result<(), StoreError> {
        match step {
            DiffStep::Same { .. } | DiffStep::Kept { .. } => splice.keep(),
            DiffStep::Withdrawn { .. } => {}
            DiffStep::Gone { held } => {
                self.withdraw(held)?;
                splice.skip();
            }
            DiffStep::New { seen, ordinal } => {
                let (ts, ids) = self.add(seen, ordinal)?;
                splice.push(ts, &ids);
            }
            DiffStep::Changed { held, seen } => {
                let ids = self.change(held, seen)?;
                splice.skip();
                splice.push(self.held(held)?.ts, &ids);
            }
            DiffStep::Returned { held, seen } => {
                let ids = self.bring_back(held, seen)?;
                splice.push(self.held(held)?.ts, &ids);
            }
        }
        Ok(())
    }

    fn add(&mut self, seen: usize, ordinal: u32) -> Result<(i64, ClickIds), StoreError> {
        let (row, click) = self.seen(seen)?;
        let key = ClickKey { hash: row.hash, ordinal };
        let (first_stored, cause) = if let Some(predecessor) = self.replacing.get(&seen) {
            self.applied.replaced += 1;
            (self.first_stored(*predecessor)?, Cause::Replaced)
        } else {
            self.applied.new += 1;
            (self.answer.now.unix_seconds(), Cause::New)
        };
        let ids = row::intern(&click, row.url, &mut self.interner, &mut self.hasher)?;
        self.pending.push((NewRow { key, detail: row.detail, first_stored, ids }, click));
        if self.pending.len() == ROWS_PER_INSERT {
            self.flush()?;
        }
        self.touched.add(cause, row.ts, key);
        Ok((row.ts, ids))
    }

    /// Writes the rows that wait to be added together.
    fn flush(&mut self) -> Result<(), StoreError> {
        self.writer.insert(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    fn first_stored(&self, held: usize) -> Result<i64, StoreError> {
        let row = self.held(held)?;
        stored::first_stored(self.conn, self.answer.tenant, &row)
    }

    fn withdraw(&mut self, held: usize) -> Result<(), StoreError> {
        let row = self.held(held)?;
        let replaced = self.replaced.contains(&held);
        self.applied.withdrawn += u64::from(!replaced);
        self.writer.set_state(&row, RowState::Withdrawn)?;
        self.history.add_state(&row, RowState::Withdrawn)?;
        self.touched.add(Cause::Withdrawn, row.ts, row.key);
        Ok(())
    }

    fn bring_back(&mut self, held: usize, seen: usize) -> Result<ClickIds, StoreError> {
        let row = self.held(held)?;
        self.writer.set_state(&row, RowState::Live)?;
        self.history.add_state(&row, RowState::Live)?;
        self.applied.returned += 1;
        self.touched.add(Cause::Returned, row.ts, row.key);
        Ok(self.merge_details(held, seen)?.0)
    }

    fn change(&mut self, held: usize, seen: usize) -> Result<ClickIds, StoreError> {
        let row = self.held(held)?;
        let (ids, news) = self.merge_details(held, seen)?;
        if news {
            self.applied.changed += 1;
            self.touched.add(Cause::Changed, row.ts, row.key);
        } else {
            self.applied.same += 1;
        }
        Ok(ids)
    }

    /// Writes the details that an answer gave to a held row; tells whether any of it is news. What
    /// takes the place of damage is none: nobody ever saw that.
    fn merge_details(&mut self, held: usize, seen: usize) -> Result<(ClickIds, bool), StoreError> {
        let (row, mut stored) = (self.held(held)?, Stored::default());
        let (prepared, new) = self.seen(seen)?;
        stored::read_held(self.conn, self.answer.tenant, &row, &mut self.texts, &mut stored)?;
        let old = stored.click();
        let batch = self.answer.batch;
        let merged = Merged::new(&old, &new, batch.present, &batch.extra_names, self.known);
        let click = merged.click(&old);
        let ids = row::intern(&click, prepared.url, &mut self.interner, &mut self.hasher)?;
        let is_sound = row.detail == self.hasher.detail(&old, self.hashed);
        let changes = if is_sound { merged.changes.as_slice() } else { &[] };
        if click != old || !is_sound {
            let detail = self.hasher.detail(&click, Present::ALL);
            self.writer.update(&row, detail, &click, &ids)?;
            if changes.is_empty() {
                self.reach = AnswerReach::Whole;
            }
        }
        for change in changes {
            self.history.add(&row, change)?;
        }
        Ok((ids, !changes.is_empty()))
    }
}

fn out_of_step() -> StoreError {
    StoreError::Damaged("a merge lost count of its rows".to_owned())
}
