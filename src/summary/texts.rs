//! The URLs of summary rows as text, and the search among them.

use std::sync::Arc;

use crate::store::{Snapshot, StoreError};
use crate::text::refang::readings;

use super::groups::UrlGroups;
use super::order::{Entry, head};

/// Above one wanted URL in so many, reading all in order is faster than seeking each.
const SCAN_FROM: usize = 8;

/// Reads the URLs of `entries`, which it puts in the order of ids: one text for each, in that order.
/// Sets each entry's place among them, and its head.
pub(crate) fn load(
    snapshot: &Snapshot<'_>,
    entries: &mut [Entry],
) -> Result<Vec<String>, StoreError> {
    // One tenant's are in order already.
    if !entries.is_sorted_by_key(|entry| entry.url) {
        entries.sort_unstable_by_key(|entry| entry.url);
    }
    let mut texts = Vec::with_capacity(entries.len());
    let mut put = |entry: &mut Entry, url: &str| {
        (entry.text, entry.head) = (texts.len() as u32, head(url));
        texts.push(url.to_owned());
    };
    let last = entries.last().map_or(0, |entry| entry.url as usize);
    if entries.len() > last / SCAN_FROM {
        let mut entries = entries.iter_mut().peekable();
        snapshot.urls(|id, url| {
            while let Some(entry) = entries.next_if(|entry| entry.url == id) {
                put(entry, url);
            }
        })?;
    } else {
        for entry in entries.iter_mut() {
            put(entry, &snapshot.url(entry.url)?);
        }
    }
    if texts.len() < entries.len() {
        return Err(StoreError::Damaged("a segment names a URL that is not there".to_owned()));
    }
    Ok(texts)
}

/// Leaves out every group whose URL does not contain `text`, as it is or as a table shows it, ignoring
/// the case of ASCII letters.
pub(super) fn keep_matching(
    snapshot: &Snapshot<'_>,
    text: &str,
    tenants: &mut [(Arc<str>, UrlGroups<'_>)],
) -> Result<(), StoreError> {
    let mut matching = Vec::new();
    let texts: Vec<String> =
        readings(text).into_iter().map(|text| text.to_ascii_lowercase()).collect();
    snapshot.urls(|id, url| {
        if texts.iter().any(|text| contains(url.as_bytes(), text.as_bytes())) {
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
