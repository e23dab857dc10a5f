//! Which clicks are read: those that share a URL, a site or a user with what is looked for.

use super::sites::Site;
use crate::store::segment::Row;

/// Numbers, each in or out.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    bits: Vec<u64>,
}

impl Numbers {
    pub(super) fn add(&mut self, number: u32) {
        let at = number as usize / 64;
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        self.bits.get_mut(at).into_iter().for_each(|bits| *bits |= 1 << (number % 64));
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.bits.get(number as usize / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }
}

/// What is looked for. A site that is a URL of its own is looked for as that URL.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    urls: Numbers,
    sites: Numbers,
    people: Numbers,
    /// Whether any site is looked for: only then must sites be known.
    any_site: bool,
}

impl Wanted {
    /// What shares a URL with it.
    pub(super) fn add_url(&mut self, url: u32) {
        self.urls.add(url);
    }

    /// What shares a site with it.
    pub(super) fn add_site(&mut self, site: Site) {
        if let Some(url) = site.url() {
            self.urls.add(url);
        } else {
            self.sites.add(site.number());
            self.any_site = true;
        }
    }

    /// What shares its user.
    pub(super) fn add_person(&mut self, person: u32) {
        self.people.add(person);
    }

    /// Whether `row` is looked for, as far as that can be told without its site.
    pub(super) fn has(&self, row: &Row) -> bool {
        self.urls.has(row.url) || self.people.has(row.person)
    }

    /// Whether it takes its site to tell.
    pub(super) const fn asks_for_sites(&self) -> bool {
        self.any_site
    }

    pub(super) fn has_site(&self, site: Site) -> bool {
        site.url().is_none() && self.sites.has(site.number())
    }
}
