//! Walking a rule over a group's clicks: at which of some points in time its condition holds.

use std::collections::BTreeSet;

use super::all_time::AllTime;
use super::click_kind::ClickKinds;
use super::correlation::{Correlations, CorrelationsNeeded};
use super::event::ClickEvent;
use super::reader::ClickReader;
use super::window::{Move, Uses, Window};
use crate::clock::{DAY, Span, Tick, ticks_of};
use crate::condition::{Condition, Evaluation, Values, Variable};
use crate::config::Rule;
use crate::store::{GroupName, Snapshot, StoreError};

/// A group to be looked at by a rule.
#[derive(Clone, Debug)]
pub(super) struct Subject<'r> {
    pub rule: &'r Rule,
    pub name: GroupName,
    /// The host of its URL, if it is by one.
    pub host: String,
    /// What is known of it over the whole store.
    pub all_time: Option<AllTime>,
}

/// Where a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TruePoints {
    /// At these points, in order.
    At(Vec<Tick>),
    /// That hangs on the whole store.
    NeedsAllTime,
}

impl Subject<'_> {
    /// The window that ends with the clicks of a tick.
    pub(super) fn window(&self, point: Tick) -> Span {
        Span::new(point.plus(1 - ticks_of(self.rule.over)), point.plus(1))
    }
}

/// At which of `points`, which come in order, `condition` holds for a group that has `events`.
pub(super) fn points_where_true(
    reader: &mut ClickReader<'_, '_>,
    subject: &Subject<'_>,
    condition: &Condition,
    events: &[ClickEvent],
    points: &[Tick],
) -> Result<TruePoints, StoreError> {
    Ok(points_and_failure(reader, subject, condition, events, points)?.0)
}

/// The same, and whether there is a point at which it cannot be evaluated.
pub(super) fn points_and_failure(
    reader: &mut ClickReader<'_, '_>,
    subject: &Subject<'_>,
    condition: &Condition,
    events: &[ClickEvent],
    points: &[Tick],
) -> Result<(TruePoints, bool), StoreError> {
    let uses = Uses::of([condition]);
    let correlations = Correlations::of(reader, events, asked(uses))?;
    let mut sliding = SlidingRule::new(subject, condition, uses, events, &correlations);
    let (mut held, mut failed) = (Vec::new(), false);
    for point in points {
        sliding.advance(&reader.kinds, *point);
        match sliding.answer(reader.snapshot, *point)? {
            Evaluation::Holds => held.push(*point),
            Evaluation::DoesNot => {}
            Evaluation::Fails => failed = true,
            Evaluation::Unknown => return Ok((TruePoints::NeedsAllTime, failed)),
        }
    }
    Ok((TruePoints::At(held), failed))
}

/// At which of `points` what the condition asks for is not the same of `events` and of the `old` ones
/// among them.
pub(super) fn points_that_differ(
    reader: &mut ClickReader<'_, '_>,
    subject: &Subject<'_>,
    condition: &Condition,
    (events, old): (&[ClickEvent], &[ClickEvent]),
    points: &[Tick],
) -> Result<Vec<Tick>, StoreError> {
    let uses = Uses::of([condition]);
    let correlations = [
        Correlations::of(reader, events, asked(uses))?,
        Correlations::of(reader, old, asked(uses))?,
    ];
    let [with_correlations, without_correlations] = &correlations;
    let mut with = SlidingRule::new(subject, condition, uses, events, with_correlations);
    let mut without = SlidingRule::new(subject, condition, uses, old, without_correlations);
    let mut points_that_differ = Vec::new();
    for point in points {
        with.advance(&reader.kinds, *point);
        without.advance(&reader.kinds, *point);
        if with.asked_for(reader.snapshot, *point)? != without.asked_for(reader.snapshot, *point)? {
            points_that_differ.push(*point);
        }
    }
    Ok(points_that_differ)
}

/// The correlations that it takes to tell what is used.
fn asked(uses: Uses) -> CorrelationsNeeded {
    CorrelationsNeeded {
        past: uses.any(&[Variable::ScanBypassed, Variable::ClickedPastBlock]),
        before: uses.has(Variable::AllowedBeforeBlocked),
    }
}

/// The numbers that a condition asks for, and the lists of texts.
type AskedFor = ([Option<i64>; Variable::NUMBERS], Vec<String>, Vec<String>);

/// A window on its way.
struct SlidingRule<'a> {
    subject: &'a Subject<'a>,
    condition: &'a Condition,
    events: &'a [ClickEvent],
    correlations: &'a Correlations,
    uses: Uses,
    window: Window,
    /// The places of the first click that is in, and of the first that is not in yet.
    first: usize,
    next: usize,
    texts: WindowTexts,
    /// What was asked last, and the answer: most clicks change nothing that a rule looks at.
    known: Option<([Option<i64>; Variable::NUMBERS], u64, Evaluation)>,
}

