//! What goes to a channel, and what comes of it.

use std::time::Duration;

use crate::auth::AuthError;
use crate::message::{Content, Envelope};

/// A message on its way to one recipient.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// What is told.
    pub content: &'a Content,
    /// How it is drawn.
    pub envelope: &'a Envelope,
    /// Of mail; empty elsewhere.
    pub recipient: &'a str,
}

/// What a channel answered. Each says in a sentence what happened, without any secret and without
/// the address, which may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took the message; no channel says that somebody read it.
    Accepted,
    /// Worth another try with this very message: the recipient cannot take it now.
    MessageLater {
        /// After so long, if it said how long.
        wait: Option<Duration>,
        /// What happened.
        detail: String,
    },
    /// Worth another try, but the channel takes nothing now: throttled, or not reached.
    SinkLater {
        /// After so long, if it said how long.
        wait: Option<Duration>,
        /// What happened.
        detail: String,
    },
    /// Too big as it is.
    TooBig {
        /// What happened.
        detail: String,
    },
    /// This message never: the channel refuses it.
    Refused {
        /// What happened, and what to do.
        detail: String,
    },
    /// No message: the address is gone, or takes nothing from us. Somebody must act.
    Broken {
        /// What happened, and what to do.
        detail: String,
    },
}

/// What a channel that signs in says when there is no token.
pub(super) fn no_token(error: AuthError) -> Outcome {
    match error {
        AuthError::Refused(refusal) => Outcome::Broken { detail: refusal.to_string() },
        AuthError::Throttled { wait } => {
            Outcome::SinkLater { wait: Some(wait), detail: error.to_string() }
        }
        AuthError::Transport(detail) => Outcome::SinkLater { wait: None, detail },
    }
}
