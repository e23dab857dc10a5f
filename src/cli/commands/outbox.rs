//! `clickwarden outbox`: what is on its way, and what somebody decides about it.

mod list;

use std::io::Write as _;

use crate::cli::context::existing_store;
use crate::cli::print::text::plain;
use crate::cli::{CommandError, Context, Exit};
use crate::store::{MessageRefused, OutboxEntry};
use crate::view::outbox;

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show the messages: those given up first, then those under way, then those accepted
    List(list::Arguments),
    /// Have messages tried again at once, also those that were given up
    Retry(RetryArguments),
    /// Take messages out of the outbox for good
    Drop(DropArguments),
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RetryArguments {
    /// The messages' numbers, as `outbox list` shows them
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<i64>,
    /// Every message that was given up
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Of these only those to this sink
    #[arg(long, value_name = "NAME", requires = "all")]
    sink: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DropArguments {
    /// The messages' numbers, as `outbox list` shows them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<i64>,
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List(arguments) => list::run(context, arguments),
        Command::Retry(arguments) => retry(context, arguments),
        Command::Drop(arguments) => drop(context, arguments),
    }
}

fn retry(context: &Context, arguments: &RetryArguments) -> Result<Exit, CommandError> {
    let (store, now) = (existing_store(&context.config()?)?, context.clock.now());
    let ids = if arguments.all {
        store.read(|snapshot| outbox::given_up(snapshot, arguments.sink.as_deref()))?
    } else {
        arguments.ids.clone()
    };
    let queues = store.read(|snapshot| snapshot.queues(now))?;
    let mut out = std::io::stdout().lock();
    for message in store.retry(&ids, now)? {
        let OutboxEntry { seq, sink, .. } = &message;
        let paused = queues.get(sink).is_some_and(|queue| queue.paused.is_some());
        let sink = plain(sink);
        if paused {
            let remedy =
                format!("its sink is paused: put it right, then `clickwarden sink test {sink}`");
            writeln!(out, "message {seq} to {sink}: waits, since {remedy}")?;
        } else {
            writeln!(
                out,
                "message {seq} to {sink}: goes again as soon as `clickwarden run` looks"
            )?;
        }
    }
    if ids.is_empty() {
        writeln!(out, "no message was given up")?;
    }
    Ok(Exit::Done)
}

fn drop(context: &Context, arguments: &DropArguments) -> Result<Exit, CommandError> {
    let mut out = std::io::stdout().lock();
    for message in existing_store(&context.config()?)?.drop_messages(&arguments.ids)? {
        let OutboxEntry { seq, sink, title, .. } = &message;
        writeln!(out, "message {seq} to {}: dropped ({})", plain(sink), plain(title))?;
    }
    Ok(Exit::Done)
}

impl From<MessageRefused> for CommandError {
    fn from(refused: MessageRefused) -> Self {
        match refused {
            MessageRefused::Store(error) => error.into(),
            MessageRefused::Unknown(_) => Self::failed(format!(
                "{refused}: nothing was changed; `clickwarden outbox list` shows those that there are"
            )),
            MessageRefused::UnderWay(_) => Self::Said(
                Exit::TryLater,
                format!("{refused}: nothing was changed; try again in a minute"),
            ),
            MessageRefused::Accepted(_) => Self::failed(format!("{refused}: nothing was changed")),
        }
    }
}
