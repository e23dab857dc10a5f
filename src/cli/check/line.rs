//! One line of the check: what was looked at, and how it is.

use std::fmt;

use super::{Exit, Problem};
use crate::cli::text::plain;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
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
pub(super) struct Line {
    what: String,
    verdict: Verdict,
    words: String,
}

impl Line {
    /// `words` say what was found and, where that is not good, what to do.
    pub(super) fn new(what: impl Into<String>, verdict: Verdict, words: impl Into<String>) -> Self {
        Self { what: what.into(), verdict, words: words.into() }
    }

    /// A problem of the configuration.
    pub(super) fn of_problem(problem: &Problem) -> Self {
        Self::new("configuration", Verdict::Bad(Exit::BadConfig), problem.to_string())
    }

    /// How the program ends because of it.
    pub(super) const fn exit(&self) -> Exit {
        match self.verdict {
            Verdict::Bad(exit) => exit,
            Verdict::Good | Verdict::Warning | Verdict::Skipped => Exit::Done,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Good => "ok",
            Verdict::Warning => "warning",
            Verdict::Skipped => "skipped",
            Verdict::Bad(_) => "failed",
        };
        write!(f, "{verdict:<8} {}: {}", plain(&self.what), plain(&self.words))
    }
}
