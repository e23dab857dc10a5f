//! What a check looks at and finds, and what a repair did.

use crate::clock::Hour;

use super::tenant::TenantKey;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckPart {
    /// Pages, indexes and types, by SQLite's own check.
    File,
    /// Foreign keys, by SQLite's own check.
    References,
    /// Every URL and chain with its hash, every user with the lower case of the name.
    Texts,
    /// Every click with the hashes of its identity and its details.
    Clicks,
    /// Every segment with the live clicks of its hour.
    Segments,
    /// What is held of every hour with its live clicks.
    Hours,
}

impl CheckPart {
    /// In the order in which they are looked at.
    pub const ALL: [Self; 6] =
        [Self::File, Self::References, Self::Texts, Self::Clicks, Self::Segments, Self::Hours];

    /// The name that people see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::References => "references",
            Self::Texts => "texts",
            Self::Clicks => "clicks",
            Self::Segments => "segments",
            Self::Hours => "hours",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFinding {
    /// What was compared.
    pub part: CheckPart,
    /// The hour it is about, if it is about one.
    pub hour: Option<(TenantKey, Hour)>,
    /// What is wrong.
    pub what: String,
    /// Whether [`Store::repair_hour`](crate::store::StoreFile::repair_hour) and its like can do nothing about it.
    pub lasting: bool,
}

impl CheckFinding {
    pub(crate) fn new(part: CheckPart, what: impl Into<String>) -> Self {
        Self { part, hour: None, what: what.into(), lasting: false }
    }

    pub(crate) const fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

/// What one step of a check looked at and found.
#[derive(Clone, Debug, Default)]
pub struct CheckReport {
    /// Clicks or texts.
    pub rows: u64,
    /// Hours.
    pub hours: u64,
    /// What is wrong.
    pub found: Vec<CheckFinding>,
}

impl CheckReport {
    pub(crate) fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.hours += more.hours;
        self.found.extend(more.found);
    }
}

/// A table of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTable {
    /// URLs.
    Url,
    /// URL chains.
    Chain,
    /// Users.
    Person,
}

impl TextTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Url, Self::Chain, Self::Person];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Url => "URL",
            Self::Chain => "URL chain",
            Self::Person => "user",
        }
    }
}

/// What was done about an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RepairReport {
    /// Its segment was made anew from its clicks.
    pub segment: bool,
    /// So many clicks were not what was stored, and were removed to be fetched again.
    pub removed: u64,
    /// Of so many only the details were not: they stay, and the next answer's are taken over.
    pub asked_again: u64,
    /// So many were left, since nobody would fetch them again.
    pub left: u64,
    /// So many withdrawn ones were left: the source never shows them again.
    pub withdrawn: u64,
    /// What was held is forgotten: if the source still has the hour, the next pass fetches it.
    pub forgotten: bool,
    /// Its clicks cannot be read, and nothing was done.
    pub unreadable: bool,
}

/// Whether the source may still give the clicks of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refetch {
    /// The next pass asks for them.
    Possible,
    /// Nobody asks for them any more.
    Impossible,
}
