//! What came to the demo's receivers: the last message of each kind.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::watch;

use super::mail::Mail;

/// Where the receivers put what comes. Clones share it.
#[derive(Clone, Debug)]
pub struct Inbox(Arc<watch::Sender<LastMessages>>);

/// The last message of each kind, as it came.
#[derive(Clone, Debug, Default)]
pub struct LastMessages {
    /// A card for a chat.
    pub card: Option<Arc<Posted>>,
    /// A mail.
    pub mail: Option<Arc<Mail>>,
    /// A card for the chat of alerts.
    pub alert: Option<Arc<Posted>>,
    /// An event whose signature is good.
    pub webhook: Option<Arc<Posted>>,
}

/// A request that brought JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// Where to, without the part that is a secret.
    pub path: &'static str,
    /// Its headers, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// What the body says.
    pub json: Json,
}

impl Posted {
    /// A request, if its headers are text and its body is JSON.
    pub(super) fn read(path: &'static str, headers: &http::HeaderMap, body: &[u8]) -> Option<Self> {
        let body = String::from_utf8(body.to_vec()).ok()?;
        let json = serde_json::from_str(&body).ok()?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            Some((name.to_string(), value.to_str().ok()?.to_owned()))
        };
        let headers = headers.iter().map(header).collect::<Option<_>>()?;
        Some(Self { path, headers, body, json })
    }

    /// The value of a header; empty without one.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(each, _)| each == name);
        found.map_or("", |(_, value)| value)
    }

    /// The request as text.
    pub fn text(&self) -> String {
        let header = |(name, value): &(String, String)| format!("{name}: {value}\n");
        let headers: String = self.headers.iter().map(header).collect();
        format!("POST {}/… HTTP/1.1\n{headers}\n{}\n", self.path, self.body)
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(LastMessages::default())))
    }
}

impl Inbox {
    /// What came so far.
    pub fn kept(&self) -> LastMessages {
        self.0.borrow().clone()
    }

    /// Waits until there is a message of each kind that a digest becomes, but no longer than so; what there is then.
    pub async fn whole_within(&self, longest: Duration) -> LastMessages {
        let mut news = self.0.subscribe();
        let whole = news.wait_for(LastMessages::is_whole);
        // What is missing then, the caller sees.
        let _ = tokio::time::timeout(longest, whole).await;
        self.kept()
    }

    pub(super) fn put(&self, put: impl FnOnce(&mut LastMessages)) {
        self.0.send_modify(put);
    }
}

impl LastMessages {
    /// Whether there is a message of each kind that a digest becomes.
    pub const fn is_whole(&self) -> bool {
        self.card.is_some() && self.mail.is_some() && self.webhook.is_some()
    }
}
