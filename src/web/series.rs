//! What series are made of: labels, and gauges of counts.

use prometheus_client::metrics::gauge::ConstGauge;

/// Names and values.
pub(super) type Labels = Vec<(&'static str, String)>;

/// A gauge of a count.
pub(super) fn gauge(value: u64) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
}
