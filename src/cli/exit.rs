//! Exit codes, and failures that carry theirs.

use std::io;
use std::process::ExitCode;

use crate::config::Problem;
use crate::daemon::DaemonError;
use crate::store::StoreError;
use crate::text::csv_cell::CsvError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Done,
    /// 1.
    Failed,
    /// 2: an argument that makes no sense. Most of them clap reports.
    Usage,
    /// 75: throttled, no network, or gaps were left.
    TryLater,
    /// 77: credentials or permission.
    Refused,
    /// 78.
    BadConfig,
}

impl Exit {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::TryLater => 75,
            Self::Refused => 77,
            Self::BadConfig => 78,
        }
    }

    /// Of the ends of several tenants the one that counts: 1 before 77 before 75.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Done => 0,
            Self::TryLater => 1,
            Self::Refused => 2,
            Self::Failed => 3,
            Self::BadConfig => 4,
            Self::Usage => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub enum CommandError {
    /// A sentence for stderr, and the exit code.
    Said(Exit, String),
    /// Several, a line each.
    Each(Exit, Vec<String>),
    /// The reader of our output went away: nothing to say.
    ClosedPipe,
}

impl CommandError {
    /// A failure with code 1.
    pub fn failed(why: impl std::fmt::Display) -> Self {
        Self::Said(Exit::Failed, why.to_string())
    }

    /// Arguments that make no sense.
    pub fn usage(why: impl std::fmt::Display) -> Self {
        Self::Said(Exit::Usage, why.to_string())
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ClosedPipe;
        }
        Self::failed(format!("cannot write: {error}"))
    }
}

impl From<CsvError> for CommandError {
    fn from(error: CsvError) -> Self {
        match error {
            CsvError::Io(error) => error.into(),
            CsvError::Shape(_) => Self::failed(error),
        }
    }
}

impl From<&StoreError> for Exit {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Refused { .. } => Self::BadConfig,
            error if error.is_transient() => Self::TryLater,
            _ => Self::Failed,
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Said(Exit::from(&error), format!("store: {error}"))
    }
}

impl From<DaemonError> for CommandError {
    fn from(error: DaemonError) -> Self {
        match error {
            DaemonError::Store(error) => error.into(),
            DaemonError::Network { .. } => Self::Said(Exit::BadConfig, error.to_string()),
            DaemonError::Sinks(problems) => Self::Each(Exit::BadConfig, problems),
        }
    }
}

impl From<Vec<Problem>> for CommandError {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Each(Exit::BadConfig, problems.iter().map(ToString::to_string).collect())
    }
}
