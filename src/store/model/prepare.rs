//! Clicks ready to be merged: hashed and sorted, which needs no database and holds no lock.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde_json::value::RawValue;

use crate::click::{Clicks, Present, Text};
use crate::clock::{Span, Tick};

use super::identity::Secret;

/// A batch of clicks, hashed and sorted by time and identity.
#[derive(Debug)]
pub struct PreparedClicks {
    clicks: Clicks,
    pub(crate) present: Present,
    /// Names in any row's `extra`.
    pub(crate) extra_names: BTreeSet<String>,
    /// The ids of the requests that brought the batch.
    pub(crate) requests: Vec<String>,
    rows: Vec<PreparedRow>,
}

/// One click of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreparedRow {
    pub(crate) ts: i64,
    pub(crate) hash: u128,
    pub(crate) detail: i64,
    /// The hash of its URL.
    pub(crate) url: u128,
    /// Its place in the batch.
    pub(crate) index: u32,
}

impl PreparedClicks {
    pub(crate) fn new(clicks: Clicks, present: Present, secret: &Secret) -> Self {
        let mut hasher = secret.hasher();
        let mut rows: Vec<_> = (0u32..)
            .zip(clicks.iter())
            .map(|(index, click)| {
                let url = hasher.text(click.text(Text::Url));
                let hash = hasher.identity(&click, url);
                let detail = hasher.detail(&click, present);
                PreparedRow { ts: click.timestamp.0, hash, detail, url, index }
            })
            .collect();
        rows.sort_unstable_by_key(|row| (row.ts, row.hash, row.index));
        let extra_names = extra_names(&clicks);
        Self { clicks, present, extra_names, requests: Vec::new(), rows }
    }

    /// The same batch, brought by these requests.
    #[must_use]
    pub fn of_requests(self, requests: Vec<String>) -> Self {
        Self { requests, ..self }
    }

    /// The rows inside `window`, in order.
    pub(crate) fn within(&self, window: Span) -> &[PreparedRow] {
        let before = |end: Tick| self.rows.partition_point(|row| row.ts < end.0);
        self.rows.get(before(window.from)..before(window.until)).unwrap_or_default()
    }
}

impl Deref for PreparedClicks {
    type Target = Clicks;

    fn deref(&self) -> &Clicks {
        &self.clicks
    }
}

impl PreparedRow {
    pub(crate) const fn place(&self) -> (i64, u128) {
        (self.ts, self.hash)
    }
}

/// The names of all unknown columns that have a value somewhere in the batch.
fn extra_names(clicks: &Clicks) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for click in clicks.iter().filter(|click| !click.extra.is_empty()) {
        let fields: BTreeMap<String, &RawValue> =
            serde_json::from_str(click.extra).unwrap_or_default();
        names.extend(fields.into_keys());
    }
    names
}
