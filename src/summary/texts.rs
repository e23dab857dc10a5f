//! The URLs of summary rows as text, and the search among them.

use std::sync::Arc;

use crate::store::{Snapshot, StoreError};

use super::groups::Groups;
use super::order::{Entry, head};

/// Above one wanted URL in so many, reading all in order is faster than seeking each.
const SCAN_FROM: usize = 8;

/// The texts that were asked for, in one buffer.
#[derive(Default)]
pub(super) struct Texts {
    buffer: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Reads the URLs of `entries`, and sets where each is and its head.
    pub(super) fn load(snapshot: &Snapshot<'_>, entries: &mut [Entry]) -> Result<Self, StoreError> {
        // One tenant's are in order already.
        if !entries.is_sorted_by_key(|entry| entry.url) {
            entries.sort_unstable_by_key(|entry| entry.url);
        }
        let mut texts = Self::default();
        let last = entries.last().map_or(0, |entry| entry.url as usize);
        if entries.len() > last / SCAN_FROM {
            texts.scan(snapshot, entries)?;
        } else {
            texts.seek(snapshot, entries)?;
        }
        Ok(texts)
    }

    fn scan(&mut self, snapshot: &Snapshot<'_>, entries: &mut [Entry]) -> Result<(), StoreError> {
        let mut entries = entries.iter_mut().peekable();
        snapshot.urls(|id, url| {
            let mut place = None;
            while let Some(entry) = entries.next_if(|entry| entry.url == id) {
                entry.text = *place.get_or_insert_with(|| self.push(url));
                entry.head = head(url);
            }
        })
    }

    fn seek(&mut self, snapshot: &Snapshot<'_>, entries: &mut [Entry]) -> Result<(), StoreError> {
        for same in entries.chunk_by_mut(|a, b| a.url == b.url) {
            let Some(first) = same.first() else { continue };
            let url = snapshot.url(first.url)?;
            let (text, head) = (self.push(&url), head(&url));
            for entry in same {
                (entry.text, entry.head) = (text, head);
            }
        }
        Ok(())
    }

    fn push(&mut self, url: &str) -> u32 {
        self.buffer.push_str(url);
        self.ends.push(self.buffer.len());
        (self.ends.len() - 1) as u32
    }

    pub(super) fn get(&self, place: u32) -> &str {
        let place = place as usize;
        let from = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let until = self.ends.get(place).copied().unwrap_or_default();
        self.buffer.get(from.unwrap_or_default()..until).unwrap_or_default()
    }
}

/// Leaves out every group whose URL does not contain `text`, ignoring the case of ASCII letters.
pub(super) fn keep_matching(
    snapshot: &Snapshot<'_>,
    text: &str,
    tenants: &mut [(Arc<str>, Groups)],
) -> Result<(), StoreError> {
    let mut matching = Vec::new();
    let text = text.to_ascii_lowercase();
    snapshot.urls(|id, url| {
        if contains(url.as_bytes(), text.as_bytes()) {
            matching.push(id);
        }
    })?;
    for (_, groups) in tenants {
        groups.retain(|url| matching.binary_search(&url).is_ok());
    }
    Ok(())
}

/// Whether `needle`, in lower case, is in `text`.
fn contains(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    text.windows(needle.len()).any(|window| {
        window.first().is_some_and(|byte| byte.to_ascii_lowercase() == *first)
            && window.eq_ignore_ascii_case(needle)
    })
}
