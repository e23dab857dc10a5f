//! The clicks behind a summary, newest first. They are read a bounded number at a time, so that
//! whoever reads our output slowly holds up no writer.

use std::ops::ControlFlow;

use serde::Serialize;

use super::click_row::ClickRow;
use super::past_block::PastBlocks;
use super::rows_error::RowsError;
use super::timestamp::as_text;
use crate::click::Clicks;
use crate::click::selection::Exclusion;
use crate::clock::{HOUR, Span, Tick};
use crate::store::{
    ClickFilter, NamedTenant, RowState, Snapshot, Store, StoreError, StoredClick, TenantKey,
};

/// What to read.
pub struct ClickReader<'s> {
    /// Where they are.
    pub store: &'s Store,
    /// Which of them.
    pub filter: ClickFilter,
    /// Which of those that went on.
    pub past: Past,
    /// The tenants of the filter with their names.
    pub tenants: Vec<NamedTenant>,
    /// What is left out.
    pub exclusions: Vec<Exclusion>,
    /// The most clicks.
    pub limit: Option<usize>,
}

/// What a click went on past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Anything, or nothing.
    Any,
    /// A block, as rules count `clicked_past_block`.
    Block,
}

/// The object but for its rows, which are [`ClickRow`]s.
#[derive(Serialize)]
pub struct ClicksHead {
    #[serde(serialize_with = "as_text")]
    from: Tick,
    #[serde(serialize_with = "as_text")]
    until: Tick,
}

impl From<Span> for ClicksHead {
    fn from(Span { from, until }: Span) -> Self {
        Self { from, until }
    }
}

/// After so many clicks a stretch ends, once all of the last one's tick are in it.
const MANY: usize = 10_000;
/// The same of bytes of text, however few clicks have them.
const MUCH: usize = 4 << 20;
/// The longest stretch.
const MOST_HOURS: i64 = 24 * 32;

/// The clicks of a stretch of time, out of the store.
#[derive(Default)]
struct ClickBatch {
    /// Where it begins.
    from: Tick,
    clicks: Clicks,
    rest: Vec<(TenantKey, Tick, RowState)>,
    /// How many were left out.
    excluded: u64,
}

/// What is not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unshown {
    /// Whether there are older ones, beyond the limit.
    pub more: bool,
    /// How many of those that were looked at are left out by exclusions.
    pub excluded: u64,
}

impl ClickReader<'_> {
    /// Shows `visit` the clicks, newest first. Tells what it does not show.
    ///
    /// Each stretch is one state of the store. A row never changes its time, so none is
    /// shown twice or missed.
    pub fn each<E: From<RowsError>>(
        &self,
        mut visit: impl FnMut(&ClickRow<'_>) -> Result<(), E>,
    ) -> Result<Unshown, E> {
        let mut unshown = Unshown::default();
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut rest = self.held()?;
        let mut hours = 1;
        while !rest.is_empty() {
            let from = rest.until.plus(-1).hour().start().plus(-(hours - 1) * HOUR);
            let span = Span::new(from.max(rest.from), rest.until);
            let some = self.read(span, left)?;
            unshown.excluded += some.excluded;
            for (click, (key, first_stored, state)) in some.clicks.iter().zip(&some.rest) {
                if left == 0 {
                    return Ok(Unshown { more: true, ..unshown });
                }
                left -= 1;
                let tenant = self.name(*key);
                let (first_stored, state) = (*first_stored, *state);
                visit(&ClickRow { click, tenant, first_stored, state, id: None })?;
            }
            rest.until = some.from;
            // Where little is found, a longer stretch saves asking anew.
            let few = some.from == span.from && some.rest.len() < MANY / 2;
            hours = if few { (hours * 2).min(MOST_HOURS) } else { 1 };
        }
        Ok(unshown)
    }

    /// The part of the window in which the store has clicks.
    fn held(&self) -> Result<Span, RowsError> {
        let edges = self.store.read(|snapshot| {
            let size = snapshot.size()?;
            Ok(size.oldest.zip(size.newest))
        })?;
        let Some((oldest, newest)) = edges else { return Ok(Span::new(Tick(0), Tick(0))) };
        Ok(self.filter.span.intersect(Span::new(oldest, newest.plus(1))))
    }

    /// The clicks of `span` or, where they are [`MANY`] or [`MUCH`], of its end; one more than `left`
    /// at most.
    fn read(&self, span: Span, left: usize) -> Result<ClickBatch, RowsError> {
        let filter = ClickFilter { span, ..self.filter.clone() };
        let (mut some, mut fits) = (ClickBatch { from: span.from, ..ClickBatch::default() }, true);
        let (mut last, mut past_blocks, mut failed) = (span.until, PastBlocks::default(), None);
        self.store.read(|snapshot| {
            snapshot.clicks(&filter, |stored| {
                let at = stored.click.timestamp;
                let is_full = some.rest.len() >= MANY || some.clicks.text_bytes() >= MUCH;
                if is_full && at != last {
                    some.from = last;
                    return ControlFlow::Break(());
                }
                last = at;
                match self.went_past(snapshot, &mut past_blocks, &stored) {
                    Ok(true) => {}
                    Ok(false) => return ControlFlow::Continue(()),
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
                if self.excludes(&stored) {
                    some.excluded += 1;
                    return ControlFlow::Continue(());
                }
                fits = some.clicks.push(&stored.click);
                some.rest.push((stored.tenant, stored.first_stored, stored.state));
                if !fits || some.rest.len() > left {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
            failed.take().map_or(Ok(()), Err)
        })?;
        if fits { Ok(some) } else { Err(RowsError::TooMuchText) }
    }

    /// Whether a click went on past what is asked for.
    fn went_past(
        &self,
        snapshot: &Snapshot<'_>,
        past_blocks: &mut PastBlocks,
        stored: &StoredClick<'_>,
    ) -> Result<bool, StoreError> {
        match self.past {
            Past::Any => Ok(true),
            Past::Block => past_blocks.has(snapshot, stored),
        }
    }

    fn excludes(&self, stored: &StoredClick<'_>) -> bool {
        let tenant = self.name(stored.tenant);
        self.exclusions.iter().any(|exclusion| exclusion.excludes(tenant, &stored.click))
    }

    fn name(&self, key: TenantKey) -> &str {
        NamedTenant::name_of(&self.tenants, key).unwrap_or_default()
    }
}
