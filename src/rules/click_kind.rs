//! What a click's kind comes to: the counts that it adds to, and whether it names a threat.

use std::collections::HashMap;

use crate::click::Action;
use crate::store::segment::Kind;
use crate::store::{Snapshot, StoreError};
use crate::summary::hits::is_threat;

/// What is known of all clicks of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClickKind {
    pub action: Action,
    pub is_through: bool,
    pub is_threat: bool,
    /// Ids of words.
    pub workload: u32,
    pub threat: u32,
}

impl ClickKind {
    /// Whether it was let through: allowed, or clicked on past a warning.
    pub(super) const fn is_let_through(&self) -> bool {
        self.action.allowed || self.is_through
    }

    /// Whether it hit somebody: blocked, or clicked on past a warning.
    pub(super) const fn affects(&self) -> bool {
        self.action.blocked || self.is_through
    }

    /// Whether it was allowed though it names a threat, without a warning.
    pub(super) const fn is_allowed_threat(&self) -> bool {
        self.action.allowed && !self.is_through && self.is_threat
    }
}

/// The kinds that were met, by number.
#[derive(Debug, Default)]
pub(super) struct ClickKinds {
    numbers: HashMap<Kind, u32>,
    list: Vec<ClickKind>,
}

impl ClickKinds {
    /// The number of a kind.
    pub(super) fn number(
        &mut self,
        snapshot: &Snapshot<'_>,
        kind: Kind,
    ) -> Result<u32, StoreError> {
        if let Some(number) = self.numbers.get(&kind) {
            return Ok(*number);
        }
        let click_kind = ClickKind {
            action: Action::of(&snapshot.word(kind.action)?),
            is_through: kind.clicked_through == Some(true),
            is_threat: is_threat(&snapshot.word(kind.threat)?),
            workload: kind.workload,
            threat: kind.threat,
        };
        let number = self.list.len() as u32;
        self.list.push(click_kind);
        self.numbers.insert(kind, number);
        Ok(number)
    }

    /// What the kind of this number comes to.
    pub(super) fn click_kind(&self, number: u32) -> Option<&ClickKind> {
        self.list.get(number as usize)
    }
}
