//! `email`: a mail over SMTP, to one recipient at a time, so that one who is refused holds up no
//! other.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::address::Envelope as Route;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls as LettreTls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::http::{FORBIDDEN, SLOWLY, is_forbidden};
use super::{Outcome, Parcel, mail, no_token};
use crate::auth::Tokens;
use crate::config::{Tls, secret};
use crate::quote::one_line;

/// A delivery must be done within this.
const DEADLINE: Duration = Duration::from_mins(1);

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
    pub(super) async fn deliver(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let sent = tokio::time::timeout(DEADLINE, self.send(parcel));
        let late = |_| later(format!("no answer within {} s", DEADLINE.as_secs()));
        sent.await.map_err(late)?
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let refused = |told: String| Outcome::Refused { told };
        let recipient = parcel.recipient.parse().map_err(|_| {
            refused(format!("{:?} is no address of mail", one_line(parcel.recipient)))
        })?;
        let mail = mail::draw(parcel, &self.from, &self.to).map_err(refused)?;
        let route = Route::new(Some(self.from.email.clone()), vec![recipient]);
        let route = route.map_err(|error| refused(error.to_string()))?;
        let transport = self.transport().await?;
        let sent = transport.send_raw(&route, &mail.formatted()).await;
        sent.map(|_| Outcome::Accepted).map_err(|error| self.judge(&error))
    }

    async fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Outcome> {
        let address = self.address().await?;
        let tls = match self.tls {
            Tls::None => LettreTls::None,
            Tls::StartTls => LettreTls::Required(self.parameters()?),
            Tls::Implicit => LettreTls::Wrapper(self.parameters()?),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.to_string())
            .port(self.port)
            .timeout(Some(DEADLINE))
            .tls(tls);
        Ok(match &self.login {
            Login::Nobody => builder,
            Login::Password { username, file } => {
                let password = secret::read(file).map_err(|problem| Outcome::Broken {
                    told: format!("password_file: {}; {}", problem.what, problem.remedy),
                })?;
                let password = password.expose_secret().to_owned();
                builder.credentials(Credentials::new(username.clone(), password))
            }
            Login::Token { username, tokens } => {
                let token = tokens.bearer().await.map_err(no_token)?;
                builder
                    .authentication(vec![Mechanism::Xoauth2])
                    .credentials(Credentials::new(username.clone(), token.expose().to_owned()))
            }
        }
        .build())
    }

    /// The address that is spoken to: looked at first, so that the name cannot lead elsewhere.
    async fn address(&self) -> Result<IpAddr, Outcome> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<SocketAddr> =
            found.map_err(|error| later(format!("cannot find {}: {error}", self.host)))?.collect();
        if found.iter().any(|address| is_forbidden(address.ip())) {
            return Err(Outcome::Broken { told: FORBIDDEN.to_owned() });
        }
        let first = found.first().map(SocketAddr::ip);
        let first = first.ok_or_else(|| later(format!("{} has no address", self.host)))?;
        if self.tls == Tls::None && !first.is_loopback() {
            let told = "tls = \"none\" is for this machine only: use \"starttls\" or \"implicit\"";
            return Err(Outcome::Broken { told: told.to_owned() });
        }
        Ok(first)
    }

    fn parameters(&self) -> Result<TlsParameters, Outcome> {
        let broken = |told: String| Outcome::Broken { told };
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let cannot = |why: String| broken(format!("ca_file: {}: {why}", path.display()));
            let pem = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
            let found = Certificate::from_pem(&pem).map_err(|error| cannot(error.to_string()))?;
            builder = builder.add_root_certificate(found);
        }
        builder.build().map_err(|error| broken(format!("cannot set up TLS: {error}")))
    }

    /// What the server's refusal means. Its codes: RFC 5321, section 4.2; RFC 4954, section 6.
    fn judge(&self, error: &SmtpError) -> Outcome {
        let told = one_line(&error.to_string());
        let code = error.status().map(u16::from);
        match code {
            Some(530 | 534 | 535 | 538) => Outcome::Broken { told: hinted(told) },
            Some(523 | 552) => Outcome::TooBig { told },
            Some(421 | 454) => later(told),
            Some(400..=499) => Outcome::MessageLater { wait: None, told },
            Some(_) => Outcome::Refused { told: hinted(told) },
            None if matches!(self.login, Login::Token { .. }) && error.is_client() => {
                Outcome::Broken { told: format!("the token was refused: {told}") }
            }
            None if error.is_tls() || told.contains("certificate") => {
                Outcome::SinkLater { wait: Some(SLOWLY), told }
            }
            None => later(told),
        }
    }
}

fn later(told: String) -> Outcome {
    Outcome::SinkLater { wait: None, told }
}

/// What Exchange Online says when passwords are off ("Deprecation of Basic authentication in
/// Exchange Online"), with what to do.
fn hinted(told: String) -> String {
    if told.contains("5.7.30") || told.contains("5.7.139") {
        return format!(
            "{told}; passwords are switched off there: set oauth = true, or use graph-mail"
        );
    }
    told
}
