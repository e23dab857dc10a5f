//! `email`: a mail over SMTP, to one recipient at a time, so that one who is refused holds up no
//! other.

mod failure;
mod session;
pub(super) mod settings;
mod stream;
mod tls;

use std::time::Duration;

use lettre::address::Address;

use super::mail;
use super::outcome::{Outcome, Outgoing};
use super::probe::{Reached, Unreached};
use crate::config::Tls;
use crate::text::escape::one_line;
use session::SmtpSession;
use settings::Login;

pub use settings::Email;

/// A delivery must be done within this.
const MAIL_TIMEOUT: Duration = Duration::from_mins(1);

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
        let refused = |detail: String| Outcome::Refused { detail };
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
            let detail = format!("no answer within {} s{hint}", MAIL_TIMEOUT.as_secs());
            Outcome::SinkLater { wait: None, detail }
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
