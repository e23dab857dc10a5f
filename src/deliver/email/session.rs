//! A dialogue with a mail server (RFC 5321), from the connection to the end of one mail.

use std::net::SocketAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Auth, Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::ExposeSecret as _;

use super::failure::{SmtpFailure, Stage};
use super::settings::{Email, Login};
use super::stream::{self, Bounded};
use super::tls::{self, Tls};
use crate::auth::Bearer;
use crate::config::{self, secret};
use crate::deliver::outcome::{Outcome, no_token};
use crate::network::{FORBIDDEN, is_forbidden};

/// How long a server may take to say goodbye: what it took, it took.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection on which mail may begin.
pub(super) struct SmtpSession<'e> {
    email: &'e Email,
    /// Large: TLS keeps its state in it.
    connection: Box<AsyncSmtpConnection>,
}

impl<'e> SmtpSession<'e> {
    /// Connects, turns to TLS and signs in, as the settings say.
    pub(super) async fn open(email: &'e Email) -> Result<Self, Outcome> {
        let judged = |failure: SmtpFailure| failure.outcome(email);
        let addresses = addresses(email).await?;
        let tls = Tls::of(email)?;
        // Its handshake has large buffers.
        let connect = || Box::pin(Self::connect(email, &addresses, &tls));
        match &email.login {
            Login::Nobody => connect().await.map_err(judged),
            Login::Password { username, file } => {
                let broken = |detail| Outcome::Broken { detail };
                let password = secret::read(file)
                    .map_err(|p| broken(format!("password_file: {}; {}", p.what, p.remedy)))?;
                let mut session = connect().await.map_err(judged)?;
                let login = session.log_in(username, password.expose_secret()).await;
                session.or_close(login).await.map_err(judged)
            }
            Login::Token { username, tokens } => {
                let token = tokens.bearer().await.map_err(no_token)?;
                let session = connect().await.map_err(judged)?;
                match session.with_token(username, &token).await {
                    Err(failure) if failure.is_refused_login() => {
                        // It may have been taken back: a new one is tried once.
                        tokens.drop_token(token).await;
                        let token = tokens.bearer().await.map_err(no_token)?;
                        let session = connect().await.map_err(judged)?;
                        session.with_token(username, &token).await.map_err(judged)
                    }
                    session => session.map_err(judged),
                }
            }
        }
    }

    async fn connect(
        email: &'e Email,
        addresses: &[SocketAddr],
        tls: &Tls,
    ) -> Result<Self, SmtpFailure> {
        let hello = ClientId::default();
        let connected = stream::connect(addresses).await;
        let (stream, peer) = connected.map_err(|e| SmtpFailure::broke(Stage::Greeting, &e))?;
        let stream: Box<dyn AsyncTokioStream> = match tls {
            Tls::None | Tls::Later(_) => Box::new(Bounded::new(stream, peer)),
            Tls::AtOnce(connector, name) => {
                Box::new(Bounded::new(tls::begin(connector, name, stream).await?, peer))
            }
        };
        let connection = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let mut connection = connection.await.map_err(|e| SmtpFailure::of(Stage::Greeting, &e))?;
        if let Tls::Later(tls) = tls.clone() {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(SmtpFailure::no_starttls());
            }
            let turned = connection.starttls(tls, &hello).await;
            turned.map_err(|error| SmtpFailure::of(Stage::StartTls, &error))?;
        }
        Ok(Self { email, connection: Box::new(connection) })
    }

    async fn log_in(&mut self, username: &str, password: &str) -> Result<Response, SmtpFailure> {
        self.offers(DEFAULT_MECHANISMS)?;
        let credentials = Credentials::new(username.to_owned(), password.to_owned());
        let login = self.connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        login.map_err(|error| SmtpFailure::of(Stage::Login, &error).without(password))
    }

    async fn with_token(mut self, username: &str, token: &Bearer) -> Result<Self, SmtpFailure> {
        let credentials = Credentials::new(username.to_owned(), token.expose().to_owned());
        let login = self.show_token(credentials).await;
        let login = login.map_err(|failure| failure.without(token.expose()));
        self.or_close(login).await
    }

    /// Shows a token. A server that refuses it says why as a challenge, and wants an empty answer
    /// before it says no (Google, "XOAUTH2 Mechanism"; "Authenticate an IMAP, POP or SMTP connection
    /// using OAuth").
    async fn show_token(&mut self, credentials: Credentials) -> Result<Response, SmtpFailure> {
        let of = |error: SmtpError| SmtpFailure::of(Stage::Login, &error);
        self.offers(&[Mechanism::Xoauth2])?;
        let shown = Auth::new(Mechanism::Xoauth2, credentials, None).map_err(of)?;
        let response = self.connection.command(shown).await.map_err(of)?;
        if !response.has_code(334) {
            return Ok(response);
        }
        match self.connection.command("\r\n").await {
            Ok(_) => Err(SmtpFailure::asked_again()),
            Err(error) => Err(of(error)),
        }
    }

    fn offers(&self, mechanisms: &[Mechanism]) -> Result<(), SmtpFailure> {
        let offered = self.connection.server_info().get_auth_mechanism(mechanisms);
        offered.map(|_| ()).ok_or_else(|| SmtpFailure::no_login(mechanisms))
    }

    /// The session, or what went wrong, after a goodbye.
    async fn or_close<T>(self, done: Result<T, SmtpFailure>) -> Result<Self, SmtpFailure> {
        match done {
            Ok(_) => Ok(self),
            Err(failure) => {
                self.close().await;
                Err(failure)
            }
        }
    }

    /// Sends one mail to one recipient.
    pub(super) async fn send(
        &mut self,
        recipient: Address,
        mail: &[u8],
    ) -> Result<(), SmtpFailure> {
        let from = Some(self.email.from.email.clone());
        self.say(Stage::Sender, Mail::new(from, Vec::new())).await?;
        self.say(Stage::Recipient, Rcpt::new(recipient, Vec::new())).await?;
        self.say(Stage::Content, Data).await?;
        let taken = self.connection.message(mail).await;
        taken.map(|_| ()).map_err(|error| SmtpFailure::of(Stage::Content, &error))
    }

    async fn say(
        &mut self,
        stage: Stage,
        command: impl std::fmt::Display,
    ) -> Result<(), SmtpFailure> {
        let response = self.connection.command(command).await;
        response.map(|_| ()).map_err(|error| SmtpFailure::of(stage, &error))
    }

    /// Says goodbye, without waiting long for an answer.
    pub(super) async fn close(mut self) {
        let _ = tokio::time::timeout(QUIT_TIMEOUT, self.connection.abort()).await;
    }
}

/// The addresses that are spoken to: looked at first, so that the name cannot lead elsewhere.
async fn addresses(email: &Email) -> Result<Vec<SocketAddr>, Outcome> {
    let later = |detail: String| Outcome::SinkLater { wait: None, detail };
    let found = tokio::net::lookup_host((email.host.as_str(), email.port)).await;
    let found: Vec<SocketAddr> =
        found.map_err(|error| later(format!("cannot find {}: {error}", email.host)))?.collect();
    if found.iter().any(|address| is_forbidden(address.ip())) {
        return Err(Outcome::Broken { detail: FORBIDDEN.to_owned() });
    }
    if email.tls == config::Tls::None && !found.iter().all(|address| address.ip().is_loopback()) {
        let detail = "tls = \"none\" is for this machine only: use \"starttls\" or \"implicit\"";
        return Err(Outcome::Broken { detail: detail.to_owned() });
    }
    if found.is_empty() {
        return Err(later(format!("{} has no address", email.host)));
    }
    Ok(found)
}
