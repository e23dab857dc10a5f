//! `clickwarden sink`: trying out where messages go.

use std::io::Write as _;
use std::path::Path;

use crate::cli::args::named;
use crate::cli::context::{runtime, shared_auth};
use crate::cli::print::text::{counted, plain, to_second};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::deliver::{Outcome, Outgoing};
use crate::message::{Envelope, sample};
use crate::outbox::ReadySink;
use crate::store::{OpenRefusal, Store, StoreError};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Send a harmless sample to a sink now, and tell what came back; a sink that takes it is paused
    /// no more
    Test {
        /// The sink's name
        name: String,
    },
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    let Command::Test { name } = command;
    let config = context.config()?;
    let sink = named::sink(&config, name)?;
    let auth = shared_auth(&config, &context.clock);
    let ReadySink { channel, .. } = ReadySink::checked(sink, &config, &auth, &context.clock)
        .map_err(|found| CommandError::Each(Exit::BadConfig, found))?;
    let sample = sample();
    let envelope = Envelope {
        id: crate::ids::guid().replace('-', ""),
        written: context.clock.now(),
        rows: u32::MAX,
        urls: sink.urls,
    };
    let runtime = runtime()?;
    let mut exit = Exit::Done;
    for recipient in sink.recipients() {
        let outgoing = Outgoing { content: &sample, envelope: &envelope, recipient: &recipient };
        let outcome = runtime.block_on(channel.deliver(outgoing));
        exit = exit.worst(tell(name, &recipient, &outcome)?);
    }
    if exit == Exit::Done {
        go_on(name, &config.store.path, context.clock.now())?;
    }
    Ok(exit)
}

/// Ends the pause of a sink that works, if there is one. A running daemon sees that by itself.
fn go_on(name: &str, path: &Path, now: Tick) -> Result<(), CommandError> {
    let store = match Store::open_read_only(path) {
        Ok(store) => store,
        // Nothing was ever sent.
        Err(StoreError::Refused {
            why: OpenRefusal::Missing | OpenRefusal::Older { .. }, ..
        }) => {
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let queue = store.read(|snapshot| snapshot.queues(now))?.remove(name).unwrap_or_default();
    if queue.paused.is_none() {
        return Ok(());
    }
    drop(store);
    if let Some(paused) = Store::open(path)?.unpause(name, now)? {
        let (shown, since, waiting) = (plain(name), to_second(paused.since), queue.waiting);
        let waits = counted(waiting, "message");
        writeln!(
            std::io::stdout(),
            "sink {shown}: resumed, was paused since {since} UTC; {waits} waiting"
        )?;
    }
    Ok(())
}

/// Says what came of it; an answer that is not yes goes to stderr, with what to do.
fn tell(name: &str, recipient: &str, outcome: &Outcome) -> Result<Exit, CommandError> {
    let to = if recipient.is_empty() { String::new() } else { format!(", {recipient}") };
    let (exit, detail) = match outcome {
        Outcome::Accepted => {
            writeln!(std::io::stdout(), "sink {}{}: accepted the sample", plain(name), plain(&to))?;
            return Ok(Exit::Done);
        }
        Outcome::MessageLater { detail, .. } | Outcome::SinkLater { detail, .. } => {
            (Exit::TryLater, detail)
        }
        Outcome::TooBig { detail } | Outcome::Refused { detail } | Outcome::Broken { detail } => {
            (Exit::Failed, detail)
        }
    };
    crate::cli::print::stderr::print_error(&format!("sink {name}{to}: {detail}"));
    Ok(exit)
}
