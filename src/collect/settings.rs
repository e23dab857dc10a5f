//! How one tenant is collected.

use std::time::Duration;

use super::pass::CollectLimits;
use crate::store::TenantKey;

/// How one tenant is collected.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// The tenant.
    pub tenant: TenantKey,
    /// The tenant's name, for logs.
    pub name: String,
    /// Bounds on collection.
    pub limits: CollectLimits,
    /// The most calls a minute.
    pub calls_per_minute: u32,
    /// The first pause after a failure that a retry may mend; it doubles.
    pub retry_pause: Duration,
}
