//! Which alerts a command is for.

use crate::click::pattern::host_name;
use crate::store::{Alert, TenantKey};

/// What is not given matches anything.
#[derive(Debug, Default)]
pub(super) struct AlertFilter<'a> {
    pub rule: Option<&'a str>,
    /// As [`crate::click::pattern::host`] gives it.
    pub host: Option<&'a str>,
    pub tenants: Option<Vec<TenantKey>>,
}

impl AlertFilter<'_> {
    /// Whether it is one of them.
    pub(super) fn has(&self, alert: &Alert) -> bool {
        self.rule.is_none_or(|rule| alert.rule == rule)
            && self.tenants.as_ref().is_none_or(|tenants| tenants.contains(&alert.tenant))
            && self.host.is_none_or(|host| host_of(alert).as_deref() == Some(host))
    }
}

/// The host that it is about, or that its URL leads to.
fn host_of(alert: &Alert) -> Option<String> {
    let group = &alert.group;
    group.host.clone().or_else(|| group.url.as_deref().and_then(host_name))
}
