//! What analysts look for: lists of indicators as they come out of feeds, platforms, reports and our
//! own exports. Bytes in; indicators, what is left out, and what could not be read out.
//!
//! Nothing that was written down is passed over in silence: a line is read, or [`Refused`] with its
//! reason, or counted as [`LeftOut`].

mod blocker;
mod csv;
mod encoding;
mod heading;
mod json;
mod line;
mod markdown;
mod prose;
mod refanged;
mod stix;
mod tally;
mod typed;
mod value;
mod word;
mod wrapped;

use std::fmt;

use crate::pattern::{Area, host_name};
use crate::report::refang;
use crate::selection::Indicators;
pub use tally::Tally;

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
pub enum Place {
    /// In this line, counted from 1.
    Line(usize),
    /// In JSON, by keys and places.
    At(String),
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub place: Place,
    /// What stands there.
    pub text: String,
    /// What is wrong.
    pub why: Why,
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
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
pub struct List {
    /// To be looked for.
    pub found: Vec<Indicator>,
    /// Known, and left out.
    pub left_out: Vec<LeftOut>,
    /// Not understood.
    pub refused: Vec<Refused>,
}

/// What a text comes to.
type Outcome = Result<Item, Why>;

/// An indicator, or what is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Found(Indicator),
    LeftOut(LeftOut),
}

impl List {
    /// Reads a whole file.
    pub fn read(bytes: &[u8]) -> Self {
        let mut list = Self::default();
        let text = encoding::decode(bytes, &mut list);
        if json::read(&text, &mut list)
            || markdown::read(&text, &mut list)
            || csv::read(&text, &mut list)
        {
            return list;
        }
        line::read(&text, &mut list);
        list
    }

    /// How much there is.
    fn len(&self) -> usize {
        self.found.len() + self.left_out.len() + self.refused.len()
    }

    fn append(&mut self, other: Self) {
        self.found.extend(other.found);
        self.left_out.extend(other.left_out);
        self.refused.extend(other.refused);
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Found(indicator) => self.found.push(indicator),
            Item::LeftOut(kind) => self.left_out.push(kind),
        }
    }

    fn add_outcome(&mut self, outcome: Outcome, place: impl FnOnce() -> Place, text: &str) {
        match outcome {
            Ok(item) => self.add(item),
            Err(why) => self.refuse(place(), text, why),
        }
    }

    fn refuse(&mut self, place: Place, text: &str, why: Why) {
        self.refused.push(Refused { place, text: text.to_owned(), why });
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::At(path) => f.write_str(path),
        }
    }
}

/// The URLs that a text from a person may mean: as it is, since a live one may have in it what looks
/// defanged; defanged; and without what a gateway wrapped around either.
pub fn urls_meant(text: &str) -> Vec<String> {
    value::spellings(text)
}

/// The links that mail gateways wrapped into `url`, the outermost first.
pub fn links_within(url: &str) -> Vec<String> {
    wrapped::within(url)
}

/// A text that was made dead for people, as it was.
pub fn alive(text: &str) -> String {
    let (plain, more) = (refang(text), refanged::alive(text));
    if host_name(&plain).is_none() && host_name(&more).is_some() { more } else { plain }
}
