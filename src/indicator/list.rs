//! What reading a list comes to: what is to be looked for, what is left out, what is refused.

use std::fmt;

use crate::click::pattern::Area;
use crate::click::selection::Indicators;

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Indicator {
    /// A URL, and other texts that stand for it: as it was written, without what wraps it.
    Url {
        /// As people would write it.
        text: String,
        /// What is looked for besides.
        also: Vec<String>,
    },
    /// All URLs of a host below a path.
    Area(Area),
    /// A host, with those below it.
    Host(String),
    /// An address, or a network with a slash.
    Network(String),
    /// A user, by address.
    User(String),
    /// The id of a message or report.
    Id(String),
}

/// What is known for what it is, but that no click could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// The hash of a file.
    Hash,
    /// A cell with nothing in it.
    Empty,
    /// A name of the machine itself, as hosts files have it.
    Local,
    /// An address of mail in a note beside an indicator.
    InNote,
    /// Any other kind, such as a file's name.
    Other,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemPlace {
    /// In this line, counted from 1.
    Line(usize),
    /// In JSON, by keys and places.
    At(String),
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedItem {
    /// Where it stands.
    pub place: ItemPlace,
    /// What stands there.
    pub text: String,
    /// What is wrong.
    pub why: RefusalReason,
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    /// Nothing that a click could have.
    #[error("is neither a URL, host, user, address nor id")]
    Nothing,
    /// The end is missing.
    #[error("was cut (…): give it whole")]
    Cut,
    /// More than anybody would write.
    #[error("is longer than 64 KiB: put each thing on a line of its own")]
    Long,
    /// A star somewhere else.
    #[error("has a star where none can stand: write *.example.com or example.com/path/*")]
    Star,
    /// An exception of an ad blocker's list.
    #[error("is an exception or a rule about elements, not something to look for")]
    Exception,
    /// `@example.com`.
    #[error("is a domain of mail: write the user, or the host without the @")]
    MailDomain,
    /// Bytes that are no UTF-8.
    #[error("is not UTF-8: save the list as UTF-8 or UTF-16 with a byte order mark")]
    Encoding,
    /// Halves of UTF-16.
    #[error("is UTF-16 without a byte order mark: save the list as UTF-8")]
    Utf16,
    /// Quotes without end.
    #[error("has a quote that is not closed")]
    Quote,
    /// Too few cells.
    #[error("has fewer cells than the heading")]
    Cells,
    /// Too many cells.
    #[error("has more cells than the heading: put what has a separator in it into quotes")]
    MoreCells,
    /// JSON that does not end, or something else.
    #[error("is not JSON that can be read")]
    Json,
    /// JSON without any key that we know.
    #[error("has no field that we know, such as url, value or indicator")]
    Fields,
    /// A pattern in STIX that is more than a list of what to look for.
    #[error("is a pattern that says more than what to look for (only =, IN and ISSUBSET are read)")]
    Pattern,
}

/// What a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndicatorList {
    /// To be looked for.
    pub found: Vec<Indicator>,
    /// Known, and left out.
    pub left_out: Vec<LeftOut>,
    /// Not understood.
    pub refused: Vec<RefusedItem>,
}

/// What a text comes to.
pub(super) type ItemResult = Result<Item, RefusalReason>;

/// An indicator, or what is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Found(Indicator),
    LeftOut(LeftOut),
}

impl IndicatorList {
    /// How much there is.
    pub(super) fn len(&self) -> usize {
        self.found.len() + self.left_out.len() + self.refused.len()
    }

    pub(super) fn append(&mut self, other: Self) {
        self.found.extend(other.found);
        self.left_out.extend(other.left_out);
        self.refused.extend(other.refused);
    }

    pub(super) fn add(&mut self, item: Item) {
        match item {
            Item::Found(indicator) => self.found.push(indicator),
            Item::LeftOut(kind) => self.left_out.push(kind),
        }
    }

    pub(super) fn add_outcome(
        &mut self,
        outcome: ItemResult,
        place: impl FnOnce() -> ItemPlace,
        text: &str,
    ) {
        match outcome {
            Ok(item) => self.add(item),
            Err(why) => self.refuse(place(), text, why),
        }
    }

    pub(super) fn refuse(&mut self, place: ItemPlace, text: &str, why: RefusalReason) {
        self.refused.push(RefusedItem { place, text: text.to_owned(), why });
    }
}

impl Indicator {
    /// Adds it to what is looked for.
    pub fn add_to(&self, all: &mut Indicators) {
        match self {
            Self::Url { text, also } => {
                all.urls.add(text);
                for url in also {
                    all.urls.add_within(url, text);
                }
            }
            Self::Area(area) => all.urls.add_area(area.clone()),
            // Each was read as what it is.
            Self::Host(host) => drop(all.hosts.add(host)),
            Self::Network(network) => drop(all.networks.add(network)),
            Self::User(user) => all.users.add(user),
            Self::Id(id) => all.ids.add(id),
        }
    }
}

impl fmt::Display for ItemPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::At(path) => f.write_str(path),
        }
    }
}
