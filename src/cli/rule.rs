//! `clickwarden rule`: what is looked for.

mod list;

use super::{Context, Exit, Failure};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show every rule: whether it is on and why, what it looks for, and who is told
    List(list::Arguments),
}

pub(super) fn run(context: &Context, command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(context, arguments),
    }
}
