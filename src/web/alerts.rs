//! What metrics say of alerts: eight series, whatever was clicked.

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::metrics::{Labels, gauge};
use crate::clock::Tick;
use crate::message::severity::Severity;
use crate::rules::StepCounts;
use crate::store::{Snapshot, StoreError};

/// How alerts stand.
#[derive(Clone, Debug, Default)]
pub(super) struct AlertMetrics {
    /// Those that are open, by severity.
    open: [u64; Severity::ALL.len()],
    /// Those of them that nobody has in hand.
    unowned: u64,
    /// Silences that last.
    silences: u64,
}

impl AlertMetrics {
    pub(super) fn read(snapshot: &Snapshot<'_>, now: Tick) -> Result<Self, StoreError> {
        let mut alerts = Self::default();
        for alert in snapshot.open_alerts()? {
            alerts.open.get_mut(alert.severity as usize).into_iter().for_each(|count| *count += 1);
            alerts.unowned += u64::from(alert.owner.is_empty());
        }
        let silences = snapshot.silences()?;
        alerts.silences = silences.iter().filter(|silence| silence.lasts(now)).count() as u64;
        Ok(alerts)
    }
}

pub(super) fn register(registry: &mut Registry, alerts: &AlertMetrics, done: StepCounts) {
    let open = Family::<Labels, Gauge>::default();
    for (severity, count) in Severity::ALL.into_iter().zip(alerts.open) {
        let labels = vec![("severity", severity.name().to_owned())];
        open.get_or_create(&labels).set(count.cast_signed());
    }
    registry.register("alerts_open", "Alerts that are open, by severity", open);
    for (name, help, value) in [
        ("alerts_unowned", "Open alerts that nobody has in hand", alerts.unowned),
        ("silences", "Silences that last", alerts.silences),
    ] {
        registry.register(name, help, gauge(value));
    }
    for (name, help, value) in [
        ("alerts_opened", "Alerts that opened since the start", done.opened),
        ("alert_messages", "Messages of alerts that were posted since the start", done.posted),
    ] {
        registry.register(name, help, ConstCounter::new(value));
    }
}
