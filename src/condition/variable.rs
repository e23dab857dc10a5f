//! What a condition can ask of a group of clicks.

/// What a group can be by; also what a text variable needs the group to be by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupBy {
    /// The URL, byte for byte.
    Url,
    /// The host that the URL leads to.
    Host,
    /// The user, compared without case.
    User,
}

impl GroupBy {
    /// Every one, in the order in which a group names them.
    pub const ALL: [Self; 3] = [Self::Url, Self::Host, Self::User];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Host => "host",
            Self::User => "user",
        }
    }
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
}

impl Kind {
    /// Its name, as people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Text => "text",
            Self::Texts => "list of texts",
        }
    }
}

/// One thing that is known of a group. The numbers come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "`meaning` says it, where people can read it, too")]
pub enum Variable {
    Blocked,
    Allowed,
    PendingVerdict,
    Error,
    ClickedThrough,
    BlockedByTenantPolicy,
    Other,
    Clickers,
    AffectedUsers,
    ScanBypassed,
    ClickedPastBlock,
    AllowedWithThreat,
    AllowedBeforeBlocked,
    ThreatUrls,
    MinutesSpan,
    AgeDays,
    UsersEver,
    Url,
    Host,
    User,
    Workloads,
    ThreatTypes,
}

impl Variable {
    /// Every one.
    pub const ALL: [Self; 22] = [
        Self::Blocked,
        Self::Allowed,
        Self::PendingVerdict,
        Self::Error,
        Self::ClickedThrough,
        Self::BlockedByTenantPolicy,
        Self::Other,
        Self::Clickers,
        Self::AffectedUsers,
        Self::ScanBypassed,
        Self::ClickedPastBlock,
        Self::AllowedWithThreat,
        Self::AllowedBeforeBlocked,
        Self::ThreatUrls,
        Self::MinutesSpan,
        Self::AgeDays,
        Self::UsersEver,
        Self::Url,
        Self::Host,
        Self::User,
        Self::Workloads,
        Self::ThreatTypes,
    ];

    /// How many of them are numbers: the first ones.
    pub const NUMBERS: usize = 17;

    /// How a condition calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Allowed => "allowed",
            Self::PendingVerdict => "pending_verdict",
            Self::Error => "error",
            Self::ClickedThrough => "clicked_through",
            Self::BlockedByTenantPolicy => "blocked_by_tenant_policy",
            Self::Other => "other",
            Self::Clickers => "clickers",
            Self::AffectedUsers => "affected_users",
            Self::ScanBypassed => "scan_bypassed",
            Self::ClickedPastBlock => "clicked_past_block",
            Self::AllowedWithThreat => "allowed_with_threat",
            Self::AllowedBeforeBlocked => "allowed_before_blocked",
            Self::ThreatUrls => "threat_urls",
            Self::MinutesSpan => "minutes_span",
            Self::AgeDays => "age_days",
            Self::UsersEver => "users_ever",
            Self::Url => "url",
            Self::Host => "host",
            Self::User => "user",
            Self::Workloads => "workloads",
            Self::ThreatTypes => "threat_types",
        }
    }

    /// What it holds.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Url | Self::Host | Self::User => Kind::Text,
            Self::Workloads | Self::ThreatTypes => Kind::Texts,
            _ => Kind::Number,
        }
    }

    /// Whether it tells of all that was ever stored, not of the rule's time alone; such a number
    /// may come late.
    pub const fn is_of_the_whole_store(self) -> bool {
        matches!(self, Self::AgeDays | Self::UsersEver)
    }

    /// What a group must be by for it to be known, where that matters: any of these suffices.
    pub const fn needs(self) -> Option<&'static [GroupBy]> {
        match self {
            Self::Url => Some(&[GroupBy::Url]),
            Self::Host => Some(&[GroupBy::Url, GroupBy::Host]),
            Self::User => Some(&[GroupBy::User]),
            _ => None,
        }
    }

    /// What it is, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Blocked => "Clicks that were blocked.",
            Self::Allowed => "Clicks that were allowed.",
            Self::PendingVerdict => "Clicks that met a scan under way.",
            Self::Error => "Clicks that met an error page.",
            Self::ClickedThrough => "Clicks on past a warning, be it a block or a scan.",
            Self::BlockedByTenantPolicy => "Clicks that the tenant's own list blocked.",
            Self::Other => "Clicks with any other outcome.",
            Self::Clickers => "Distinct users who clicked, however it ended.",
            Self::AffectedUsers => "Distinct users who were blocked or clicked on past a warning.",
            Self::ScanBypassed => "Clicks on past a scan under way, without a block.",
            Self::ClickedPastBlock => "Clicks on past a block.",
            Self::AllowedWithThreat => "Clicks that were allowed although a threat was known.",
            Self::AllowedBeforeBlocked => {
                "Distinct users who were let through before the first block."
            }
            Self::ThreatUrls => "Distinct URLs clicked on that were known to be a threat.",
            Self::MinutesSpan => "Minutes from the first click to the last.",
            Self::AgeDays => "Whole days since the first click that was ever stored.",
            Self::UsersEver => "Distinct users of all clicks that were ever stored.",
            Self::Url => "The URL. Only of a rule by url.",
            Self::Host => "The host that the URL leads to. Only of a rule by url or host.",
            Self::User => "The user, in lower case. Only of a rule by user.",
            Self::Workloads => "Where the clicks were made, such as \"Email\" and \"Teams\".",
            Self::ThreatTypes => "The threats that were named, such as \"Phish\".",
        }
    }

    /// The one of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_come_first() {
        for (place, variable) in Variable::ALL.into_iter().enumerate() {
            assert_eq!(variable as usize, place);
            assert_eq!(variable.kind() == Kind::Number, place < Variable::NUMBERS);
            assert_eq!(Variable::named(variable.name()), Some(variable));
        }
    }
}
