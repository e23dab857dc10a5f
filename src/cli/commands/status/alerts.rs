//! How alerts stand. They are the analysts' work: nothing here is an alarm of the operator's.

use std::collections::BTreeMap;

use crate::clock::Tick;
use crate::config::{Config, Switch};
use crate::message::severity::Severity;
use crate::rules::QUIET;
use crate::store::{Alert, AlertState, Silence, Snapshot, StoreError, Verdict};

/// How they stand.
pub(super) struct Alerts {
    /// Those that are open, the worst severity first.
    pub open: Vec<OfSeverity>,
    /// How many of them nobody has in hand.
    pub unowned: u64,
    /// The silences that last, the first to end first.
    pub silences: Vec<Silence>,
    /// Groups that were closed as false alarms, the latest first.
    pub quiet: Vec<Quiet>,
    /// Rules that are on and tell nobody.
    pub unheard: Vec<String>,
    /// Why they do, in words.
    pub unheard_since: &'static str,
}

/// Open alerts of one severity.
pub(super) struct OfSeverity {
    pub severity: Severity,
    pub count: u64,
    /// When the oldest opened.
    pub oldest: Option<Tick>,
}

/// A group that stays quiet.
pub(super) struct Quiet {
    pub alert: Alert,
    /// The tenant's name.
    pub tenant: String,
    pub until: Tick,
    pub verdict: Verdict,
}

impl Alerts {
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        config: &Config,
        now: Tick,
    ) -> Result<Self, StoreError> {
        let open = snapshot.open_alerts()?;
        let mut silences = snapshot.silences()?;
        silences.retain(|silence| silence.lasts(now));
        silences.sort_by_key(|silence| (silence.of.until, silence.id));
        let names: BTreeMap<_, _> = snapshot.tenants()?.into_iter().collect();
        let name = |alert: &Alert| names.get(&alert.tenant).cloned().unwrap_or_default();
        let quiet = snapshot.quiet_alerts(now.plus(-QUIET))?.into_iter();
        Ok(Self {
            open: Severity::ALL.into_iter().rev().map(|one| OfSeverity::of(one, &open)).collect(),
            unowned: open.iter().filter(|alert| alert.owner.is_empty()).count() as u64,
            silences,
            quiet: quiet.filter_map(|alert| Quiet::of(name(&alert), alert)).collect(),
            unheard: unheard(config),
            unheard_since: match *config.alerts.sinks {
                [] => "[alerts] sinks is empty",
                _ => "their own sinks are empty",
            },
        })
    }

    /// How many are open.
    pub(super) fn all(&self) -> u64 {
        self.open.iter().map(|of| of.count).sum()
    }
}

impl OfSeverity {
    fn of(severity: Severity, open: &[Alert]) -> Self {
        let own = || open.iter().filter(|alert| alert.severity == severity);
        let oldest = own().map(|alert| alert.opened).min();
        Self { severity, count: own().count() as u64, oldest }
    }
}

impl Quiet {
    fn of(tenant: String, alert: Alert) -> Option<Self> {
        let AlertState::Closed { at, verdict } = alert.state else { return None };
        Some(Self { alert, tenant, until: at.plus(QUIET), verdict })
    }
}

fn unheard(config: &Config) -> Vec<String> {
    let on = config.rules.iter().filter(|rule| rule.switch == Switch::On);
    on.filter(|rule| rule.sinks.is_empty()).map(|rule| rule.name.clone()).collect()
}
