//! One line of the check: what was looked at, and how it is.

use std::fmt;

use super::{Exit, Problem};
use crate::cli::print::text::plain;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckStatus {
    /// As it should be.
    Good,
    /// Works, but somebody should look.
    Warning,
    /// Not looked at.
    Skipped,
    /// Wrong, and the program ends so.
    Bad(Exit),
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct CheckLine {
    what: String,
    status: CheckStatus,
    words: String,
}

impl CheckLine {
    /// `words` say what was found and, where that is not good, what to do.
    pub(super) fn new(
        what: impl Into<String>,
        status: CheckStatus,
        words: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), status, words: words.into() }
    }

    /// A problem of the configuration.
    pub(super) fn of_problem(problem: &Problem) -> Self {
        Self::new("configuration", CheckStatus::Bad(Exit::BadConfig), problem.to_string())
    }

    /// How the program ends because of it.
    pub(super) const fn exit(&self) -> Exit {
        match self.status {
            CheckStatus::Bad(exit) => exit,
            CheckStatus::Good | CheckStatus::Warning | CheckStatus::Skipped => Exit::Done,
        }
    }
}

impl fmt::Display for CheckLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            CheckStatus::Good => "ok",
            CheckStatus::Warning => "warning",
            CheckStatus::Skipped => "skipped",
            CheckStatus::Bad(_) => "failed",
        };
        write!(f, "{status:<8} {}: {}", plain(&self.what), plain(&self.words))
    }
}
