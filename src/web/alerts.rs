//! What metrics say of alerts: eight series, whatever was clicked.

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::series::{Labels, gauge};
use crate::message::severity::Severity;
use crate::rules::StepCounts;
use crate::view::status::OpenAlerts;

pub(super) fn register(registry: &mut Registry, alerts: &OpenAlerts, done: StepCounts) {
    let open = Family::<Labels, Gauge>::default();
    for severity in Severity::ALL {
        let labels = vec![("severity", severity.name().to_owned())];
        open.get_or_create(&labels).set(alerts.count(severity).cast_signed());
    }
    registry.register("alerts_open", "Alerts that are open, by severity", open);
    for (name, help, value) in [
        ("alerts_unowned", "Open alerts that nobody has in hand", alerts.unowned),
        ("silences", "Silences that last", alerts.silences.len() as u64),
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
