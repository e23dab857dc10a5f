//! A merge in progress: the steps of a diff, written to rows, history and segments.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::click::{Click, Clicks, Present, Text};
use crate::clock::{Hour, Tick};
use crate::store::model::answer::AnswerToMerge;
use crate::store::model::change::{KnownColumns, Merged};
use crate::store::model::click_ids::ClickIds;
use crate::store::model::diff::{DiffStep, HeldRow};
use crate::store::model::identity::Hasher;
use crate::store::model::prepare::PreparedRow;
use crate::store::model::splice::Splice;
use crate::store::{AnswerReach, Applied, Cause, ClickKey, RowState, StoreError};

use super::change::History;
use super::intern::Interner;
use super::row::{self, NewRow, ROWS_PER_INSERT, RowWriter};
use super::splice;
use super::stored::{self, Stored, TextReader};
use super::touched::TouchRecorder;

/// A merge in progress.
pub(super) struct Merge<'a, 'c> {
    pub(super) conn: &'c Connection,
    pub(super) answer: AnswerToMerge<'a>,
    pub(super) held: &'a [HeldRow],
    pub(super) seen: &'a [PreparedRow],
    pub(super) known: &'a KnownColumns,
    /// The columns that the details of held rows are hashed with.
    pub(super) hashed: Present,
    /// New rows, by place in `seen`, with the held row that each replaces.
    pub(super) replacing: BTreeMap<usize, usize>,
    /// Those held rows.
    pub(super) replaced: BTreeSet<usize>,
    pub(super) hasher: Hasher<'a>,
    pub(super) interner: Interner<'c>,
    pub(super) writer: RowWriter<'c>,
    pub(super) texts: TextReader<'c>,
    /// New rows that are not written yet.
    pub(super) pending: Vec<(NewRow, Click<'a>)>,
    pub(super) history: History<'c>,
    pub(super) touched: TouchRecorder,
    pub(super) applied: Applied,
    /// Whether a row changed of which no change is noted.
    pub(super) reach: AnswerReach,
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
    pub(super) fn find_replacements(&mut self, steps: &[DiffStep]) -> Result<(), StoreError> {
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
    pub(super) fn steps(&mut self, steps: &[DiffStep]) -> Result<(), StoreError> {
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
