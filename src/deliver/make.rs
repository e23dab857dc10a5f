//! Channels made of their settings, with all that can be wrong with those found before the first
//! message.

use std::path::Path;
use std::sync::Arc;

use super::email::settings::Login as SmtpLogin;
use super::event::event;
use super::http::Http;
use super::webhook::{Template, Webhook};
use super::{Channel, Chat, Email, FileSink, GraphMail};
use crate::auth::{Purpose, SharedAuth, SignIn, SignInClients, Tokens};
use crate::clock::Clock;
use crate::config::{Login, Sink, SinkKind, Smtp, Tenant, WebhookReceiver};
use crate::message::{Content, Envelope, UrlDisplay, notice, sample_alert};
use crate::network::{Network, NetworkError};
use crate::process::regular_file::{self, Kind};

/// What channels are made with.
#[derive(Clone, Copy, Debug)]
pub struct ChannelContext<'a> {
    /// The configured tenants, as whose apps some channels sign in.
    pub tenants: &'a [Tenant],
    /// Connections to sign-in services.
    pub auth: &'a SharedAuth,
    /// Time.
    pub clock: &'a Clock,
    /// A harmless message, to try templates with.
    pub sample: &'a Content,
}

/// Why a channel cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// There is no client for its host.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The file of its template cannot be used.
    #[error("template_file: {path}: {why}")]
    Template {
        /// The file.
        path: String,
        /// What is wrong with it; names line and column.
        why: String,
    },
    /// It names a tenant that is not configured.
    #[error("there is no tenant {0}")]
    NoTenant(String),
}

impl Channel {
    /// The channel of a configured sink. Speaks to nobody yet.
    pub fn of(sink: &Sink, context: ChannelContext<'_>) -> Result<Self, ChannelError> {
        let http = || Http::new(&sink.route, context.clock.clone());
        Ok(match &sink.kind {
            SinkKind::Chat(room) => Self::Chat(Chat::new(room.clone(), http()?)),
            SinkKind::Webhook(receiver) => Self::Webhook(webhook(receiver, http()?, context)?),
            SinkKind::Email(smtp) => Self::Email(of_smtp(smtp, sink, context)?),
            SinkKind::GraphMail(mail) => Self::GraphMail(GraphMail {
                graph_url: tenant(&mail.tenant, context)?.graph_url.clone(),
                tokens: tokens(&mail.tenant, Purpose::GraphMail, context)?,
                from: mail.from.clone(),
                to: mail.to.clone(),
                http: http()?,
            }),
            SinkKind::File(path) => Self::File(FileSink { path: path.clone() }),
        })
    }
}

fn webhook(
    receiver: &WebhookReceiver,
    http: Http,
    context: ChannelContext<'_>,
) -> Result<Webhook, ChannelError> {
    let template = receiver.template_file.as_deref().map(|path| template(path, context.sample));
    Ok(Webhook {
        url_file: receiver.url_file.clone(),
        key_files: receiver.key_files.clone(),
        template: template.transpose()?,
        http,
        clock: context.clock.clone(),
    })
}

fn template(path: &Path, sample: &Content) -> Result<Template, ChannelError> {
    let wrong = |why: String| ChannelError::Template { path: path.display().to_string(), why };
    let text = regular_file::text(path, Kind::Template).map_err(|why| wrong(why.to_string()))?;
    let envelope = Envelope {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        written: crate::clock::Tick(0),
        rows: u32::MAX,
        urls: UrlDisplay::Full,
    };
    // Their data differ: a template that reads some must say so of which type of message.
    let notice = notice::paused("soc", "answered 410", &[]);
    let alert = sample_alert();
    let samples = [sample, &alert, &notice].map(|content| event(content, &envelope));
    Template::new(text, &samples).map_err(wrong)
}

fn of_smtp(smtp: &Smtp, sink: &Sink, context: ChannelContext<'_>) -> Result<Email, ChannelError> {
    let login = match &smtp.login {
        Login::Nobody => SmtpLogin::Nobody,
        Login::Password { username, file } => {
            SmtpLogin::Password { username: username.clone(), file: file.clone() }
        }
        Login::Token { username, tenant } => SmtpLogin::Token {
            username: username.clone(),
            tokens: tokens(tenant, Purpose::Smtp, context)?,
        },
    };
    Ok(Email {
        host: smtp.host.clone(),
        port: smtp.port,
        tls: smtp.tls,
        ca_file: sink.route.ca_file.clone(),
        login,
        from: smtp.from.clone(),
        to: smtp.to.clone(),
    })
}

fn tenant<'a>(name: &str, context: ChannelContext<'a>) -> Result<&'a Tenant, ChannelError> {
    let found = context.tenants.iter().find(|tenant| tenant.name == name);
    found.ok_or_else(|| ChannelError::NoTenant(name.to_owned()))
}

fn tokens(
    name: &str,
    purpose: Purpose,
    context: ChannelContext<'_>,
) -> Result<Arc<Tokens>, ChannelError> {
    let tenant = tenant(name, context)?;
    let network = Network { ca_file: tenant.ca_file.clone() };
    let sign_in = SignIn { purpose, ..SignIn::of(tenant) };
    let auth = SignInClients::of(&sign_in, &network, context.auth)?;
    Ok(Arc::new(Tokens::new(sign_in, auth, context.clock.clone())))
}
