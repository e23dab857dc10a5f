//! `[[report]]`: a digest on a schedule.

mod read;

use std::time::Duration;

use super::location::SectionLocation;
use crate::click::sort::Sort;
use crate::clock::schedule::Schedule;

pub(super) use read::all;

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its name.
    pub name: String,
    /// When it is due.
    pub schedule: Schedule,
    /// How far back it looks; since the last one where this is not given.
    pub window: Option<Duration>,
    /// How many URLs it names.
    pub top: u32,
    /// By what it orders them.
    pub order: Order,
    /// The names of the sinks that it goes to; at least one, each only once.
    pub sinks: Vec<String>,
    /// The names of the tenants that it tells of. Each sink may hear of all of them.
    pub tenants: Vec<String>,
    /// What goes along as a file.
    pub attach: Attach,
    /// Where the section stands.
    pub location: SectionLocation,
}

/// By what a digest orders its URLs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Clicked past a block, then allowed with a threat, then blocked, then clickers, largest first.
    #[default]
    Risk,
    /// A column of the summary.
    Column(Sort),
}

/// What goes along with a digest as a file of CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attach {
    /// URLs with a bad outcome, without user part, query and fragment.
    #[default]
    Risky,
    /// Every URL.
    All,
    /// Nothing.
    None,
}

impl Order {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        std::iter::once(Self::Risk).chain(Sort::ALL.into_iter().map(Self::Column))
    }

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Risk => "Risk",
            Self::Column(sort) => sort.name(),
        }
    }
}

impl Attach {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Risky, Self::All, Self::None];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Risky => "risky",
            Self::All => "all",
            Self::None => "none",
        }
    }
}
