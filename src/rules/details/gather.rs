//! The clicks of an alert, gathered into what there is to say of it.

use std::collections::{BTreeMap, BTreeSet};

use super::affected::{AffectedUrl, AffectedUser, AlertDetails};
use crate::click::past_warning::Warning;
use crate::click::tally::{ClickOutcome, Tally};
use crate::clock::{Span, Tick};
use crate::condition::Variable;
use crate::config::Rule;
use crate::rules::click_kind::ClickKind;
use crate::rules::correlation::{Correlations, CorrelationsNeeded};
use crate::rules::event::ClickEvent;
use crate::rules::reader::ClickReader;
use crate::rules::sliding::items;
use crate::rules::window::{Move, Uses, Window};
use crate::store::StoreError;

/// Clicks under way into details.
pub(super) struct Gathering {
    tally: Tally,
    first: Option<Tick>,
    last: Option<Tick>,
    /// By id.
    people: BTreeMap<u32, AffectedUser>,
    urls: BTreeMap<u32, AffectedUrl>,
    /// Ids of words.
    workloads: BTreeSet<u32>,
    threats: BTreeSet<u32>,
    window: Window,
    /// Whether it was let through, and the click.
    key: Option<(bool, ClickEvent)>,
}

impl Gathering {
    /// The details of the clicks of `window`, of which some more are among `events`, oldest first.
    pub(super) fn of(
        reader: &mut ClickReader<'_, '_>,
        window: Span,
        rule: Option<&Rule>,
        events: &[ClickEvent],
    ) -> Result<AlertDetails, StoreError> {
        let uses = Uses::of(rule.map(|rule| &rule.when));
        let before = uses.has(Variable::AllowedBeforeBlocked);
        let needed = CorrelationsNeeded { past: true, before };
        let correlations = Correlations::of(reader, events, needed)?;
        let mut gathering = Self::new(uses);
        for (place, event) in events.iter().enumerate().filter(|(_, e)| window.contains(e.tick)) {
            if let Some(click_kind) = reader.kinds.click_kind(event.kind) {
                gathering.add(place, event, click_kind, &correlations);
            }
        }
        gathering.details(reader, window)
    }

    fn new(uses: Uses) -> Self {
        Self {
            tally: Tally::default(),
            first: None,
            last: None,
            people: BTreeMap::new(),
            urls: BTreeMap::new(),
            workloads: BTreeSet::new(),
            threats: BTreeSet::new(),
            window: Window::new(uses),
            key: None,
        }
    }

    fn add(
        &mut self,
        place: usize,
        event: &ClickEvent,
        click_kind: &ClickKind,
        correlations: &Correlations,
    ) {
        let person = self.people.entry(event.person).or_default();
        let url = self.urls.entry(event.url).or_default();
        for tally in [&mut self.tally, &mut person.tally, &mut url.tally] {
            tally.count(ClickOutcome {
                action: click_kind.action,
                is_clicked_through: Some(click_kind.is_through),
            });
        }
        if click_kind.is_through {
            match correlations.past.get(&place) {
                Some(Warning::Scan) => person.past_scan += 1,
                _ => person.past_block += 1,
            }
        }
        person.threats_allowed += u32::from(click_kind.is_allowed_threat());
        person.last = event.tick;
        url.is_threat |= click_kind.is_threat;
        (self.first, self.last) = (self.first.or(Some(event.tick)), Some(event.tick));
        self.workloads.insert(click_kind.workload);
        self.threats.insert(click_kind.threat);
        self.window.slide(Move::In, place, event, click_kind, correlations);
        let through = click_kind.is_let_through();
        if self.key.as_ref().is_none_or(|(best, _)| through >= *best) {
            self.key = Some((through, *event));
        }
    }

    fn details(
        self,
        reader: &ClickReader<'_, '_>,
        window: Span,
    ) -> Result<AlertDetails, StoreError> {
        let (first, last) = (self.first.unwrap_or(window.from), self.last.unwrap_or(window.until));
        Ok(AlertDetails {
            tally: self.tally,
            first,
            last,
            people: named(reader, self.people)?,
            urls: addressed(reader, self.urls)?,
            workloads: items(reader.snapshot, self.workloads.into_iter())?,
            threats: items(reader.snapshot, self.threats.into_iter())?,
            numbers: self.window.numbers(first, last),
            key: self.key.map(|(_, event)| event),
        })
    }
}

fn named(
    reader: &ClickReader<'_, '_>,
    people: BTreeMap<u32, AffectedUser>,
) -> Result<Vec<AffectedUser>, StoreError> {
    let named = people
        .into_iter()
        .map(|(id, user)| Ok(AffectedUser { name: reader.snapshot.person(id)?, ..user }));
    let mut named = named.collect::<Result<Vec<_>, StoreError>>()?;
    let rank = |one: &AffectedUser| (one.tally.clicked_through == 0, !one.was_let_through());
    named.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));
    Ok(named)
}

fn addressed(
    reader: &ClickReader<'_, '_>,
    urls: BTreeMap<u32, AffectedUrl>,
) -> Result<Vec<AffectedUrl>, StoreError> {
    let urls =
        urls.into_iter().map(|(id, url)| Ok(AffectedUrl { url: reader.snapshot.url(id)?, ..url }));
    let mut urls = urls.collect::<Result<Vec<_>, StoreError>>()?;
    urls.sort_by(|a, b| b.tally.rows.cmp(&a.tally.rows).then_with(|| a.url.cmp(&b.url)));
    Ok(urls)
}