/// The lists of texts of a window.
#[derive(Debug, Default)]
struct WindowTexts {
    version: u64,
    workloads: Vec<String>,
    threats: Vec<String>,
}

impl<'a> SlidingRule<'a> {
    fn new(
        subject: &'a Subject<'a>,
        condition: &'a Condition,
        uses: Uses,
        events: &'a [ClickEvent],
        correlations: &'a Correlations,
    ) -> Self {
        let (window, texts) = (Window::new(uses), WindowTexts::default());
        Self {
            subject,
            condition,
            events,
            correlations,
            uses,
            window,
            first: 0,
            next: 0,
            texts,
            known: None,
        }
    }

    /// Slides to the window that ends with the clicks of `point`.
    fn advance(&mut self, kinds: &ClickKinds, point: Tick) {
        let from = self.subject.window(point).from;
        while let Some(event) = self.events.get(self.next).filter(|event| event.tick <= point) {
            self.slide(Move::In, self.next, event, kinds);
            self.next += 1;
        }
        while let Some(event) = self.events.get(self.first).filter(|event| event.tick < from)
            && self.first < self.next
        {
            self.slide(Move::Out, self.first, event, kinds);
            self.first += 1;
        }
    }

    fn slide(&mut self, to: Move, place: usize, event: &ClickEvent, kinds: &ClickKinds) {
        if let Some(click_kind) = kinds.click_kind(event.kind) {
            self.window.slide(to, place, event, click_kind, self.correlations);
        }
    }

    fn answer(&mut self, snapshot: &Snapshot<'_>, point: Tick) -> Result<Evaluation, StoreError> {
        let numbers = self.numbers(point);
        let version = self.window.texts_version();
        if let Some((known, of, answer)) = &self.known
            && (*known, *of) == (numbers, version)
        {
            return Ok(*answer);
        }
        if self.uses.any(&[Variable::Workloads, Variable::ThreatTypes])
            && self.texts.version != version
        {
            self.texts = texts(snapshot, &self.window, version)?;
        }
        let name = &self.subject.name;
        let answer = self.condition.evaluate(&Values {
            numbers,
            url: name.url.as_deref().unwrap_or_default(),
            host: name.host.as_deref().unwrap_or(&self.subject.host),
            user: name.user.as_deref().unwrap_or_default(),
            workloads: &self.texts.workloads,
            threat_types: &self.texts.threats,
        });
        self.known = Some((numbers, version, answer));
        Ok(answer)
    }

    fn asked_for(&self, snapshot: &Snapshot<'_>, point: Tick) -> Result<AskedFor, StoreError> {
        let mut numbers = self.numbers(point);
        for (variable, number) in Variable::ALL.into_iter().zip(&mut numbers) {
            *number = number.filter(|_| self.uses.has(variable));
        }
        let WindowTexts { workloads, threats, .. } = texts(snapshot, &self.window, 0)?;
        Ok((numbers, workloads, threats))
    }

    fn numbers(&self, point: Tick) -> [Option<i64>; Variable::NUMBERS] {
        let at = |place: usize| self.events.get(place).map_or(point, |event| event.tick);
        let last = if self.next > self.first { at(self.next - 1) } else { point };
        let first = if self.next > self.first { at(self.first) } else { point };
        let mut numbers = self.window.numbers(first, last).map(Some);
        let all_time = self.subject.all_time;
        let age = all_time.map(|all_time| point.since(all_time.first).max(0) / DAY);
        for (variable, number) in [
            (Variable::AgeDays, age),
            (Variable::UsersEver, all_time.map(|all_time| i64::from(all_time.people))),
        ] {
            numbers.get_mut(variable as usize).into_iter().for_each(|slot| *slot = number);
        }
        numbers
    }
}

/// The texts of a window, split at commas as the summary does it.
fn texts(
    snapshot: &Snapshot<'_>,
    window: &Window,
    version: u64,
) -> Result<WindowTexts, StoreError> {
    let (workloads, threats) = window.words();
    let (workloads, threats) = (items(snapshot, workloads)?, items(snapshot, threats)?);
    Ok(WindowTexts { version, workloads, threats })
}

/// The items of lists, sorted, each once.
pub(super) fn items(
    snapshot: &Snapshot<'_>,
    words: impl Iterator<Item = u32>,
) -> Result<Vec<String>, StoreError> {
    let mut items = BTreeSet::new();
    for word in words {
        let text = snapshot.word(word)?;
        let found = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.extend(found.map(str::to_owned));
    }
    Ok(items.into_iter().collect())
}
