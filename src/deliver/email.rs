//! `email`: a mail over SMTP, to one recipient at a time, so that one who is refused holds up no
//! other.

mod failure;
mod session;
mod stream;
mod tls;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::address::Address;
use lettre::message::Mailbox;

use super::probe::{Reached, Unreached};
use super::{Outcome, Outgoing, mail};
use crate::auth::Tokens;
use crate::config::Tls;
use crate::text::escape::one_line;
use session::SmtpSession;

/// A delivery must be done within this.
const MAIL_TIMEOUT: Duration = Duration::from_mins(1);

/// How we prove who we are.
#[derive(Debug)]
pub(super) enum Login {
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
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) login: Login,
    pub(super) from: Mailbox,
    /// Everybody whom a message names as its recipients.
    pub(super) to: Vec<Mailbox>,
}

impl Email {
    pub(super) async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<Outcome, Outcome> {
        self.in_time(self.send(outgoing)).await
    }

    /// Comes as far as a mail would begin, and leaves.
    pub(super) async fn probe(&self) -> Result<Reached, Unreached> {
        if let Login::Token { tokens, .. } = &self.login {
            tokens.bearer().await?;
        }
        self.in_time(async {
            SmtpSession::open(self).await?.close().await;
            Ok(())
        })
        .await?;
        Ok(Reached::Good(self.open_in_words()))
    }

    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Outcome, Outcome> {
        let refused = |told: String| Outcome::Refused { told };
        let recipient: Address = outgoing.recipient.parse().map_err(|_| {
            refused(format!("{:?} is no address of mail", one_line(outgoing.recipient)))
        })?;
        let mail = mail::draw(outgoing, &self.from, &self.to).map_err(refused)?;
        let mut session = SmtpSession::open(self).await?;
        let sent = session.send(recipient, &mail).await;
        session.close().await;
        sent.map(|()| Outcome::Accepted).map_err(|failure| failure.outcome(self))
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Outcome>>,
    ) -> Result<T, Outcome> {
        let late = |_| {
            let hint = match (self.tls, self.port) {
                (Tls::StartTls | Tls::None, 465) => "; port 465 wants tls = \"implicit\"",
                _ => "",
            };
            let told = format!("no answer within {} s{hint}", MAIL_TIMEOUT.as_secs());
            Outcome::SinkLater { wait: None, told }
        };
        tokio::time::timeout(MAIL_TIMEOUT, Box::pin(work)).await.map_err(late)?
    }

    fn open_in_words(&self) -> String {
        let Self { host, port, .. } = self;
        let tls = match self.tls {
            Tls::StartTls => " with STARTTLS",
            Tls::Implicit => " with TLS",
            Tls::None => "",
        };
        let login = match &self.login {
            Login::Nobody => String::new(),
            Login::Password { username, .. } => format!(", and takes the password of {username}"),
            Login::Token { username, .. } => format!(", and takes a token for {username}"),
        };
        format!("{host}:{port} answers{tls}{login}")
    }
}
