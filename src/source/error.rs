//! Why the source gave no answer.

use std::time::Duration;

use super::wire::WireError;
use crate::auth::{AuthError, AuthRefusal};

/// Which quota ran out: one of the tenant's two, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExhaustedQuota {
    /// Calls a minute.
    Rate,
    /// Processing: blocked until the next 15-minute cycle.
    Cpu,
    /// That of the sign-in service.
    SignIns,
}

/// Why the source gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No answer, half an answer, or not Graph's. Worth a retry.
    #[error("{0}")]
    Transport(String),
    /// An error of Graph's own, in its words. Worth a retry; a smaller question may fare better.
    #[error("Graph cannot answer: {0}")]
    Unwell(String),
    /// Graph says that it is away. Worth a retry; no question would fare better.
    #[error("Graph is away: {0}")]
    Away(String),
    /// The token was not taken, and is forgotten. Worth a retry at once, with a new one.
    #[error("Graph did not take the token: it is asked again with a new one")]
    TokenRefused,
    /// The answer is larger than the source or we allow. The same question would fare no better.
    #[error("the answer is too big")]
    TooBig,
    /// No answer in time. A smaller question may get one.
    #[error("the source gave no answer in time")]
    Slow,
    /// The query names a table or column that the tenant does not have.
    #[error("the source does not know a name in the query: {0}")]
    Schema(String),
    /// The tenant's quota is used up. Worth a retry after `wait`, and not before.
    #[error("the source asks to wait {} s ({})", wait.as_secs(), quota.in_words())]
    Throttled {
        /// Which quota.
        quota: ExhaustedQuota,
        /// How long, from the answer's `Date`; at most a day.
        wait: Duration,
    },
    /// Microsoft refuses this app. Not worth a retry until somebody changed something.
    #[error("{0}")]
    Refused(AuthRefusal),
    /// The source finds fault with our question. Not worth a retry.
    #[error("the source rejected the query: {0}")]
    Rejected(String),
}

impl ExhaustedQuota {
    /// The quota in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Rate => "calls a minute",
            Self::Cpu => "the tenant's CPU quota",
            Self::SignIns => "sign-ins",
        }
    }
}

impl From<AuthError> for SourceError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Transport(words) => Self::Transport(words),
            AuthError::Throttled { wait } => {
                Self::Throttled { quota: ExhaustedQuota::SignIns, wait }
            }
            AuthError::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

impl From<WireError> for SourceError {
    fn from(error: WireError) -> Self {
        Self::Transport(error.to_string())
    }
}
