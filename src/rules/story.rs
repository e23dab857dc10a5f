//! What there is to tell of an alert: its clicks counted, its people, its URLs, and where they led.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::event::Event;
use super::reader::{Reader, merged};
use super::sites::Site;
use super::walk::items;
use super::wanted::Wanted;
use crate::click::Text;
use crate::clock::{Span, Tick};
use crate::store::{Alert, RowState, StoreError};
use crate::tally::{ClickOutcome, Tally};

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Story {
    pub tally: Tally,
    pub first: Tick,
    pub last: Tick,
    /// Those who were let through first, then by name.
    pub people: Vec<Somebody>,
    /// The most clicked first.
    pub urls: Vec<Address>,
    pub workloads: Vec<String>,
    pub threats: Vec<String>,
    /// The last click that was let through; else the last one.
    key: Option<Event>,
}

/// A person of an alert. The empty name is nobody that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Somebody {
    pub name: String,
    pub tally: Tally,
    pub last: Tick,
}

/// A URL of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub url: String,
    pub tally: Tally,
}

/// The ids of what an alert's group is by.
#[derive(Clone, Copy, Debug, Default)]
struct Ids {
    url: Option<u32>,
    site: Option<Site>,
    person: Option<u32>,
    /// Set where a text is in the store no more.
    is_gone: bool,
}

impl Somebody {
    /// Whether something got through to the person.
    pub(super) const fn was_let_through(&self) -> bool {
        self.tally.clicked_through > 0 || self.tally.allowed > 0
    }
}

/// The stories of alerts, in their order.
pub(super) fn stories(
    reader: &mut Reader<'_, '_>,
    alerts: &[&Alert],
) -> Result<Vec<Story>, StoreError> {
    let ids = alerts.iter().map(|alert| Ids::of(reader, alert)).collect::<Result<Vec<_>, _>>()?;
    let mut wanted = Wanted::default();
    for ids in &ids {
        ids.want(&mut wanted);
    }
    let spans = merged(alerts.iter().map(|alert| alert.window).collect());
    let events = reader.read(&spans, &wanted)?;
    let mut stories = Vec::new();
    for (alert, ids) in alerts.iter().zip(ids) {
        let own = events.iter().filter(|event| ids.has(event) && alert.window.contains(event.tick));
        stories.push(story(reader, alert.window, own)?);
    }
    Ok(stories)
}

impl Ids {
    fn of(reader: &mut Reader<'_, '_>, alert: &Alert) -> Result<Self, StoreError> {
        let snapshot = reader.snapshot;
        let mut ids = Self::default();
        if let Some(url) = &alert.group.url {
            ids.url = snapshot.find_url(url)?;
            ids.is_gone |= ids.url.is_none();
        }
        ids.site = alert.group.host.as_deref().map(|host| reader.sites.host(host));
        if let Some(user) = &alert.group.user {
            ids.person = snapshot.find_person(user)?;
            ids.is_gone |= ids.person.is_none();
        }
        Ok(ids)
    }

    fn want(&self, wanted: &mut Wanted) {
        match *self {
            Self { is_gone: true, .. } => {}
            Self { url: Some(url), .. } => wanted.add_url(url),
            Self { site: Some(site), .. } => wanted.add_site(site),
            Self { person: Some(person), .. } => wanted.add_person(person),
            _ => {}
        }
    }

    fn has(&self, event: &Event) -> bool {
        !self.is_gone
            && self.url.is_none_or(|url| url == event.url)
            && self.site.is_none_or(|site| site == event.site)
            && self.person.is_none_or(|person| person == event.person)
    }
}

fn story<'e>(
    reader: &Reader<'_, '_>,
    window: Span,
    events: impl Iterator<Item = &'e Event>,
) -> Result<Story, StoreError> {
    let (mut first, mut last, mut key) = (None, None, None::<(bool, Event)>);
    let mut tally = Tally::default();
    let mut people: BTreeMap<u32, (Tally, Tick)> = BTreeMap::new();
    let mut urls: BTreeMap<u32, Tally> = BTreeMap::new();
    let (mut workloads, mut threats) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let Some(nature) = reader.kinds.nature(event.kind) else { continue };
        let (person, last_of) = people.entry(event.person).or_default();
        let url = urls.entry(event.url).or_default();
        for tally in [&mut tally, person, url] {
            tally.count(ClickOutcome {
                action: nature.action,
                is_clicked_through: Some(nature.is_through),
            });
        }
        *last_of = event.tick;
        (first, last) = (first.or(Some(event.tick)), Some(event.tick));
        workloads.insert(nature.workload);
        threats.insert(nature.threat);
        let through = nature.is_let_through();
        if key.as_ref().is_none_or(|(best, _)| through >= *best) {
            key = Some((through, *event));
        }
    }
    Ok(Story {
        tally,
        first: first.unwrap_or(window.from),
        last: last.unwrap_or(window.until),
        people: named(reader, people)?,
        urls: addressed(reader, urls)?,
        workloads: items(reader.snapshot, workloads.into_iter())?,
        threats: items(reader.snapshot, threats.into_iter())?,
        key: key.map(|(_, event)| event),
    })
}

fn named(
    reader: &Reader<'_, '_>,
    people: BTreeMap<u32, (Tally, Tick)>,
) -> Result<Vec<Somebody>, StoreError> {
    let named = people
        .into_iter()
        .map(|(id, (tally, last))| Ok(Somebody { name: reader.snapshot.person(id)?, tally, last }));
    let mut named = named.collect::<Result<Vec<_>, StoreError>>()?;
    let rank = |one: &Somebody| (one.tally.clicked_through == 0, !one.was_let_through());
    named.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));
    Ok(named)
}

fn addressed(
    reader: &Reader<'_, '_>,
    urls: BTreeMap<u32, Tally>,
) -> Result<Vec<Address>, StoreError> {
    let urls =
        urls.into_iter().map(|(id, tally)| Ok(Address { url: reader.snapshot.url(id)?, tally }));
    let mut urls = urls.collect::<Result<Vec<_>, StoreError>>()?;
    urls.sort_by(|a, b| b.tally.rows.cmp(&a.tally.rows).then_with(|| a.url.cmp(&b.url)));
    Ok(urls)
}

/// Where the link led: the URLs of the `UrlChain` of the click that tells most, the first one first.
pub(super) fn chain(reader: &Reader<'_, '_>, story: &Story) -> Result<Vec<String>, StoreError> {
    let Some(event) = story.key else { return Ok(Vec::new()) };
    let url = reader.snapshot.url(event.url)?;
    let mut chain = Vec::new();
    let span = Span::new(event.tick, event.tick.plus(1));
    reader.snapshot.rows(reader.tenant, span, |row| {
        if row.state != RowState::Live || row.click.text(Text::Url) != url {
            return ControlFlow::Continue(());
        }
        chain = serde_json::from_str(row.click.text(Text::UrlChain)).unwrap_or_default();
        ControlFlow::Break(())
    })?;
    Ok(chain)
}
