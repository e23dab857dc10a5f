//! What a click means among the others of its group: whether a click-through went past a scan or a
//! block, and who had been let through before a block.

use std::collections::BTreeSet;

use super::event::ClickEvent;
use super::reader::ClickReader;
use super::scan_filter::ByNumber;
use crate::click::past_warning::{self, Warning};
use crate::clock::{HOUR, Tick};
use crate::store::StoreError;

/// How long before a block somebody who was let through counts.
pub(super) const LET_THROUGH_LOOKBACK: i64 = 48 * HOUR;

/// What is known of the clicks of a group besides their kinds, by place.
#[derive(Debug, Default)]
pub(super) struct Correlations {
    /// Of click-throughs.
    pub past: ByNumber<usize, Warning>,
    /// Of the first block of a URL in 48 hours: who was let through to it in those.
    pub before: ByNumber<usize, Vec<u32>>,
}

/// Which correlations are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CorrelationsNeeded {
    pub past: bool,
    pub before: bool,
}

impl Correlations {
    /// Of a whole group, oldest first.
    pub(super) fn of(
        reader: &mut ClickReader<'_, '_>,
        events: &[ClickEvent],
        asked: CorrelationsNeeded,
    ) -> Result<Self, StoreError> {
        let mut correlations = Self::default();
        if asked.past {
            correlations.find_past(reader, events)?;
        }
        if asked.before {
            correlations.find_before(reader, events);
        }
        Ok(correlations)
    }

    fn find_past(
        &mut self,
        reader: &mut ClickReader<'_, '_>,
        events: &[ClickEvent],
    ) -> Result<(), StoreError> {
        for (place, event) in events.iter().enumerate() {
            if reader.kinds.click_kind(event.kind).is_some_and(|click_kind| click_kind.is_through) {
                let past = past(reader, events, place, event)?;
                self.past.insert(place, past);
            }
        }
        Ok(())
    }

    fn find_before(&mut self, reader: &ClickReader<'_, '_>, events: &[ClickEvent]) {
        let mut by_url: ByNumber<u32, Trail> = ByNumber::default();
        for (place, event) in events.iter().enumerate() {
            let Some(click_kind) = reader.kinds.click_kind(event.kind) else { continue };
            let trail = by_url.entry(event.url).or_default();
            if click_kind.action.blocked {
                let people = trail.people_before_first_block(event.tick);
                self.before.extend(people.map(|people| (place, people)));
                trail.note_block(event.tick);
            }
            if click_kind.is_let_through() && event.person != 0 {
                trail.let_through.push((event.tick, event.person));
            }
        }
    }
}

/// What happened on one URL so far.
#[derive(Debug, Default)]
struct Trail {
    /// The ticks of the last block, and of the last one before that tick.
    last_block: Option<Tick>,
    earlier_block: Option<Tick>,
    let_through: Vec<(Tick, u32)>,
}

impl Trail {
    fn note_block(&mut self, at: Tick) {
        if self.last_block != Some(at) {
            self.earlier_block = self.last_block.replace(at);
        }
    }

    /// Who was let through in the 48 hours before a block, if there was no block in those.
    fn people_before_first_block(&self, at: Tick) -> Option<Vec<u32>> {
        let from = at.plus(-LET_THROUGH_LOOKBACK);
        let last = if self.last_block == Some(at) { self.earlier_block } else { self.last_block };
        if last.is_some_and(|last| last >= from) {
            return None;
        }
        let recent = self.let_through.iter().rev().take_while(|(tick, _)| *tick >= from);
        let earlier = recent.filter(|(tick, _)| *tick < at).map(|(_, person)| *person);
        let people: BTreeSet<u32> = earlier.collect();
        Some(people.into_iter().collect()).filter(|people: &Vec<u32>| !people.is_empty())
    }
}

/// What a click-through went past, as its `ReportId` tells it exactly.
fn past(
    reader: &mut ClickReader<'_, '_>,
    events: &[ClickEvent],
    place: usize,
    event: &ClickEvent,
) -> Result<Warning, StoreError> {
    let mut shown = Vec::new();
    for other in near(events, place) {
        let warning = reader.kinds.click_kind(other.kind).and_then(|kind| Warning::of(kind.action));
        if (other.url, other.person) == (event.url, event.person) {
            shown.extend(warning.map(|warning| (other, warning)));
        }
    }
    // Rows are read only where something was shown.
    let report = if shown.is_empty() { String::new() } else { report_of(reader, event)? };
    let shown = shown.into_iter().map(|(other, warning)| Ok((report_of(reader, other)?, warning)));
    past_warning::by_report(&report, shown)
}

/// The clicks within an hour of the one at `place`, itself among them.
fn near(events: &[ClickEvent], place: usize) -> impl Iterator<Item = &ClickEvent> {
    let (before, from) = events.split_at_checked(place).unwrap_or_default();
    let at = from.first().map_or(Tick(0), |event| event.tick);
    let is_near = move |event: &&ClickEvent| past_warning::is_near(event.tick, at);
    before.iter().rev().take_while(is_near).chain(from.iter().take_while(is_near))
}

fn report_of(reader: &mut ClickReader<'_, '_>, event: &ClickEvent) -> Result<String, StoreError> {
    let live = reader.live_at(event.tick)?;
    Ok(live.get(event.nth as usize).map(|row| row.report.clone()).unwrap_or_default())
}
