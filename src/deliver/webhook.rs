//! `webhook`: a `CloudEvents` 1.0 event, signed as Standard Webhooks says.

mod signature;
mod template;

use std::path::PathBuf;

use super::address;
use super::event::event;
use super::http::Http;
use super::outcome::{Outcome, Outgoing};
use crate::clock::Clock;
use crate::config::secret;

pub use signature::SigningKey;
pub use template::Template;

/// A receiver.
#[derive(Debug)]
pub struct Webhook {
    pub(super) url_file: PathBuf,
    /// Files of one key, or of two while keys change; read for every message.
    pub(super) key_files: Vec<PathBuf>,
    pub(super) template: Option<Template>,
    pub(super) http: Http,
    pub(super) clock: Clock,
}

impl Webhook {
    pub(super) async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<Outcome, Outcome> {
        let url = address::read(&self.url_file)?;
        let (keys, body) = (self.keys()?, self.draw(outgoing)?);
        let media = match self.template {
            Some(_) => "application/json; charset=utf-8",
            None => "application/cloudevents+json; charset=utf-8",
        };
        let id = &outgoing.envelope.id;
        // The time of this attempt: receivers refuse what is more than five minutes old.
        let seconds = self.clock.now().unix_seconds();
        let signature = signature::sign(&keys, id, seconds, body.as_bytes());
        let sent = self.http.post(&url, body.into_bytes(), |request| {
            let request = request
                .header("content-type", media)
                .header("webhook-id", id)
                .header("webhook-timestamp", seconds);
            if signature.is_empty() {
                request
            } else {
                request.header("webhook-signature", signature)
            }
        });
        Ok(sent.await?.outcome())
    }

    fn keys(&self) -> Result<Vec<SigningKey>, Outcome> {
        self.key_files
            .iter()
            .map(|path| read_key(path).map_err(|detail| Outcome::Broken { detail }))
            .collect()
    }

    fn draw(&self, outgoing: Outgoing<'_>) -> Result<String, Outcome> {
        let event = event(outgoing.content, outgoing.envelope);
        match &self.template {
            None => Ok(event.to_string()),
            Some(template) => template.draw(&event).map_err(|problem| Outcome::Refused {
                detail: format!("template_file: {problem}"),
            }),
        }
    }
}

/// Reads a signing key. What is wrong with it is told without showing it.
pub fn read_key(path: &std::path::Path) -> Result<SigningKey, String> {
    use secrecy::ExposeSecret as _;
    let secret = secret::read(path)
        .map_err(|problem| format!("signing_key_files: {}; {}", problem.what, problem.remedy))?;
    SigningKey::parse(secret.expose_secret())
        .map_err(|problem| format!("signing_key_files: {} {problem}", path.display()))
}
