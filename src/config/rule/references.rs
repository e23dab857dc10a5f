//! What a rule may name.

use super::super::alerts::Alerts;
use super::super::named::every;
use super::super::sink::Sink;
use super::super::tenant::Tenant;

/// What a rule may name.
pub(in crate::config) struct RuleReferences<'a> {
    pub(in crate::config) tenants: &'a [Tenant],
    pub(in crate::config) sinks: &'a [Sink],
    pub(in crate::config) alerts: &'a Alerts,
}

impl RuleReferences<'_> {
    /// The names of all tenants.
    pub(super) fn every(&self) -> Vec<String> {
        every(self.tenants)
    }
}
