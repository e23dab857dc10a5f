//! What was read, in words: `read 312 URLs, 4 hosts, 1 address; 2 hashes left out`.

use std::collections::BTreeSet;

use super::list::{Indicator, IndicatorList, LeftOut};
use crate::text::number::counted;

/// How much was read of each kind, each thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndicatorCounts {
    found: [BTreeSet<String>; KINDS.len()],
    left_out: [u64; LEFT_OUT.len()],
    skipped: u64,
}

const KINDS: [[&str; 2]; 7] = [
    ["URL", "URLs"],
    ["URL pattern", "URL patterns"],
    ["host", "hosts"],
    ["address", "addresses"],
    ["network", "networks"],
    ["user", "users"],
    ["id", "ids"],
];

const LEFT_OUT: [(LeftOut, [&str; 2]); 5] = [
    (LeftOut::Hash, ["hash", "hashes"]),
    (LeftOut::Empty, ["empty cell", "empty cells"]),
    (LeftOut::Local, ["local name", "local names"]),
    (LeftOut::InNote, ["address in a note", "addresses in notes"]),
    (LeftOut::Other, ["other", "others"]),
];

impl IndicatorCounts {
    /// Adds what a list holds.
    pub fn add(&mut self, list: &IndicatorList) {
        for indicator in &list.found {
            let (kind, text) = kind(indicator);
            if let Some(texts) = self.found.get_mut(kind) {
                texts.insert(text);
            }
        }
        for (count, (kind, _)) in self.left_out.iter_mut().zip(LEFT_OUT) {
            *count += list.left_out.iter().filter(|one| **one == kind).count() as u64;
        }
    }

    /// Adds lines that are gone on without.
    pub fn skip(&mut self, lines: usize) {
        self.skipped += lines as u64;
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.found.iter().all(BTreeSet::is_empty)
    }

    /// In words.
    pub fn words(&self) -> String {
        let found = self.found.iter().map(|set| set.len() as u64).zip(KINDS);
        let found = listed(found);
        let read = if found.is_empty() {
            "lists nothing to look for".to_owned()
        } else {
            found.join(", ")
        };
        let left_out = self.left_out.into_iter().zip(LEFT_OUT.map(|(_, names)| names));
        let left_out = listed(left_out);
        let mut words = if found.is_empty() { read } else { format!("read {read}") };
        if let [others @ .., last] = left_out.as_slice() {
            let before =
                if others.is_empty() { String::new() } else { others.join(", ") + " and " };
            words.extend(["; ", &before, last, " left out"]);
        }
        if self.skipped > 0 {
            words.extend(["; ", &counted(self.skipped, "line"), " skipped"]);
        }
        words
    }
}

fn kind(indicator: &Indicator) -> (usize, String) {
    match indicator {
        Indicator::Url { text, .. } => (0, text.clone()),
        Indicator::Area(area) => (1, area.text()),
        Indicator::Host(host) => (2, host.clone()),
        Indicator::Network(text) => (if text.contains('/') { 4 } else { 3 }, text.clone()),
        Indicator::User(user) => (5, crate::click::fold(user)),
        Indicator::Id(id) => (6, id.to_ascii_lowercase()),
    }
}

fn listed(counts: impl Iterator<Item = (u64, [&'static str; 2])>) -> Vec<String> {
    let some = counts.filter(|(count, _)| *count > 0);
    some.map(|(count, [one, many])| {
        let name = if count == 1 { one } else { many };
        format!("{} {name}", crate::text::number::grouped(count))
    })
    .collect()
}
