//! All that the demo's daemon speaks to, on loopback.

use std::io;

use crate::clock::Clock;
use crate::demo::{Inbox, Postbox, Receiver, Tenant, TenantSettings, invented_table};

/// The invention's seed: every demo tells the same story, up to now.
const SEED: u64 = 2026;

/// Who answers, until this is dropped.
pub(super) struct World {
    pub tenant: Tenant,
    pub receiver: Receiver,
    pub postbox: Postbox,
    /// What the last two got.
    pub inbox: Inbox,
}

impl World {
    /// Has everybody listen; the tenant has about so many clicks.
    pub(super) async fn begin(clock: &Clock, clicks: u32) -> io::Result<Self> {
        let table = invented_table(SEED, clock.now(), clicks as usize);
        let inbox = Inbox::default();
        Ok(Self {
            tenant: Tenant::start(TenantSettings::new(clock.clone()), table).await?,
            receiver: Receiver::start(inbox.clone(), clock.clone()).await?,
            postbox: Postbox::start(inbox.clone()).await?,
            inbox,
        })
    }
}
