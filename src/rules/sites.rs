//! What a rule by host groups a URL under: its host, or the URL itself where many share the host.

use std::collections::HashMap;

use crate::click::pattern::{HostSet, host_name};
use crate::store::{Snapshot, StoreError};

/// URLs whose ids differ only below this are remembered together.
const SITE_PAGE: usize = 1 << 10;
/// From here on a site is a URL of its own.
const FIRST_OWN_SITE: u32 = 1 << 31;
/// Stands for a URL that was not looked at yet.
const UNKNOWN_SITE: u32 = u32::MAX;

/// A host, or a URL whose host many share or that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Site(u32);

/// The sites of URLs, each URL's text read once: 4 bytes a URL that was ever looked at.
pub(super) struct Sites {
    shared: HostSet,
    pages: Vec<Option<Box<[u32; SITE_PAGE]>>>,
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    /// The ids of the URLs that were looked at, by the number of their host.
    urls: Vec<Vec<u32>>,
}

impl Site {
    /// As a number that no other site has.
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    /// The id of a URL that stands for itself.
    pub(super) const fn url(self) -> Option<u32> {
        if self.0 < FIRST_OWN_SITE { None } else { Some(self.0 - FIRST_OWN_SITE) }
    }
}

impl Sites {
    /// Nothing is known yet but which hosts many share.
    pub(super) fn new(shared: HostSet) -> Self {
        Self {
            shared,
            pages: Vec::new(),
            numbers: HashMap::new(),
            names: Vec::new(),
            urls: Vec::new(),
        }
    }

    /// The hosts that many share.
    pub(super) const fn shared(&self) -> &HostSet {
        &self.shared
    }

    /// Whether the URL with this id was looked at.
    pub(super) fn knows(&self, url: u32) -> bool {
        self.known(url).is_some()
    }

    fn known(&self, url: u32) -> Option<Site> {
        let (page, place) = (url as usize / SITE_PAGE, url as usize % SITE_PAGE);
        let known = self.pages.get(page)?.as_ref()?.get(place)?;
        (*known != UNKNOWN_SITE).then_some(Site(*known))
    }

    /// The site of the URL with this id.
    pub(super) fn of(&mut self, snapshot: &Snapshot<'_>, url: u32) -> Result<Site, StoreError> {
        let (page, place) = (url as usize / SITE_PAGE, url as usize % SITE_PAGE);
        if let Some(known) = self.known(url) {
            return Ok(known);
        }
        // An id that there is not, of a damaged segment, fails here and gets no room.
        let site = self.look(&snapshot.url(url)?, url);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        if let Some(slot) = self.pages.get_mut(page) {
            let page = slot.get_or_insert_with(|| Box::new([UNKNOWN_SITE; SITE_PAGE]));
            page.get_mut(place).into_iter().for_each(|slot| *slot = site.0);
        }
        Ok(site)
    }

    fn look(&mut self, text: &str, url: u32) -> Site {
        let Some(host) = host_name(text).filter(|_| !self.shared.has(text)) else {
            return Site(FIRST_OWN_SITE | url);
        };
        let site = self.host(&host);
        self.urls.get_mut(site.0 as usize).into_iter().for_each(|urls| urls.push(url));
        site
    }

    /// The site of a host.
    pub(super) fn host(&mut self, host: &str) -> Site {
        if let Some(number) = self.numbers.get(host) {
            return Site(*number);
        }
        let number = self.names.len() as u32;
        self.names.push(host.into());
        self.urls.push(Vec::new());
        self.numbers.insert(host.into(), number);
        Site(number)
    }

    /// The ids of the URLs of a host that were looked at.
    pub(super) fn urls_of(&self, site: Site) -> &[u32] {
        self.urls.get(site.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The host's name; `None` for a URL that stands for itself.
    pub(super) fn name(&self, site: Site) -> Option<&str> {
        self.names.get(site.0 as usize).map(AsRef::as_ref)
    }
}
