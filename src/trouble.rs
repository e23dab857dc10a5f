//! What the log hears of what is wrong: each thing once, with what to do, and once that it is over.

use std::collections::BTreeSet;
use std::fmt::Display;

use tracing::field::{DisplayValue, display};

/// So many different things are told of one trouble. More of them, as of a source that fails in a
/// new way each time, would say nothing new.
const MOST: usize = 8;

/// Who is in trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// The program as a whole.
    #[default]
    All,
    /// The tenant of this name.
    Tenant(String),
    /// The sink of this name.
    Sink(String),
    /// The report of this name.
    Report(String),
}

/// What is wrong with one stage, or with one tenant's, sink's or report's part of it, and the log
/// knows already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    who: Who,
    told: BTreeSet<String>,
}

/// An event of the log with the name of whoever it is about.
macro_rules! tell {
    ($level:ident, $who:expr, $words:expr) => {
        tracing::$level!(
            tenant = $who.tenant(),
            sink = $who.sink(),
            report = $who.report(),
            "{}",
            $words
        )
    };
}

impl Trouble {
    /// None yet.
    pub const fn of(who: Who) -> Self {
        Self { who, told: BTreeSet::new() }
    }

    /// Something is wrong that may mend itself. `gist` says what, without what differs from one time
    /// to the next; `words` say it with what to do.
    pub fn warn(&mut self, gist: &str, words: impl Display) {
        if self.is_news(gist) {
            tell!(warn, self.who, words);
        } else {
            tell!(debug, self.who, words);
        }
    }

    /// Something is wrong that somebody must see to; else the same.
    pub fn error(&mut self, gist: &str, words: impl Display) {
        if self.is_news(gist) {
            tell!(error, self.who, words);
        } else {
            tell!(debug, self.who, words);
        }
    }

    /// It works. Says so where something was wrong.
    pub fn is_over(&mut self, words: &str) {
        if !std::mem::take(&mut self.told).is_empty() {
            tell!(info, self.who, words);
        }
    }

    fn is_news(&mut self, gist: &str) -> bool {
        self.told.len() < MOST && self.told.insert(gist.to_owned())
    }
}

impl Who {
    fn tenant(&self) -> Option<DisplayValue<&str>> {
        if let Self::Tenant(name) = self { Some(display(name)) } else { None }
    }

    fn sink(&self) -> Option<DisplayValue<&str>> {
        if let Self::Sink(name) = self { Some(display(name)) } else { None }
    }

    fn report(&self) -> Option<DisplayValue<&str>> {
        if let Self::Report(name) = self { Some(display(name)) } else { None }
    }
}
