//! What there is to tell of an alert: its clicks counted, its people, its URLs, and where they led.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::event::ClickEvent;
use super::reader::{ClickReader, merged};
use super::scan_filter::ScanFilter;
use super::sites::Site;
use super::sliding::items;
use crate::click::Text;
use crate::click::tally::{ClickOutcome, Tally};
use crate::clock::{Span, Tick};
use crate::store::{Alert, RowState, StoreError};

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AlertDetails {
    pub tally: Tally,
    pub first: Tick,
    pub last: Tick,
    /// Those who were let through first, then by name.
    pub people: Vec<AffectedUser>,
    /// The most clicked first.
    pub urls: Vec<AffectedUrl>,
    pub workloads: Vec<String>,
    pub threats: Vec<String>,
    /// The last click that was let through; else the last one.
    key: Option<ClickEvent>,
}

/// A person of an alert. The empty name is nobody that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AffectedUser {
    pub name: String,
    pub tally: Tally,
    pub last: Tick,
}

/// A URL of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AffectedUrl {
    pub url: String,
    pub tally: Tally,
}

/// The ids of what an alert's group is by.
#[derive(Clone, Copy, Debug, Default)]
struct GroupIds {
    url: Option<u32>,
    site: Option<Site>,
    person: Option<u32>,
    /// Set where a text is in the store no more.
    is_gone: bool,
}

impl AffectedUser {
    /// Whether something got through to the person.
    pub(super) const fn was_let_through(&self) -> bool {
        self.tally.clicked_through > 0 || self.tally.allowed > 0
    }
}

/// The details of alerts, in their order.
pub(super) fn all_details(
    reader: &mut ClickReader<'_, '_>,
    alerts: &[&Alert],
) -> Result<Vec<AlertDetails>, StoreError> {
    let ids =
        alerts.iter().map(|alert| GroupIds::of(reader, alert)).collect::<Result<Vec<_>, _>>()?;
    let mut filter = ScanFilter::default();
    for ids in &ids {
        ids.want(&mut filter);
    }
    let spans = merged(alerts.iter().map(|alert| alert.window).collect());
    let events = reader.read(&spans, &filter)?;
    let mut all_details = Vec::new();
    for (alert, ids) in alerts.iter().zip(ids) {
        let own = events.iter().filter(|event| ids.has(event) && alert.window.contains(event.tick));
        all_details.push(details(reader, alert.window, own)?);
    }
    Ok(all_details)
}

impl GroupIds {
    fn of(reader: &mut ClickReader<'_, '_>, alert: &Alert) -> Result<Self, StoreError> {
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

    fn want(&self, filter: &mut ScanFilter) {
        match *self {
            Self { is_gone: true, .. } => {}
            Self { url: Some(url), .. } => filter.add_url(url),
            Self { site: Some(site), .. } => filter.add_site(site),
            Self { person: Some(person), .. } => filter.add_person(person),
            _ => {}
        }
    }

    fn has(&self, event: &ClickEvent) -> bool {
        !self.is_gone
            && self.url.is_none_or(|url| url == event.url)
            && self.site.is_none_or(|site| site == event.site)
            && self.person.is_none_or(|person| person == event.person)
    }
}

fn details<'e>(
    reader: &ClickReader<'_, '_>,
    window: Span,
    events: impl Iterator<Item = &'e ClickEvent>,
) -> Result<AlertDetails, StoreError> {
    let (mut first, mut last, mut key) = (None, None, None::<(bool, ClickEvent)>);
    let mut tally = Tally::default();
    let mut people: BTreeMap<u32, (Tally, Tick)> = BTreeMap::new();
    let mut urls: BTreeMap<u32, Tally> = BTreeMap::new();
    let (mut workloads, mut threats) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let Some(click_kind) = reader.kinds.click_kind(event.kind) else { continue };
        let (person, last_of) = people.entry(event.person).or_default();
        let url = urls.entry(event.url).or_default();
        for tally in [&mut tally, person, url] {
            tally.count(ClickOutcome {
                action: click_kind.action,
                is_clicked_through: Some(click_kind.is_through),
            });
        }
        *last_of = event.tick;
        (first, last) = (first.or(Some(event.tick)), Some(event.tick));
        workloads.insert(click_kind.workload);
        threats.insert(click_kind.threat);
        let through = click_kind.is_let_through();
        if key.as_ref().is_none_or(|(best, _)| through >= *best) {
            key = Some((through, *event));
        }
    }
    Ok(AlertDetails {
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
    reader: &ClickReader<'_, '_>,
    people: BTreeMap<u32, (Tally, Tick)>,
) -> Result<Vec<AffectedUser>, StoreError> {
    let named = people.into_iter().map(|(id, (tally, last))| {
        Ok(AffectedUser { name: reader.snapshot.person(id)?, tally, last })
    });
    let mut named = named.collect::<Result<Vec<_>, StoreError>>()?;
    let rank = |one: &AffectedUser| (one.tally.clicked_through == 0, !one.was_let_through());
    named.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));
    Ok(named)
}

fn addressed(
    reader: &ClickReader<'_, '_>,
    urls: BTreeMap<u32, Tally>,
) -> Result<Vec<AffectedUrl>, StoreError> {
    let urls = urls
        .into_iter()
        .map(|(id, tally)| Ok(AffectedUrl { url: reader.snapshot.url(id)?, tally }));
    let mut urls = urls.collect::<Result<Vec<_>, StoreError>>()?;
    urls.sort_by(|a, b| b.tally.rows.cmp(&a.tally.rows).then_with(|| a.url.cmp(&b.url)));
    Ok(urls)
}

/// Where the link led: the URLs of the `UrlChain` of the click that tells most, the first one first.
pub(super) fn chain(
    reader: &ClickReader<'_, '_>,
    details: &AlertDetails,
) -> Result<Vec<String>, StoreError> {
    let Some(event) = details.key else { return Ok(Vec::new()) };
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
