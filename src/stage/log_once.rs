//! What the log hears of what is wrong: each thing once, with what to do, and once that it is over.

use std::collections::BTreeSet;
use std::fmt::Display;

use tracing::field::{DisplayValue, display};

/// So many different things are logged between two times that all is well. More of them, as of a source that fails in a
/// new way each time, would say nothing new.
const MOST_KEYS: usize = 8;

/// Who or what an entry of the log is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogSubject {
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
pub struct LogOnce {
    subject: LogSubject,
    logged: BTreeSet<String>,
}

/// An event of the log with the name of whoever it is about.
macro_rules! log_event {
    ($level:ident, $subject:expr, $words:expr) => {
        tracing::$level!(
            tenant = $subject.tenant(),
            sink = $subject.sink(),
            report = $subject.report(),
            "{}",
            $words
        )
    };
}

impl LogOnce {
    /// None yet.
    pub const fn of(subject: LogSubject) -> Self {
        Self { subject, logged: BTreeSet::new() }
    }

    /// Something is wrong that may mend itself. `dedup_key` says what, without what differs from one time
    /// to the next; `words` say it with what to do.
    pub fn warn(&mut self, dedup_key: &str, words: impl Display) {
        if self.is_new(dedup_key) {
            log_event!(warn, self.subject, words);
        } else {
            log_event!(debug, self.subject, words);
        }
    }

    /// Something is wrong that somebody must see to; else the same.
    pub fn error(&mut self, dedup_key: &str, words: impl Display) {
        if self.is_new(dedup_key) {
            log_event!(error, self.subject, words);
        } else {
            log_event!(debug, self.subject, words);
        }
    }

    /// It works. Says so where something was wrong.
    pub fn is_over(&mut self, words: &str) {
        if !std::mem::take(&mut self.logged).is_empty() {
            log_event!(info, self.subject, words);
        }
    }

    fn is_new(&mut self, dedup_key: &str) -> bool {
        self.logged.len() < MOST_KEYS && self.logged.insert(dedup_key.to_owned())
    }
}

impl LogSubject {
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
