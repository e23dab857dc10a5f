//! Sign-in: tokens of a tenant's app, and what Microsoft says when it gives none.

mod aadsts;
mod exchange;
mod tokens;

use std::time::Duration;

use url::Url;

pub use exchange::SignIn;
pub use tokens::{Bearer, Tokens};

/// A refusal that no retry overcomes: somebody must change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
    /// The number after `AADSTS`, when Entra refused.
    pub code: Option<u32>,
    /// Microsoft's id of the refusal, which its support asks for.
    pub trace_id: Option<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
    #[error("the sign-in service asks to wait {} s", wait.as_secs())]
    Throttled {
        /// How long.
        wait: Duration,
    },
    /// Not worth a retry.
    #[error("{0}")]
    Refused(Refusal),
}

impl SignIn {
    /// Where an administrator grants this app its permissions.
    pub fn admin_consent_address(&self) -> String {
        let Self { login_url, tenant_id, client_id, .. } = self;
        format!("{}/{tenant_id}/adminconsent?client_id={client_id}", trimmed(login_url))
    }

    /// The token endpoint (v2.0, client credentials).
    fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", trimmed(&self.login_url), self.tenant_id)
    }
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}
