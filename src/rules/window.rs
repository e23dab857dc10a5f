//! A window that slides over the clicks of a group: what a rule's variables come to in it.

use super::click_kind::ClickKind;
use super::correlation::Correlations;
use super::event::ClickEvent;
use super::scan_filter::ByNumber;
use crate::click::past_warning::Warning;
use crate::clock::{MINUTE, Tick};
use crate::condition::{Condition, Variable};

/// Which variables are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses(u32);

impl Uses {
    pub(super) fn of<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Self {
        let all = conditions.into_iter().flat_map(Condition::variables);
        Self(all.fold(0, |bits, variable| bits | 1 << variable as u32))
    }

    pub(super) const fn has(self, variable: Variable) -> bool {
        self.0 >> variable as u32 & 1 == 1
    }

    pub(super) fn any(self, variables: &[Variable]) -> bool {
        variables.iter().any(|variable| self.has(*variable))
    }
}

/// Numbers with how often each is there.
#[derive(Clone, Debug, Default)]
struct Bag(ByNumber<u32, u32>);

impl Bag {
    fn add(&mut self, number: u32) {
        *self.0.entry(number).or_default() += 1;
    }

    fn remove(&mut self, number: u32) {
        if let Some(count) = self.0.get_mut(&number) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&number);
            }
        }
    }

    fn distinct(&self) -> i64 {
        self.0.len() as i64
    }
}

/// The clicks from one place to another, counted.
#[derive(Clone, Debug)]
pub(super) struct Window {
    uses: Uses,
    counts: [i64; Variable::NUMBERS],
    clickers: Bag,
    affected: Bag,
    before: Bag,
    threat_urls: Bag,
    workloads: Bag,
    threats: Bag,
    /// Moves when a list of texts may have changed.
    texts: u64,
}

/// Whether clicks come in or go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    In,
    Out,
}

impl Window {
    /// Empty.
    pub(super) fn new(uses: Uses) -> Self {
        Self {
            uses,
            counts: [0; Variable::NUMBERS],
            clickers: Bag::default(),
            affected: Bag::default(),
            before: Bag::default(),
            threat_urls: Bag::default(),
            workloads: Bag::default(),
            threats: Bag::default(),
            texts: 0,
        }
    }

    /// Takes a click, which stands at `place` in its group, in or out.
    pub(super) fn slide(
        &mut self,
        to: Move,
        place: usize,
        event: &ClickEvent,
        click_kind: &ClickKind,
        correlations: &Correlations,
    ) {
        self.count(to, click_kind);
        if click_kind.is_through {
            let past = match correlations.past.get(&place) {
                Some(Warning::Scan) => Variable::ScanBypassed,
                _ => Variable::ClickedPastBlock,
            };
            self.step(to, past);
        }
        self.people(to, event, click_kind);
        if self.uses.has(Variable::AllowedBeforeBlocked) {
            for person in correlations.before.get(&place).into_iter().flatten() {
                shift(&mut self.before, to, *person);
            }
        }
        if self.uses.any(&[Variable::Workloads, Variable::ThreatTypes]) {
            shift(&mut self.workloads, to, click_kind.workload);
            shift(&mut self.threats, to, click_kind.threat);
            self.texts += 1;
        }
    }

    fn count(&mut self, to: Move, click_kind: &ClickKind) {
        let action = click_kind.action;
        for (is_so, variable) in [
            (action.blocked, Variable::Blocked),
            (action.allowed, Variable::Allowed),
            (action.pending_verdict, Variable::PendingVerdict),
            (action.error, Variable::Error),
            (click_kind.is_through, Variable::ClickedThrough),
            (action.blocked_by_tenant_policy, Variable::BlockedByTenantPolicy),
            (action.is_other(), Variable::Other),
            (click_kind.is_allowed_threat(), Variable::AllowedWithThreat),
        ] {
            if is_so {
                self.step(to, variable);
            }
        }
    }

    fn people(&mut self, to: Move, event: &ClickEvent, click_kind: &ClickKind) {
        if event.person != 0 {
            if self.uses.has(Variable::Clickers) {
                shift(&mut self.clickers, to, event.person);
            }
            if click_kind.affects() && self.uses.has(Variable::AffectedUsers) {
                shift(&mut self.affected, to, event.person);
            }
        }
        if click_kind.is_threat && self.uses.has(Variable::ThreatUrls) {
            shift(&mut self.threat_urls, to, event.url);
        }
    }

    fn step(&mut self, to: Move, variable: Variable) {
        if let Some(count) = self.counts.get_mut(variable as usize) {
            *count += if to == Move::In { 1 } else { -1 };
        }
    }

    /// The numbers, from the first click of the window to the last; those of the whole store are 0.
    pub(super) fn numbers(&self, first: Tick, last: Tick) -> [i64; Variable::NUMBERS] {
        let mut numbers = self.counts;
        for (variable, number) in [
            (Variable::Clickers, self.clickers.distinct()),
            (Variable::AffectedUsers, self.affected.distinct()),
            (Variable::AllowedBeforeBlocked, self.before.distinct()),
            (Variable::ThreatUrls, self.threat_urls.distinct()),
            (Variable::MinutesSpan, last.since(first).max(0) / MINUTE),
        ] {
            numbers.get_mut(variable as usize).into_iter().for_each(|slot| *slot = number);
        }
        numbers
    }

    /// Moves when the lists of texts may have changed.
    pub(super) const fn texts_version(&self) -> u64 {
        self.texts
    }

    /// Ids of the words of the workloads and the threats in it.
    pub(super) fn words(&self) -> (impl Iterator<Item = u32>, impl Iterator<Item = u32>) {
        (self.workloads.0.keys().copied(), self.threats.0.keys().copied())
    }
}

fn shift(bag: &mut Bag, to: Move, number: u32) {
    match to {
        Move::In => bag.add(number),
        Move::Out => bag.remove(number),
    }
}
