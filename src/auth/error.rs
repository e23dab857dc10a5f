//! Why there is no token.

use std::fmt;
use std::time::Duration;

/// A refusal that no retry overcomes: somebody must change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthRefusal {
    /// What is wrong.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
    /// The number after `AADSTS`, when Entra refused.
    pub code: Option<u32>,
    /// Microsoft's id of the refusal, which its support asks for.
    pub trace_id: Option<String>,
}

impl AuthRefusal {
    /// One that is our own, before anybody was asked.
    pub(super) fn ours(sentence: String, remedy: impl Into<String>) -> Self {
        Self { sentence, remedy: remedy.into(), code: None, trace_id: None }
    }
}

impl fmt::Display for AuthRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.sentence, self.remedy)?;
        match (self.code, &self.trace_id) {
            (Some(code), Some(trace)) => write!(f, " (AADSTS{code}, trace id {trace})"),
            (Some(code), None) => write!(f, " (AADSTS{code})"),
            (None, Some(trace)) => write!(f, " (trace id {trace})"),
            (None, None) => Ok(()),
        }
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Nobody answered, or not as a sign-in service does. Worth a retry.
    #[error("{0}")]
    Transport(String),
    /// The service asks to wait. Worth a retry after that.
    #[error("the sign-in service asks to wait {} s", wait.as_secs_f64().ceil())]
    Throttled {
        /// How long.
        wait: Duration,
    },
    /// Not worth a retry.
    #[error("{0}")]
    Refused(AuthRefusal),
}
