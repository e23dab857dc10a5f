//! Texts that a sweep looks at together.

/// Texts that are looked at together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TextPart {
    Urls,
    Chains,
    Words,
    /// Names that lead to a name in lower case; before those, which they lead to.
    Spellings,
    Names,
}

impl TextPart {
    pub(super) const fn following(self) -> Option<Self> {
        match self {
            Self::Urls => Some(Self::Chains),
            Self::Chains => Some(Self::Words),
            Self::Words => Some(Self::Spellings),
            Self::Spellings => Some(Self::Names),
            Self::Names => None,
        }
    }

    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Urls => "url",
            Self::Chains => "chain",
            Self::Words => "word",
            Self::Spellings | Self::Names => "person",
        }
    }

    pub(super) const fn only(self) -> &'static str {
        match self {
            Self::Urls | Self::Chains | Self::Words => "",
            Self::Spellings => "AND folded != 0",
            Self::Names => "AND folded = 0",
        }
    }
}

/// Where a sweep stands.
#[derive(Clone, Copy)]
pub(super) struct SweepPosition {
    pub(super) part: TextPart,
    /// The last id that was looked at.
    pub(super) after: i64,
}

impl SweepPosition {
    /// The next one, until all was looked at.
    pub(super) fn after(self, found: &UnusedTexts) -> Option<Self> {
        match found.last {
            Some(after) => Some(Self { after, ..self }),
            None => self.part.following().map(|part| Self { part, after: 0 }),
        }
    }
}

/// What was found at a place.
pub(super) struct UnusedTexts {
    /// Ids that are not marked.
    pub(super) unused: Vec<i64>,
    /// The last one that was looked at, if there may be more.
    pub(super) last: Option<i64>,
}
