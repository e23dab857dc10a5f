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
mod outcome;
mod preflight;
mod probe;
mod webhook;

use crate::message::{Content, Envelope};

pub use address::read_address;
pub use chat::Chat;
pub use email::Email;
pub use file::FileSink;
pub use graph_mail::GraphMail;
pub use make::{ChannelContext, ChannelError};
pub use outcome::{Outcome, Outgoing};
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
