//! Sign-in: tokens of a tenant's app, and what Microsoft says when it gives none.

mod aadsts;
mod arc;
mod bearer;
mod certificate;
mod claims;
mod exchange;
mod federated;
mod gates;
mod managed;
mod proof;
mod secret;
mod shared_auth;
mod sign_in;
mod token_cache;
mod tokens;

use std::time::Duration;

use crate::config::Cloud;

pub use bearer::Bearer;
pub use gates::{BookFuture, GateBook};
pub use shared_auth::SharedAuth;
pub use sign_in::{SignIn, SignInClients};
pub use tokens::Tokens;

/// The permission that hunting needs ("security: runHuntingQuery", Permissions).
pub const PERMISSION: &str = "ThreatHunting.Read.All";

/// What a token is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Hunting, through Graph.
    #[default]
    Hunting,
    /// Sending mail through Graph.
    GraphMail,
    /// Sending mail over SMTP, at Exchange Online.
    Smtp,
}

impl Purpose {
    /// The application permission that it needs.
    pub const fn permission(self) -> &'static str {
        match self {
            Self::Hunting => PERMISSION,
            Self::GraphMail => "Mail.Send",
            Self::Smtp => "SMTP.SendAsApp",
        }
    }

    /// Whose permission that is.
    pub const fn api(self) -> &'static str {
        match self {
            Self::Hunting | Self::GraphMail => "Microsoft Graph",
            Self::Smtp => "Office 365 Exchange Online",
        }
    }

    /// The API as the name of what a token is for.
    pub(crate) fn resource(self, cloud: Cloud) -> String {
        match self {
            Self::Hunting | Self::GraphMail => cloud.resource(),
            Self::Smtp => format!("https://{}", cloud.outlook_host()),
        }
    }
}

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
    fn ours(sentence: String, remedy: impl Into<String>) -> Self {
        Self { sentence, remedy: remedy.into(), code: None, trace_id: None }
    }
}

impl std::fmt::Display for AuthRefusal {
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
    #[error("the sign-in service asks to wait {} s", wait.as_secs_f64().ceil())]
    Throttled {
        /// How long.
        wait: Duration,
    },
    /// Not worth a retry.
    #[error("{0}")]
    Refused(AuthRefusal),
}
