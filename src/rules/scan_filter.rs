//! Which clicks are read: those that share a URL, a site or a user with what is looked for.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::sites::{Site, Sites};

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

/// A map by numbers that are ours, such as ids: nobody outside can choose them so that they meet, so
/// that a quick hash will do.
pub(super) type ByNumber<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;
/// A set of such numbers.
pub(super) type NumberSet<K> = HashSet<K, BuildHasherDefault<Mixer>>;

/// Spreads numbers over all bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 32;
    }
}

/// What is looked for. A site that is a URL of its own is looked for as that URL.
#[derive(Clone, Debug, Default)]
pub(super) struct ScanFilter {
    urls: Numbers,
    people: Numbers,
    sites: NumberSet<Site>,
}

impl ScanFilter {
    /// What shares a URL with it.
    pub(super) fn add_url(&mut self, url: u32) {
        self.urls.add(url);
    }

    /// What shares a site with it.
    pub(super) fn add_site(&mut self, site: Site) {
        if let Some(url) = site.url() {
            self.urls.add(url);
        } else {
            self.sites.insert(site);
        }
    }

    /// What shares its user.
    pub(super) fn add_person(&mut self, person: u32) {
        self.people.add(person);
    }

    /// Adds the URLs of the sites that are looked for, as far as they are known.
    pub(super) fn spread(&mut self, known: &Sites) {
        for site in &self.sites {
            known.urls_of(*site).iter().for_each(|url| self.urls.add(*url));
        }
    }

    /// Whether a click on `url` by `person` is looked for, as far as that can be told without its site.
    pub(super) fn has(&self, url: u32, person: u32) -> bool {
        self.urls.has(url) || self.people.has(person)
    }

    /// Whether it takes the sites of URLs that are not known yet to tell.
    pub(super) fn asks_for_sites(&self) -> bool {
        !self.sites.is_empty()
    }

    pub(super) fn has_site(&self, site: Site) -> bool {
        self.sites.contains(&site)
    }
}
