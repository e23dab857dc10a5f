//! `[[sink]]`: where messages go, and which tenants' messages may go there.

mod chat;
mod read;

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use url::Url;

use super::location::SectionLocation;
use crate::message::UrlDisplay;
use crate::message::severity::Severity;
use crate::network::is_loopback;

pub use chat::{ChatKind, ChatRoom, Layout};
pub(super) use read::all;

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// How reports and the outbox call it.
    pub name: String,
    /// What carries its messages.
    pub kind: SinkKind,
    /// How its host is reached.
    pub route: Route,
    /// Whose messages it may get.
    pub audience: Audience,
    /// The least time between two messages.
    pub pace: Duration,
    /// How much of a URL it is shown.
    pub urls: UrlDisplay,
    /// The least that an alert must be to go there; digests and notices go there anyway.
    pub min_severity: Severity,
    /// Where the section stands.
    pub location: SectionLocation,
}

/// The types of sink, each with its own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkKind {
    /// Mail over SMTP.
    Email(Smtp),
    /// Mail through Graph.
    GraphMail(GraphMail),
    /// A chat.
    Chat(ChatRoom),
    /// Any program that takes signed events.
    Webhook(WebhookReceiver),
    /// JSON Lines in this file.
    File(PathBuf),
}

/// A mail server, who writes, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made secret.
    pub tls: Tls,
    /// How we prove who we are.
    pub login: Login,
    /// Who writes.
    pub from: Mailbox,
    /// To whom; at least one.
    pub to: Vec<Mailbox>,
}

/// How an SMTP connection is made secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Begun in plain text and turned to TLS, or given up.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None: for this machine only.
    None,
}

/// How we prove to a mail server who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Not at all.
    Nobody,
    /// By a password, which stands in a file.
    Password {
        /// The user.
        username: String,
        /// The file.
        file: PathBuf,
    },
    /// By a token of a tenant (XOAUTH2).
    Token {
        /// The mailbox.
        username: String,
        /// The tenant's name.
        tenant: String,
    },
}

/// Mail through Graph, as the app of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphMail {
    /// The tenant's name.
    pub tenant: String,
    /// The mailbox that sends.
    pub from: Mailbox,
    /// To whom; at least one.
    pub to: Vec<Mailbox>,
}

/// A program that takes events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookReceiver {
    /// The file with its address.
    pub url_file: PathBuf,
    /// Files of the keys that sign: none, one, or two while keys change.
    pub key_files: Vec<PathBuf>,
    /// A template for the body.
    pub template_file: Option<PathBuf>,
}

/// How a sink's host is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// A proxy of the sink's own, instead of the environment's.
    pub proxy: Option<Url>,
    /// What is spoken besides https.
    pub plain: Plain,
}

impl Route {
    /// Whether `url` may be spoken to: by https anywhere, in plain http where that is allowed.
    pub fn permits(&self, url: &Url) -> bool {
        url.scheme() == "https" || is_loopback(url) || self.plain == Plain::Anywhere
    }
}

/// Whether plain http may be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// To this machine only.
    #[default]
    Loopback,
    /// To any host: the operator said so.
    Anywhere,
}

/// Whose messages a sink may get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every tenant's: there is only one, or the operator said so.
    All,
    /// Those of these tenants only.
    Tenants(Vec<String>),
}

impl Audience {
    /// Whether a message that tells of all of `tenants` may go there.
    pub fn may_hear_of(&self, tenants: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Tenants(own) => tenants.iter().all(|tenant| own.contains(tenant)),
        }
    }
}

impl SinkKind {
    /// Its name in the configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::GraphMail(_) => "graph-mail",
            Self::Chat(room) => room.kind.name(),
            Self::Webhook(_) => "webhook",
            Self::File(_) => "file",
        }
    }

    /// The file with the address of those that have one.
    pub fn url_file(&self) -> Option<&Path> {
        match self {
            Self::Chat(ChatRoom { url_file, .. })
            | Self::Webhook(WebhookReceiver { url_file, .. }) => Some(url_file),
            Self::Email(_) | Self::GraphMail(_) | Self::File(_) => None,
        }
    }
}

impl Sink {
    /// To whom a message goes, one delivery each: the recipients of mail over SMTP, of whom one who
    /// is refused holds up no other; elsewhere one that has no name.
    pub fn recipients(&self) -> Vec<String> {
        match &self.kind {
            SinkKind::Email(smtp) => smtp.to.iter().map(|to| to.email.to_string()).collect(),
            _ => vec![String::new()],
        }
    }
}
