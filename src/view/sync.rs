//! How a pass of each tenant ended, as JSON.

use serde_json::{Value, json};

use crate::clock::{Tick, ticks_of};
use crate::collect::{CollectTotals, horizon};
use crate::config::Collect;
use crate::coverage::{self, Coverage, Gap};
use crate::store::{NamedTenant, Snapshot, StoreError, TenantKey};

/// How one tenant's pass ended.
pub struct PassEnd {
    /// The tenant's name.
    pub name: String,
    /// What was done.
    pub totals: CollectTotals,
    /// Why it ended early, if it did.
    pub error: Option<String>,
}

/// The coverage that a pass leaves, of the hours that collection keeps in step.
pub fn coverage(
    snapshot: &Snapshot<'_>,
    (key, name): (TenantKey, &str),
    collect: &Collect,
    now: Tick,
) -> Result<Coverage, StoreError> {
    // The hours are those of the source's clock.
    let now = now.plus(snapshot.progress(key)?.skew);
    let span = horizon(now, ticks_of(collect.lookback));
    coverage::of(snapshot, &[NamedTenant::stored(key, name)], span)
}

/// All passes as one object.
pub fn object(tenants: &[Value]) -> Value {
    json!({ "tenants": tenants })
}

/// One of them, and the coverage that it left.
pub fn tenant(end: &PassEnd, coverage: &Coverage) -> Value {
    let gap = |gap: &Gap| json!({ "from": gap.span.from.to_string(), "until": gap.span.until.to_string(), "why": gap.why });
    json!({
        "name": end.name,
        "calls": end.totals.calls,
        "fetched_rows": end.totals.fetched_rows,
        "new_rows": end.totals.new_rows,
        "hours": coverage.hours,
        "settled": coverage.settled,
        "gaps": coverage.gaps.iter().chain(&coverage.disputes).map(gap).collect::<Vec<_>>(),
        "error": end.error,
    })
}
