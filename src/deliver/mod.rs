//! Delivery: a message drawn for one channel, and carried there. One file a channel.
//!
//! Drawing is a pure function of content, envelope and recipient, so a retry is the same to the
//! byte; only what must be fresh (a signature's time, a token) is added when it is sent.

mod address;
mod chat;
mod email;
mod event;
mod file;
mod fit;
mod graph_mail;
mod http;
mod mail;
mod make;
mod preflight;
mod probe;
mod webhook;

use std::time::Duration;

use crate::auth::AuthError;
use crate::message::{Content, Envelope};

pub use address::read_address;
pub use chat::Chat;
pub use email::Email;
pub use file::FileSink;
pub use graph_mail::GraphMail;
pub use make::{ChannelContext, ChannelError};
pub use probe::{Reached, Unreached};
pub use webhook::{SigningKey, Template, Webhook, read_key};

/// A channel with its settings. A new one is a file beside this and a line here.
#[derive(Debug)]
pub enum Channel {
    /// A chat, such as Teams or Slack.
    Chat(Chat),
    /// Mail, over SMTP.
    Email(Email),
    /// Mail, through Graph.
    GraphMail(GraphMail),
    /// Any program that takes signed events.
    Webhook(Webhook),
    /// JSON Lines in a file.
    File(FileSink),
}

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
        told: String,
    },
    /// Worth another try, but the channel takes nothing now: throttled, or not reached.
    SinkLater {
        /// After so long, if it said how long.
        wait: Option<Duration>,
        /// What happened.
        told: String,
    },
    /// Too big as it is.
    TooBig {
        /// What happened.
        told: String,
    },
    /// This message never: the channel refuses it.
    Refused {
        /// What happened, and what to do.
        told: String,
    },
    /// No message: the address is gone, or takes nothing from us. Somebody must act.
    Broken {
        /// What happened, and what to do.
        told: String,
    },
}

impl Channel {
    /// Draws the message and carries it there.
    pub async fn deliver(&self, outgoing: Outgoing<'_>) -> Outcome {
        // What ends a channel's work early is an outcome like any other.
        let (Ok(outcome) | Err(outcome)) = match self {
            Self::Chat(chat) => chat.deliver(outgoing).await,
            Self::Email(email) => email.deliver(outgoing).await,
            Self::GraphMail(mail) => mail.deliver(outgoing).await,
            Self::Webhook(webhook) => webhook.deliver(outgoing).await,
            Self::File(file) => file.deliver(outgoing).await,
        };
        outcome
    }
}

/// The message as mail shows it: a page that loads nothing.
pub fn html(content: &Content, envelope: &Envelope) -> String {
    mail::html(content, envelope)
}

/// What a channel that signs in says when there is no token.
fn no_token(error: AuthError) -> Outcome {
    match error {
        AuthError::Refused(refusal) => Outcome::Broken { told: refusal.to_string() },
        AuthError::Throttled { wait } => {
            Outcome::SinkLater { wait: Some(wait), told: error.to_string() }
        }
        AuthError::Transport(told) => Outcome::SinkLater { wait: None, told },
    }
}
