//! The columns that URLs can be ordered by, and their names.

use serde::Serialize;

/// A column that rows can be ordered by, largest (or latest) first; `Url` smallest first.
///
/// What is equal there is ordered by `ClickedThrough`, then `Blocked`, largest first, then by
/// `Url` in the order of its bytes, then by the tenant's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each is the column of that name")]
pub enum Sort {
    #[default]
    ClickedThrough,
    Blocked,
    Allowed,
    PendingVerdict,
    Error,
    BlockedByTenantPolicy,
    Other,
    Clickers,
    FirstClick,
    LastClick,
    Url,
}

impl Sort {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::ClickedThrough,
        Self::Blocked,
        Self::Allowed,
        Self::PendingVerdict,
        Self::Error,
        Self::BlockedByTenantPolicy,
        Self::Other,
        Self::Clickers,
        Self::FirstClick,
        Self::LastClick,
        Self::Url,
    ];

    /// Its name on the command line and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClickedThrough => "ClickedThrough",
            Self::Blocked => "Blocked",
            Self::Allowed => "Allowed",
            Self::PendingVerdict => "PendingVerdict",
            Self::Error => "Error",
            Self::BlockedByTenantPolicy => "BlockedByTenantPolicy",
            Self::Other => "Other",
            Self::Clickers => "Clickers",
            Self::FirstClick => "FirstClick",
            Self::LastClick => "LastClick",
            Self::Url => "Url",
        }
    }
}
