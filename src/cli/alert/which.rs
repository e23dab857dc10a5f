//! Which alerts a command is for.

use crate::pattern::host_name;
use crate::store::{Case, TenantKey};

/// What is not given matches anything.
#[derive(Debug, Default)]
pub(super) struct Which<'a> {
    pub rule: Option<&'a str>,
    /// As [`crate::pattern::host`] gives it.
    pub host: Option<&'a str>,
    pub tenants: Option<Vec<TenantKey>>,
}

impl Which<'_> {
    /// Whether it is one of them.
    pub(super) fn has(&self, case: &Case) -> bool {
        self.rule.is_none_or(|rule| case.rule == rule)
            && self.tenants.as_ref().is_none_or(|tenants| tenants.contains(&case.tenant))
            && self.host.is_none_or(|host| host_of(case).as_deref() == Some(host))
    }
}

/// The host that it is about, or that its URL leads to.
fn host_of(case: &Case) -> Option<String> {
    let group = &case.group;
    group.host.clone().or_else(|| group.url.as_deref().and_then(host_name))
}
