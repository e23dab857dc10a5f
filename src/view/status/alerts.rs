//! How alerts stand. They are the analysts' work: nothing here is an alarm of the operator's.

use crate::clock::Tick;
use crate::config::Config;
use crate::message::severity::Severity;
use crate::rules::FALSE_ALARM_QUIET;
use crate::store::{Alert, AlertState, Silence, Snapshot, StoreError, Verdict};
use crate::view::{scope, silences};

/// The alerts that are open, and what keeps others from being told: what status and metrics share.
#[derive(Clone, Debug)]
pub struct OpenAlerts {
    /// The worst severity first.
    pub by_severity: Vec<OpenOfSeverity>,
    /// How many of them nobody has in hand.
    pub unowned: u64,
    /// The silences that last, the first to end first.
    pub silences: Vec<Silence>,
}

/// Open alerts of one severity.
#[derive(Clone, Copy, Debug)]
pub struct OpenOfSeverity {
    /// Which.
    pub severity: Severity,
    /// How many.
    pub count: u64,
    /// When the oldest opened.
    pub oldest: Option<Tick>,
}

/// How they stand.
pub struct AlertsStatus {
    /// Those that are open.
    pub open: OpenAlerts,
    /// Groups that were closed as false alarms, the latest first.
    pub quiet: Vec<QuietGroup>,
    /// Rules that are on and notify nobody.
    pub unheard: Vec<String>,
    /// Why they do, in words.
    pub unheard_since: &'static str,
}

/// A group that stays quiet.
pub struct QuietGroup {
    /// Its last alert.
    pub alert: Alert,
    /// The tenant's name.
    pub tenant: String,
    /// Until when.
    pub until: Tick,
    /// What the alert was.
    pub verdict: Verdict,
}

impl OpenAlerts {
    /// Those of the store.
    pub fn read(snapshot: &Snapshot<'_>, now: Tick) -> Result<Self, StoreError> {
        let open = snapshot.open_alerts()?;
        let of_severity = |severity| OpenOfSeverity::of(severity, &open);
        Ok(Self {
            by_severity: Severity::ALL.into_iter().rev().map(of_severity).collect(),
            unowned: open.iter().filter(|alert| alert.owner.is_empty()).count() as u64,
            silences: silences::lasting(snapshot, now)?,
        })
    }

    /// How many are open.
    pub fn all(&self) -> u64 {
        self.by_severity.iter().map(|of| of.count).sum()
    }

    /// How many of this severity.
    pub fn count(&self, severity: Severity) -> u64 {
        let of = self.by_severity.iter().find(|of| of.severity == severity);
        of.map_or(0, |of| of.count)
    }
}

impl AlertsStatus {
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        config: &Config,
        now: Tick,
    ) -> Result<Self, StoreError> {
        let names = scope::tenant_names(snapshot)?;
        let name = |alert: &Alert| names.get(&alert.tenant).cloned().unwrap_or_default();
        let quiet = snapshot.quiet_alerts(now.plus(-FALSE_ALARM_QUIET))?.into_iter();
        Ok(Self {
            open: OpenAlerts::read(snapshot, now)?,
            quiet: quiet.filter_map(|alert| QuietGroup::of(name(&alert), alert)).collect(),
            unheard: config.unheard().everywhere,
            unheard_since: match *config.alerts.sinks {
                [] => "[alerts] sinks is empty",
                _ => "no sink takes them",
            },
        })
    }
}

impl OpenOfSeverity {
    fn of(severity: Severity, open: &[Alert]) -> Self {
        let own = || open.iter().filter(|alert| alert.severity == severity);
        let oldest = own().map(|alert| alert.opened).min();
        Self { severity, count: own().count() as u64, oldest }
    }
}

impl QuietGroup {
    fn of(tenant: String, alert: Alert) -> Option<Self> {
        let AlertState::Closed { at, verdict } = alert.state else { return None };
        Some(Self { alert, tenant, until: at.plus(FALSE_ALARM_QUIET), verdict })
    }
}
