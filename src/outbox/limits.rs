//! How long an attempt may take.

use std::time::Duration;

use crate::store::CLAIM_TIMEOUT;

/// A delivery that takes longer has failed: less than [`CLAIM_TIMEOUT`], after which another process may
/// try.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(90);
const _: () = assert!(DELIVERY_TIMEOUT.as_secs() + 10 < CLAIM_TIMEOUT.as_secs());
/// How long a delivery that is under way may still take once the stage is to stop.
pub(super) const STOP_GRACE: Duration = Duration::from_secs(5);
