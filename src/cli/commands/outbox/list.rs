//! `clickwarden outbox list`: the messages as a table or as JSON.

use std::io::{self, BufWriter, Write};

use crate::cli::args::format::ListFormat;
use crate::cli::print::json;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, to_second};
use crate::cli::{CommandError, Context, Exit};
use crate::store::{MessageState, OutboxEntry, Store};
use crate::view::outbox::{self, MessagesObject};

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

impl From<MessageStateFilter> for MessageState {
    fn from(filter: MessageStateFilter) -> Self {
        match filter {
            MessageStateFilter::Waiting => Self::Waiting,
            MessageStateFilter::Sending => Self::Sending,
            MessageStateFilter::Accepted => Self::Accepted,
            MessageStateFilter::Dead => Self::Dead,
        }
    }
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let store = Store::open_read_only(&context.config()?.store.path)?;
    let (sink, state) = (arguments.sink.as_deref(), arguments.state.map(MessageState::from));
    let most = arguments.format.limit(arguments.limit);
    let (messages, left_out) = store.read(|snapshot| outbox::list(snapshot, sink, state, most))?;
    match arguments.format {
        ListFormat::Table => {
            let mut out = BufWriter::new(io::stdout().lock());
            draw(&mut out, &messages, left_out)?;
            out.flush()?;
        }
        ListFormat::Json => json::print(&MessagesObject::from(&*messages))?,
    }
    Ok(Exit::Done)
}

fn draw(out: &mut impl Write, messages: &[OutboxEntry], left_out: usize) -> io::Result<()> {
    if messages.is_empty() {
        return writeln!(out, "no message");
    }
    let columns = [
        Column::number("ID", |message: &OutboxEntry| message.seq.unsigned_abs(), 0),
        Column::text("Sink", to, 0),
        Column::text("State", |message| message.state.name().to_owned(), 0),
        Column::text("Since (UTC)", |message| to_second(message.changed), 2),
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
