//! Why a command stopped, and the exit code that goes with it.

use std::io;

use super::Exit;
use crate::config::Problem;
use crate::daemon::DaemonError;
use crate::store::{AlertRefused, StoreError};
use crate::text::csv_cell::CsvError;
use crate::view::RowsError;
use crate::view::scope::UnknownTenant;

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

impl From<RowsError> for CommandError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Store(error) => error.into(),
            RowsError::TooMuchText => Self::failed(error),
        }
    }
}

impl From<UnknownTenant> for CommandError {
    fn from(error: UnknownTenant) -> Self {
        Self::Said(Exit::BadConfig, format!("--tenant: {error}"))
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

impl From<AlertRefused> for CommandError {
    fn from(refused: AlertRefused) -> Self {
        match refused {
            AlertRefused::Store(error) => error.into(),
            AlertRefused::Unknown(_) => Self::failed(format!(
                "{refused}, and nothing was changed; see `clickwarden alert list --state all`"
            )),
            AlertRefused::Closed(_) => Self::failed(format!("{refused}: nothing was changed")),
        }
    }
}
