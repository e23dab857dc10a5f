//! Splicing a segment: exactly the part of an hour that lies in a window is written anew.

use crate::clock::{Hour, Span, Tick};

use super::click_ids::ClickIds;
use super::error::StoreError;
use super::segment::{Builder, Row, Slice};

/// A segment being rewritten: rows kept are copied in runs.
pub(crate) struct Splice<'s> {
    old: Slice<'s>,
    new: Builder,
    /// Rows of `old` up to here are copied.
    copied: usize,
    /// The row of `old` that the next step is about.
    next: usize,
    /// The first row of `old` behind the window.
    until: usize,
}

impl<'s> Splice<'s> {
    /// Begins with the segment of `hour` as it is stored.
    pub(crate) fn new(
        hour: Hour,
        stored: Option<&'s [u8]>,
        window: Span,
    ) -> Result<Self, StoreError> {
        let old = match stored {
            Some(bytes) => Slice::decode(hour, bytes).ok_or_else(broken)?,
            None => Slice::empty(hour),
        };
        let (next, until) = (old.first_at(window.from), old.first_at(window.until));
        Ok(Self { old, new: Builder::beside(&old), copied: 0, next, until })
    }

    /// The next row stays.
    pub(crate) const fn keep(&mut self) {
        self.next += 1;
    }

    /// The next row goes.
    pub(crate) fn skip(&mut self) {
        self.copy();
        self.next += 1;
        self.copied = self.next;
    }

    /// A row comes in between.
    pub(crate) fn push(&mut self, ts: i64, ids: &ClickIds) {
        self.copy();
        let kind = self.new.kind(ids.kind);
        let (url, person, ip) = (ids.url, ids.person.folded, ids.ip);
        self.new.push(Row { tick: Tick(ts), url, person, ip, kind });
    }

    fn copy(&mut self) {
        self.new.copy(&self.old, self.copied, self.next);
        self.copied = self.next;
    }

    /// The whole segment, unless its rows of the window were not those that were kept or skipped.
    pub(crate) fn finish(mut self) -> Result<Builder, StoreError> {
        if self.next != self.until {
            return Err(broken());
        }
        self.new.copy(&self.old, self.copied, self.old.len());
        Ok(self.new)
    }
}

pub(crate) fn broken() -> StoreError {
    StoreError::Damaged("a segment does not fit the clicks of its hour".to_owned())
}
