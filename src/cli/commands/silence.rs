//! `clickwarden silence`: alerts whose notifications are suppressed for a while, and why.

mod add;
mod list;

use std::io::Write as _;

use crate::cli::context::existing_store;
use crate::cli::{CommandError, Context, Exit};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Suppress notifications for alerts that match every given condition, until a time
    Add(add::Arguments),
    /// Show the active silences
    List(list::Arguments),
    /// End a silence now: suppressed notifications are sent
    Remove {
        /// The silence's number, as `silence list` shows it
        id: i64,
    },
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Add(arguments) => add::run(context, arguments),
        Command::List(arguments) => list::run(context, arguments),
        Command::Remove { id } => remove(context, *id),
    }
}

fn remove(context: &Context, id: i64) -> Result<Exit, CommandError> {
    let store = existing_store(&context.config()?)?;
    if !store.end_silence(id, context.clock.now())? {
        return Err(CommandError::failed(format!(
            "there is no active silence {id}, and nothing was changed; see `clickwarden silence list`"
        )));
    }
    writeln!(
        std::io::stdout(),
        "silence {id} has ended: notifications that it suppressed are sent now"
    )?;
    Ok(Exit::Done)
}
