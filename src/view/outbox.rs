//! The messages on their way: which of them, and as JSON.

use std::cmp::Reverse;

use serde::Serialize;

use crate::store::{MessageState, OutboxEntry, Snapshot, StoreError};

/// At most `most` messages to `sink` in `state`, those first that somebody may have to look at; and
/// how many more there are. What is not given matches anything.
pub fn list(
    snapshot: &Snapshot<'_>,
    sink: Option<&str>,
    state: Option<MessageState>,
    most: usize,
) -> Result<(Vec<OutboxEntry>, usize), StoreError> {
    let mut messages = snapshot.messages(sink)?;
    messages.retain(|message| state.is_none_or(|state| state == message.state));
    messages.sort_by_key(|message| (rank(message.state), Reverse(message.seq)));
    let left_out = messages.len().saturating_sub(most);
    messages.truncate(most);
    Ok((messages, left_out))
}

/// The numbers of the messages to `sink` that were given up; the oldest first, as they would have gone.
pub fn given_up(snapshot: &Snapshot<'_>, sink: Option<&str>) -> Result<Vec<i64>, StoreError> {
    let messages = snapshot.messages(sink)?;
    let is_dead = |message: &&OutboxEntry| message.state == MessageState::Dead;
    Ok(messages.iter().rev().filter(is_dead).map(|message| message.seq).collect())
}

/// What somebody may have to look at stands first.
const fn rank(state: MessageState) -> u8 {
    match state {
        MessageState::Dead => 0,
        MessageState::Sending => 1,
        MessageState::Waiting => 2,
        MessageState::Accepted => 3,
    }
}

/// A list of them.
#[derive(Serialize)]
pub struct MessagesObject<'a> {
    messages: Vec<MessageObject<'a>>,
}

#[derive(Serialize)]
struct MessageObject<'a> {
    id: i64,
    message: &'a str,
    sink: &'a str,
    recipient: Option<&'a str>,
    title: &'a str,
    state: &'static str,
    written: String,
    since: String,
    attempts: u32,
    due: Option<String>,
    last_answer: Option<&'a str>,
}

impl<'a> From<&'a [OutboxEntry]> for MessagesObject<'a> {
    fn from(messages: &'a [OutboxEntry]) -> Self {
        Self { messages: messages.iter().map(object).collect() }
    }
}

fn object(message: &OutboxEntry) -> MessageObject<'_> {
    MessageObject {
        id: message.seq,
        message: &message.message,
        sink: &message.sink,
        recipient: said(&message.recipient),
        title: &message.title,
        state: message.state.name(),
        written: message.written.to_string(),
        since: message.changed.to_string(),
        attempts: message.attempts,
        due: message.due.map(|due| due.to_string()),
        last_answer: said(&message.detail),
    }
}

fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
