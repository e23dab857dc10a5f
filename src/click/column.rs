//! The columns of `UrlClickEvents`, and those that an answer had.

/// The text columns this program knows: the first seven (with `Timestamp` and
/// `IsClickedThrough`) make a row's identity, the others are detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the column of that name")]
pub enum Text {
    Url,
    ActionType,
    AccountUpn,
    Workload,
    NetworkMessageId,
    IPAddress,
    ReportId,
    ThreatTypes,
    DetectionMethods,
    UrlChain,
    AppName,
    AppVersion,
    SourceId,
}

impl Text {
    /// How many there are.
    pub const COUNT: usize = 13;
    /// How many of them, from the front, belong to the identity.
    pub const IDENTITY: usize = 7;
    /// All of them, in declaration order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Url,
        Self::ActionType,
        Self::AccountUpn,
        Self::Workload,
        Self::NetworkMessageId,
        Self::IPAddress,
        Self::ReportId,
        Self::ThreatTypes,
        Self::DetectionMethods,
        Self::UrlChain,
        Self::AppName,
        Self::AppVersion,
        Self::SourceId,
    ];

    /// The source's name for the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "Url",
            Self::ActionType => "ActionType",
            Self::AccountUpn => "AccountUpn",
            Self::Workload => "Workload",
            Self::NetworkMessageId => "NetworkMessageId",
            Self::IPAddress => "IPAddress",
            Self::ReportId => "ReportId",
            Self::ThreatTypes => "ThreatTypes",
            Self::DetectionMethods => "DetectionMethods",
            Self::UrlChain => "UrlChain",
            Self::AppName => "AppName",
            Self::AppVersion => "AppVersion",
            Self::SourceId => "SourceId",
        }
    }
}

/// The column that holds the click's time.
pub const TIMESTAMP: &str = "Timestamp";
/// The one boolean column.
pub const IS_CLICKED_THROUGH: &str = "IsClickedThrough";

/// The columns that the answer to a fetch had: one that was absent changes no detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Present {
    texts: u16,
    /// Whether any column beyond the known ones was named.
    pub extra: bool,
}

impl Present {
    /// Every known column.
    pub const ALL: Self = Self { texts: (1 << Text::COUNT) - 1, extra: true };

    /// The set with `column` added.
    #[must_use]
    pub const fn with(self, column: Text) -> Self {
        Self { texts: self.texts | 1 << column as u16, ..self }
    }

    /// Whether the answer had `column`.
    pub const fn has(self, column: Text) -> bool {
        self.texts & 1 << column as u16 != 0
    }
}
