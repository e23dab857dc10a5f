//! Leases: the right to collect a tenant, for a time.

use crate::clock::{Hour, Tick};
use crate::sync_state::hour::HourState;
use crate::sync_state::progress::Progress;

use super::owner::Owner;
use super::tenant::TenantKey;

/// The right to collect a tenant. It fences: once another lease on the tenant was granted, every
/// write under this one fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub(crate) tenant: TenantKey,
    pub(crate) token: i64,
}

impl Lease {
    /// The tenant it is for.
    pub const fn tenant(&self) -> TenantKey {
        self.tenant
    }

    /// The fencing token: larger than that of every earlier lease on the tenant.
    pub const fn token(&self) -> i64 {
        self.token
    }
}

/// The answer to a request for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseClaim {
    /// The lease is the caller's until its time is up; renew it in time.
    Granted(Lease),
    /// Someone else holds it, or waited for it before the caller did.
    Taken {
        /// Who.
        by: Owner,
        /// Until when, unless renewed.
        until: Tick,
    },
}

/// A period of time as start and length. A clock that jumped back before its start begins it
/// anew, so that the jump cannot make it longer than its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) start: Tick,
    pub(crate) length: i64,
}

impl Period {
    /// The end, if it is still ahead.
    pub(crate) fn end_after(self, now: Tick) -> Option<Tick> {
        let end = self.start.min(now).plus(self.length);
        (end > now).then_some(end)
    }
}

/// Whether a call may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Yes, and it is in the ledger already: make it now.
    Go,
    /// Not yet: as many calls as allowed were made within a minute.
    Pace {
        /// When the next is allowed.
        until: Tick,
    },
    /// The source refuses calls.
    Closed {
        /// When the gate opens.
        until: Tick,
        /// Why it is closed.
        why: String,
    },
}

/// What a transaction writes besides rows.
#[derive(Clone, Debug, Default)]
pub struct Changes<'a> {
    /// Hours with their new state.
    pub hours: Vec<(Hour, &'a HourState)>,
    /// The tenant's progress, if it changed.
    pub progress: Option<&'a Progress>,
}
