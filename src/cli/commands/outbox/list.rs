//! `clickwarden outbox list`: the messages as a table or as JSON.

use std::cmp::Reverse;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::cli::args::format::ListFormat;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, time};
use crate::cli::{CommandError, Context, Exit};
use crate::store::{MessageState, OutboxEntry, Store};

/// Characters of a title or an answer that a table shows.
const LONGEST_CELL: usize = 50;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Only messages to this sink
    #[arg(long, value_name = "NAME")]
    sink: Option<String>,
    /// Only messages in this state
    #[arg(long, value_enum)]
    state: Option<MessageStateFilter>,
    /// At most so many [default: 25 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum MessageStateFilter {
    /// To be tried, now or later
    Waiting,
    /// Being tried
    Sending,
    /// The channel took it
    Accepted,
    /// Given up
    Dead,
}

impl MessageStateFilter {
    const fn of(state: MessageState) -> Self {
        match state {
            MessageState::Waiting => Self::Waiting,
            MessageState::Sending => Self::Sending,
            MessageState::Accepted => Self::Accepted,
            MessageState::Dead => Self::Dead,
        }
    }
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let store = Store::open_read_only(&context.config()?.store.path)?;
    let mut messages = store.read(|snapshot| snapshot.messages(arguments.sink.as_deref()))?;
    messages.retain(|message| {
        arguments.state.is_none_or(|state| state == MessageStateFilter::of(message.state))
    });
    messages.sort_by_key(|message| (rank(message.state), Reverse(message.seq)));
    let most = arguments.format.limit(arguments.limit);
    let left_out = messages.len().saturating_sub(most);
    messages.truncate(most);
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.format {
        ListFormat::Table => draw(&mut out, &messages, left_out)?,
        ListFormat::Json => json(&mut out, &messages)?,
    }
    out.flush()?;
    Ok(Exit::Done)
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

fn draw(out: &mut impl Write, messages: &[OutboxEntry], left_out: usize) -> io::Result<()> {
    if messages.is_empty() {
        return writeln!(out, "no message");
    }
    let columns = [
        Column::number("ID", |message: &OutboxEntry| message.seq.unsigned_abs(), 0),
        Column::text("Sink", to, 0),
        Column::text("State", |message| message.state.name().to_owned(), 0),
        Column::text("Since (UTC)", |message| time(message.changed), 2),
        Column::number("Attempts", |message| message.attempts.into(), 3),
        Column::text("Message", |message| shortened(&plain(&message.title)), 1),
        Column::text("Last answer", answer, 0),
    ];
    table::draw(out, &columns, messages, table::stdout_width())?;
    if left_out > 0 {
        writeln!(
            out,
            "… and {} more: --limit, --state, --sink",
            counted(left_out as u64, "message")
        )?;
    }
    Ok(())
}

fn to(message: &OutboxEntry) -> String {
    let sink = plain(&message.sink);
    if message.recipient.is_empty() {
        sink
    } else {
        format!("{sink}: {}", plain(&message.recipient))
    }
}

fn answer(message: &OutboxEntry) -> String {
    match message.state {
        // Its state says it.
        MessageState::Accepted => String::new(),
        _ => shortened(&plain(&message.detail)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[derive(Serialize)]
struct Object<'a> {
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

fn json(out: &mut impl Write, messages: &[OutboxEntry]) -> Result<(), CommandError> {
    let messages = messages.iter().map(object).collect();
    crate::cli::print::json::write(out, &Object { messages })?;
    Ok(writeln!(out)?)
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
