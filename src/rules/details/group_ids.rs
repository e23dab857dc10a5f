//! What an alert's group is by, as numbers, and which clicks belong to it.

use crate::rules::event::ClickEvent;
use crate::rules::reader::ClickReader;
use crate::rules::scan_filter::ScanFilter;
use crate::rules::sites::Site;
use crate::store::{Alert, StoreError};

/// The ids of what an alert's group is by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GroupIds {
    url: Option<u32>,
    site: Option<Site>,
    person: Option<u32>,
    /// Set where a text is in the store no more.
    is_gone: bool,
}

impl GroupIds {
    pub(super) fn of(reader: &mut ClickReader<'_, '_>, alert: &Alert) -> Result<Self, StoreError> {
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

    pub(super) fn want(&self, filter: &mut ScanFilter) {
        match *self {
            Self { is_gone: true, .. } => {}
            Self { url: Some(url), .. } => filter.add_url(url),
            Self { site: Some(site), .. } => filter.add_site(site),
            Self { person: Some(person), .. } => filter.add_person(person),
            _ => {}
        }
    }

    pub(super) fn has(&self, event: &ClickEvent) -> bool {
        !self.is_gone
            && self.url.is_none_or(|url| url == event.url)
            && self.site.is_none_or(|site| site == event.site)
            && self.person.is_none_or(|person| person == event.person)
    }
}
