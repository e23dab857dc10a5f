//! What is set of a mail server: who writes to whom through it, and how we prove who we are.

use std::path::PathBuf;
use std::sync::Arc;

use lettre::message::Mailbox;

use crate::auth::Tokens;
use crate::config::Tls;

/// How we prove who we are.
#[derive(Debug)]
pub(in crate::deliver) enum Login {
    /// Not at all.
    Nobody,
    /// By a password, read from its file for every mail.
    Password { username: String, file: PathBuf },
    /// By a token of a tenant (XOAUTH2).
    Token { username: String, tokens: Arc<Tokens> },
}

/// A mail server and who writes to whom.
#[derive(Debug)]
pub struct Email {
    pub(in crate::deliver) host: String,
    pub(in crate::deliver) port: u16,
    pub(in crate::deliver) tls: Tls,
    pub(in crate::deliver) ca_file: Option<PathBuf>,
    pub(in crate::deliver) login: Login,
    pub(in crate::deliver) from: Mailbox,
    /// Everybody whom a message names as its recipients.
    pub(in crate::deliver) to: Vec<Mailbox>,
}
