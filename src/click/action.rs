//! In which counts an action lands.

use super::term::has_term;

/// In which counts an action lands: the four of the query, the tenant's own blocks, or `Other`.
///
/// More than one can be set: `"ClickBlocked,ClickAllowed"` counts in both, as in the KQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the summary")]
pub struct Action {
    /// Has the term `ClickBlocked`.
    pub blocked: bool,
    /// Has the term `ClickAllowed`.
    pub allowed: bool,
    /// Has the term `UrlScanInProgress`.
    pub pending_verdict: bool,
    /// Has the term `UrlErrorPage`.
    pub error: bool,
    /// Has the term `ClickBlockedByTenantPolicy`, which is none of the query's four.
    pub blocked_by_tenant_policy: bool,
}

impl Action {
    /// Reads an `ActionType`.
    pub fn of(text: &str) -> Self {
        Self {
            blocked: has_term(text, "ClickBlocked"),
            allowed: has_term(text, "ClickAllowed"),
            pending_verdict: has_term(text, "UrlScanInProgress"),
            error: has_term(text, "UrlErrorPage"),
            blocked_by_tenant_policy: has_term(text, "ClickBlockedByTenantPolicy"),
        }
    }

    /// Whether it lands in no named count.
    pub fn is_other(self) -> bool {
        self == Self::default()
    }
}
