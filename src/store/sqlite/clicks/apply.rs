//! Writing an answer: rows, segments and what rules must look at, within one transaction.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::click::{Clicks, Present};
use crate::clock::Tick;
use crate::store::model::answer::AnswerToMerge;
use crate::store::model::diff::{HeldRow, diff};
use crate::store::model::identity::Secret;
use crate::store::sqlite::collection::{hours, lease};
use crate::store::{
    AnswerReach, Applied, Changes, FetchedAnswer, Lease, PreparedClicks, Store, StoreError,
};

use super::answers;
use super::change::{self, History};
use super::intern::{Caches, Interner};
use super::merge::Merge;
use super::row::{self, ROWS_PER_INSERT, RowWriter};
use super::stored::{self, Stored, TextReader};
use super::touched::TouchRecorder;

impl Store {
    /// Hashes and sorts clicks for [`Store::apply`]: work for the processor that holds no lock.
    /// `present` are the columns that the answer had.
    pub fn prepare(&self, clicks: Clicks, present: Present) -> PreparedClicks {
        PreparedClicks::new(clicks, present, &self.inner.secret)
    }

    /// Merges an answer with what is held of its window: rows, segments, what rules must look at,
    /// hours and progress, in one transaction. Clicks outside the window are left out.
    ///
    /// With [`Acceptance::Accept`](crate::sync_state::hour::Acceptance::Accept) the live rows of the window are those of the answer afterwards;
    /// with [`Acceptance::Keep`](crate::sync_state::hour::Acceptance::Keep) rows whose identity is new are added once, nothing is withdrawn.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], and [`StoreError::DiskFull`], also where what is left is kept for
    /// leases and progress.
    pub fn apply(
        &self,
        lease: &Lease,
        answer: &FetchedAnswer<'_>,
        changes: &Changes<'_>,
        now: Tick,
    ) -> Result<Applied, StoreError> {
        self.file().ensure_space()?;
        let applied = self.write(|conn, caches| {
            lease::check(conn, lease)?;
            let tenant = lease.tenant;
            let FetchedAnswer { batch, window, acceptance } = *answer;
            let first_pass = changes.progress.and_then(|progress| progress.first_pass);
            let answer = AnswerToMerge { tenant, batch, window, acceptance, first_pass, now };
            let applied = apply(conn, caches, &self.inner.secret, answer)?;
            hours::write(conn, tenant, changes)?;
            Ok(applied)
        })?;
        self.inner.stored.send_replace(());
        Ok(applied)
    }
}

/// Merges `answer` with what is held of its window.
pub(crate) fn apply(
    conn: &Connection,
    caches: &mut Caches,
    secret: &Secret,
    answer: AnswerToMerge<'_>,
) -> Result<Applied, StoreError> {
    let known = change::known_columns(conn, answer.tenant)?;
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
    if let Some(json) = known.learn(present, &answer.batch.extra_names) {
        change::write_known_columns(conn, answer.tenant, &json)?;
    }
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
