//! Exit codes.

use std::process::ExitCode;

use crate::store::StoreError;

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

impl From<&StoreError> for Exit {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Refused { .. } => Self::BadConfig,
            error if error.is_transient() => Self::TryLater,
            _ => Self::Failed,
        }
    }
}
