//! The clicks of a window that may have hurt: those on threats, and those on past a warning.

use crate::click::Action;
use crate::clock::Tick;
use crate::store::segment::Row;

/// A click on something that the source knew to be a threat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The place of its URL's group.
    pub(crate) group: u32,
    /// Who clicked; 0 is nobody.
    pub(crate) person: u32,
    /// Whether it was allowed, without a warning that the user went on past.
    pub(crate) is_allowed: bool,
    /// Whether it was blocked.
    pub(crate) is_blocked: bool,
}

/// A click on past a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Through {
    /// The place of its URL's group.
    pub(crate) group: u32,
    /// Its URL.
    pub(crate) url: u32,
    /// Who clicked; 0 is nobody.
    pub(crate) person: u32,
    /// When.
    pub(crate) tick: Tick,
}

/// What a kind of click has to do with harm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Danger {
    pub(super) action: Action,
    pub(super) is_threat: bool,
    pub(super) is_through: bool,
}

/// Both, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// On threats.
    pub(crate) threats: Vec<Hit>,
    /// On past a warning.
    pub(crate) throughs: Vec<Through>,
}

impl Hits {
    /// Adds a click of a kind.
    pub(super) fn add(&mut self, group: u32, row: Row, kind: Danger) {
        let Row { tick, url, person, .. } = row;
        if kind.is_threat {
            let Action { allowed, blocked, blocked_by_tenant_policy, .. } = kind.action;
            let is_allowed = allowed && !kind.is_through;
            let is_blocked = blocked || blocked_by_tenant_policy;
            self.threats.push(Hit { group, person, is_allowed, is_blocked });
        }
        if kind.is_through {
            self.throughs.push(Through { group, url, person, tick });
        }
    }
}

impl Danger {
    pub(super) const fn is_any(self) -> bool {
        self.is_threat || self.is_through
    }
}

/// Whether `ThreatTypes` names what harms: spam does not.
pub(crate) fn is_threat(types: &str) -> bool {
    let harms =
        |one: &str| ["phish", "malware"].iter().any(|known| one.eq_ignore_ascii_case(known));
    types.split(',').any(|one| harms(one.trim()))
}
