//! `clickwarden config`: the configuration as the program understands it.

use std::io::Write as _;

use crate::cli::{CommandError, Context, Exit};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Print the configuration in force, with what was left out; secrets are never shown
    Show,
    /// Print a JSON Schema of the configuration, for editors and checkers
    Schema,
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    let text = match command {
        Command::Show => crate::config::show(&context.config()?),
        Command::Schema => crate::config::SCHEMA.to_owned(),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}
