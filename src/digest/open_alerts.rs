//! The alerts that are open when a digest is made: the worst first, then the newest.

use crate::clock::Tick;
use crate::store::{Alert, NamedTenant, Snapshot, StoreError};

/// Open alerts of the report's tenants.
pub(super) struct OpenAlerts {
    /// The first of them, each with its tenant's name.
    pub first: Vec<(Alert, String)>,
    /// How many there are.
    pub all: u64,
}

impl OpenAlerts {
    /// Those of `tenants`, at most `top` of them.
    pub(super) fn find(
        snapshot: &Snapshot<'_>,
        tenants: &[NamedTenant],
        top: usize,
    ) -> Result<Self, StoreError> {
        let mut open_alerts = Self { first: Vec::new(), all: 0 };
        for alert in snapshot.open_alerts()? {
            let Some(name) = NamedTenant::name_of(tenants, alert.tenant) else { continue };
            open_alerts.all += 1;
            if open_alerts.first.len() < top {
                open_alerts.first.push((alert, name.to_owned()));
            }
        }
        Ok(open_alerts)
    }
}

/// When the last click was made that the rule held at.
pub(super) const fn last_click(alert: &Alert) -> Tick {
    alert.window.until.plus(-1)
}
