//! Chats: a message is drawn for one of them and posted to a room, at an address that is a secret.
//! What is peculiar to a chat stands in a file of its own.

mod reply;
mod slack;
mod teams;

use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

use super::address;
use super::http::{Http, HttpResponse};
use super::outcome::{Outcome, Outgoing};
use crate::config::{ChatKind, ChatRoom, Layout};
use reply::ChatReply;

/// A room.
#[derive(Debug)]
pub struct Chat {
    pub(super) room: ChatRoom,
    pub(super) http: Http,
    /// Set once it refused tables.
    refuses_tables: AtomicBool,
}

/// What is peculiar to a chat.
struct Dialect {
    /// The body of a request: JSON within the chat's limits. Pure.
    draw: fn(Outgoing<'_>, Layout) -> String,
    /// What an answer means.
    interpret: fn(&HttpResponse) -> ChatReply,
    /// Why an address cannot be that of a room.
    object: fn(&Url) -> Option<&'static str>,
}

const fn dialect(kind: ChatKind) -> Dialect {
    match kind {
        ChatKind::Teams => {
            Dialect { draw: teams::draw, interpret: teams::interpret, object: teams::object }
        }
        ChatKind::Slack => {
            Dialect { draw: slack::draw, interpret: slack::interpret, object: slack::object }
        }
    }
}

impl Chat {
    pub(super) const fn new(room: ChatRoom, http: Http) -> Self {
        Self { room, http, refuses_tables: AtomicBool::new(false) }
    }

    pub(super) async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<Outcome, Outcome> {
        let url = address::read(&self.room.url_file)?;
        let layout = self.layout();
        let mut response = self.post(&url, outgoing, layout).await?;
        let mut reply = (dialect(self.room.kind).interpret)(&response);
        if let (ChatReply::NoTables, Layout::Table) = (&reply, layout) {
            self.refuses_tables.store(true, Ordering::Relaxed);
            response = self.post(&url, outgoing, Layout::Lines).await?;
            reply = (dialect(self.room.kind).interpret)(&response);
        }
        Ok(match reply {
            ChatReply::Settled(outcome) => outcome,
            ChatReply::NoTables => response.outcome(),
        })
    }

    fn layout(&self) -> Layout {
        if self.refuses_tables.load(Ordering::Relaxed) { Layout::Lines } else { self.room.layout }
    }

    async fn post(
        &self,
        url: &Url,
        outgoing: Outgoing<'_>,
        layout: Layout,
    ) -> Result<HttpResponse, Outcome> {
        let body = (dialect(self.room.kind).draw)(outgoing, layout).into_bytes();
        let sent = self.http.post(url, body, |request| {
            request.header("content-type", "application/json; charset=utf-8")
        });
        sent.await
    }
}

/// Why an address cannot be that of a room of this chat.
pub(super) fn objection(kind: ChatKind, url: &Url) -> Option<&'static str> {
    (dialect(kind).object)(url)
}
